#pragma once

#include <vector>

#include "base/log.hpp"
#include "store/store.hpp"

namespace netweave::store {

/// The store that a configuration names. Errors: as open_sqlite and open_redis.
Result<std::unique_ptr<Store>> open(const Config& config);

struct Loaded {
  std::vector<ObjectRef> objects;
  Revision head = 0;
};

/// The log's fold, for who begins. Where a delivery came further than the log goes, the log went backwards (a copy was
/// put in its place, or a disk lied), and another epoch begins. Blocks.
Result<Loaded> load(Store& store, const netweave::Log& log);

}  // namespace netweave::store
