#pragma once

#include <string>

namespace netweave::store::redis {

/// The names of one O-Cloud's keys. What stands in braces is all that Redis Cluster hashes: they share one slot, so
/// that a script may use them all. README.md says what each holds.
struct Keys {
  Keys(const std::string& key_prefix, const std::string& o_cloud) : base("{" + key_prefix + ":" + o_cloud + "}:") {}

  std::string base;  ///< "{netweave:ocloud-1}:"
  std::string meta = base + "meta";
  std::string objects = base + "objects";
  std::string counters = base + "counters";
  std::string positions = base + "positions";
  std::string leases = base + "leases";
  std::string token = base + "token";
  std::string keys = base + "keys";
  std::string streams = base + "streams";

  // The epoch is in the name: who follows one history never reads another's entries unawares.
  [[nodiscard]] std::string log(const std::string& epoch) const { return base + "log:" + epoch; }
  [[nodiscard]] std::string acked(const std::string& epoch) const { return base + "acked:" + epoch; }
  [[nodiscard]] std::string bucket(const std::string& name) const { return base + "bucket:" + name; }
  [[nodiscard]] std::string stream(const std::string& name) const { return base + "stream:" + name; }
};

}  // namespace netweave::store::redis
