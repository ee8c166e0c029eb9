#include "store/sqlite/fold.hpp"

#include <algorithm>
#include <limits>

#include "store/sqlite/database.hpp"

namespace netweave::store::sqlite {
namespace {

constexpr Revision scan_ahead = 64;

}  // namespace

Error missing(Revision revision) {
  return make_error(ErrorKind::internal,
                    "the store's file is damaged: revision " + std::to_string(revision) + " is not in its log");
}

std::optional<Error> Fold::prepare(Connection& connection) {
  Preparer prepare(connection);
  return prepare.add(live_query_, "SELECT revision FROM objects")
      .add(scan_, "SELECT revision, record FROM log WHERE revision >= ?1 ORDER BY revision")
      .fault();
}

Result<std::size_t> Fold::begin() {
  live_.clear();
  Run run(live_query_);
  for (;;) {
    auto more = run.row();
    if (!more) return std::move(more).error();
    if (!*more) break;
    live_.push_back(run.unsigned_number(0));
  }
  std::sort(live_.begin(), live_.end());
  return live_.size();
}

std::optional<Error> Fold::each(const std::function<std::optional<Error>(ObjectRef)>& take) {
  for (auto next = live_.cbegin(); next != live_.cend();)
    if (auto fault = run(next, live_.cend(), take)) return fault;
  live_ = {};
  return std::nullopt;
}

/// Scans the log from `next` on, past the versions that are not live, until too many of them lie in between.
/// (Measured: a scan takes a third of the time of the same rows looked up one by one.)
std::optional<Error> Fold::run(Live& next, Live end, const std::function<std::optional<Error>(ObjectRef)>& take) {
  Run run(scan_, *next);
  for (Revision at = *next - 1; next != end && *next <= at + scan_ahead; ++next) {
    do {
      auto more = run.row();
      if (!more) return std::move(more).error();
      at = *more ? run.unsigned_number(0) : std::numeric_limits<Revision>::max();
    } while (at < *next);
    if (at != *next || run.is_null(1)) return missing(*next);
    auto object = decode_record(run.bytes(1), scratch_);
    if (!object) return std::move(object).error();
    if (auto fault = take(std::move(*object))) return fault;
  }
  return std::nullopt;
}

}  // namespace netweave::store::sqlite
