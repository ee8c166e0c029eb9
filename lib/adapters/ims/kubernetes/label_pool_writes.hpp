#pragma once

#include "adapters/ims/kubernetes/backend.hpp"

/// Pools that are the label `o2.netweave.io/pool` on nodes. Which nodes: `extensions.k8s.selector.matchLabels`; without
/// a selector the pool is empty, and lives in the store alone.
namespace netweave::ims::kubernetes {

/// Labels the nodes one after the other. Where one fails, those before it are set back, and the error says which
/// failed.
Result<Observed> create_label_pool(const Backend& backend, const ResourcePool& pool, const CallContext& context);
/// With another selector the label moves to its nodes.
Result<Observed> update_label_pool(const Backend& backend, const ResourcePool& pool, const Value& patch,
                                   const CallContext& context);
/// Takes the label off; the nodes fall to the pools that their other labels name.
Result<Removal> remove_label_pool(const Backend& backend, const std::string& id, const CallContext& context);

/// "a=b,c=d" of a selector's matchLabels; empty: there is no selector. Errors: `invalid`.
Result<std::string> selector_text(const Value& selector);

}  // namespace netweave::ims::kubernetes
