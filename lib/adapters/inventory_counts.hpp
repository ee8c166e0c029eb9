#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "netweave/config.hpp"

#include "state/snapshot.hpp"
#include "store/store.hpp"
#include "telemetry/metrics.hpp"

namespace netweave::adapters {

/// How many objects of each kind each adapter has, kept in step with the log: nobody counts a million of them at each
/// scrape. Any thread may read; one writes.
class InventoryCounts {
 public:
  /// Counts anew. Of `adapters` there is a number for every kind, 0 included.
  void begin(const state::Snapshot& snapshot, const std::vector<AdapterConfig>& adapters);
  /// What was committed since.
  void count(std::span<const store::Entry> entries);
  void read(const telemetry::Metrics::Emit& emit) const;

 private:
  using Counts = std::map<Kind, std::map<std::string, std::int64_t, std::less<>>>;
  static void add(Counts& counts, const model::Object& object, std::int64_t by);

  mutable std::mutex mutex_;
  Counts counts_;  // observed kinds alone
};

}  // namespace netweave::adapters
