#pragma once

#include <string>
#include <vector>

#include "client.hpp"
#include "kinds.hpp"

namespace netweave::cli {

/// Objects of one kind that arguments name; no ids: all of them.
struct Target {
  const Kind* kind = nullptr;
  std::vector<std::string> ids;
};

/// "KIND ID...", "KIND/ID...", or "KIND,KIND". Errors: `invalid`.
Result<std::vector<Target>> read_targets(const std::vector<std::string>& words);

/// The same where ids are needed: no kind without one. Errors: `invalid`.
Result<std::vector<Target>> read_named(const std::vector<std::string>& words);

/// "/o2ims/v2/resourcePools/pool-1"; the list's path for an empty id. Errors: those of Client::version.
Result<std::string> object_path(Client& client, const Kind& kind, const std::string& id = {});

/// An object as it was read.
struct Fetched {
  Value object;
  std::string etag;
};
Result<Fetched> fetch(Client& client, const Kind& kind, const std::string& id);

/// The tag as a header has it: quotes are added where they were left out.
std::string entity_tag(const std::string& tag);

}  // namespace netweave::cli
