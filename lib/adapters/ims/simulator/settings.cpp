#include "adapters/ims/simulator/settings.hpp"

#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace netweave::ims::simulator {
namespace {

/// A whole number of the config, within bounds.
void read_count(const Value& section, const std::string& path, std::string_view name, std::size_t most,
                std::size_t& into, std::vector<Fault>& faults) {
  const Value& value = section.at(name);
  if (value.is_null()) return;
  if (!value.is_integer() || value.as_integer() < 0 || static_cast<std::size_t>(value.as_integer()) > most)
    faults.push_back({path + std::string(name), fmt::format("must be a whole number from 0 to {}", most)});
  else
    into = static_cast<std::size_t>(value.as_integer());
}

void read_number(const Value& section, const std::string& path, std::string_view name, double most, double& into,
                 std::vector<Fault>& faults) {
  const Value& value = section.at(name);
  if (value.is_null()) return;
  if (!value.is_number() || value.as_number() < 0 || value.as_number() > most)
    faults.push_back({path + std::string(name), fmt::format("must be a number from 0 to {}", most)});
  else
    into = value.as_number();
}

void refuse_others(const Value& section, const std::string& path, std::initializer_list<std::string_view> known,
                   std::vector<Fault>& faults) {
  for (const Value::Member& member : section.as_object()) {
    if (std::find(known.begin(), known.end(), member.first) != known.end()) continue;
    std::string allowed;
    for (std::string_view name : known) allowed.append(allowed.empty() ? "" : ", ").append(name);
    faults.push_back({path + member.first, "no such key; there are: " + allowed});
  }
}

void read_generate(const Value& section, Generate& into, std::vector<Fault>& faults) {
  std::size_t seed = into.seed;
  refuse_others(section, "generate.", {"pools", "resources", "resource_types", "seed"}, faults);
  read_count(section, "generate.", "pools", 100000, into.pools, faults);
  read_count(section, "generate.", "resources", 10000000, into.resources, faults);
  read_count(section, "generate.", "resource_types", 100, into.resource_types, faults);
  read_count(section, "generate.", "seed", INT64_MAX, seed, faults);
  into.seed = seed;
  if (into.resources > 0 && (into.pools == 0 || into.resource_types == 0))
    faults.push_back({"generate", "resources need at least one pool and one resource type"});
}

void read_topology_file(const std::string& path, Settings& into, std::vector<Fault>& faults) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    faults.push_back({"topology_file", "can't be read: " + path});
    return;
  }
  std::string text{std::istreambuf_iterator<char>(file), {}};
  auto topology = Value::parse(text);
  if (!topology)
    faults.push_back({"topology_file", path + ": " + topology.error().message});
  else
    into.topology = read_topology(*topology, faults);
}

}  // namespace

Settings read_settings(const Value& config, std::vector<Fault>& faults) {
  Settings settings;
  refuse_others(config, "", {"topology", "topology_file", "generate", "churn", "latency", "fail_rate"}, faults);
  const Value& topology = config.at("topology");
  const Value& file = config.at("topology_file");
  settings.written = !topology.is_null() || !file.is_null();
  if (!topology.is_null() && !file.is_null())
    faults.push_back({"topology_file", "give topology or topology_file, not both"});
  if (!topology.is_null())
    settings.topology = read_topology(topology, faults);
  else if (file.is_text())
    read_topology_file(std::string(file.as_text()), settings, faults);
  else if (!file.is_null())
    faults.push_back({"topology_file", "must be a path"});
  read_generate(config.at("generate"), settings.generate, faults);
  refuse_others(config.at("churn"), "churn.", {"per_second"}, faults);
  read_number(config.at("churn"), "churn.", "per_second", 100000, settings.churn_per_second, faults);
  read_number(config, "", "fail_rate", 1, settings.fail_rate, faults);
  std::size_t latency = 0;
  read_count(config, "", "latency", 3600000, latency, faults);
  settings.latency = std::chrono::milliseconds(latency);
  return settings;
}

}  // namespace netweave::ims::simulator
