#pragma once

#include <chrono>
#include <vector>

#include "adapters/ims/simulator/topology.hpp"

namespace netweave::ims::simulator {

struct Settings {
  std::vector<Observed> topology;  ///< as written; used when `written`
  bool written = false;
  Generate generate;
  double churn_per_second = 0;
  std::chrono::milliseconds latency{0};
  double fail_rate = 0;
};

/// Reads an adapter's `config`; adds every fault.
Settings read_settings(const Value& config, std::vector<Fault>& faults);

}  // namespace netweave::ims::simulator
