#pragma once

#include <string>

#include "netweave/adapter/ims.hpp"

#include "adapters/ims/kubernetes/api_client.hpp"
#include "adapters/ims/kubernetes/discovery.hpp"
#include "adapters/ims/kubernetes/label_pools.hpp"

namespace netweave::ims::kubernetes {

/// What every read and write of single objects works with. References; any thread.
struct Backend {
  const Settings& settings;
  ApiClient& api;
  LabelPools& label_pools;
};

/// One call within the limits of an API call.
Result<std::string> call(const Backend& backend, const CallContext& context, std::string method, std::string path,
                         const Value& body = {});

/// An Error with one fault, for input that is wrong.
Error invalid(std::string message, std::string field, std::string reason);
Error not_of_this_adapter(const std::string& id);

/// Reads one object of any kind from the cluster. Objects that are derived from others (types, label pools, the
/// cluster) are found by a full list. Errors: `not_found`, and those of the API server.
Result<Observed> read_object(const Backend& backend, Kind kind, const std::string& id, const CallContext& context);
/// A node or a volume as the API server answered, with the pool of its Machine.
Result<Observed> map_answer(const Backend& backend, bool node, std::string& answer, const CallContext& context);

/// Where a pool's or a resource's object is; empty where the identifier stands for none.
Result<std::string> path_of(const Backend& backend, const std::string& id, const CallContext& context);

}  // namespace netweave::ims::kubernetes
