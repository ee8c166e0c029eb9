#pragma once

#include <functional>
#include <vector>

#include "store/record.hpp"
#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace netweave::store::sqlite {

/// Reads the fold in the order of the log, which is the order of the file. One thread.
class Fold {
 public:
  std::optional<Error> prepare(Connection& connection);

  /// Finds out which versions are live, for `each`; how many there are.
  Result<std::size_t> begin();
  /// Each object once; ends with the first fault. `internal`: the file is damaged.
  std::optional<Error> each(const std::function<std::optional<Error>(ObjectRef)>& take);

 private:
  using Live = std::vector<Revision>::const_iterator;
  std::optional<Error> run(Live& next, Live end, const std::function<std::optional<Error>(ObjectRef)>& take);

  std::vector<Revision> live_;
  model::Draft scratch_;
  Statement live_query_, scan_;
};

/// The log has no entry where one must be.
Error missing(Revision revision);

}  // namespace netweave::store::sqlite
