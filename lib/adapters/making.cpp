#include "adapters/making.hpp"

#include "netweave/version.hpp"

namespace netweave::adapters {
namespace {

/// Without adapters in the configuration there is one simulator.
std::vector<AdapterConfig> adapters_of(const Config& config) {
  if (!config.adapters.empty()) return config.adapters;
  AdapterConfig simulator;
  simulator.name = "sim";
  simulator.type = "simulator";
  return {simulator};
}

ims::AdapterSettings settings_of(const AdapterConfig& config, Environment environment, const Log& log) {
  ims::AdapterSettings settings;
  settings.name = config.name;
  settings.config = config.config;
  settings.poll_interval = config.poll_interval;
  settings.connect_timeout = config.connect_timeout;
  settings.timeout = config.timeout;
  settings.tls_insecure_skip_verify = config.tls_insecure_skip_verify;
  settings.tls_must_verify = environment == Environment::prod;
  settings.user_agent = "netweave/" + std::string(version());
  settings.log = [log, name = config.name](std::string_view level, std::string_view message) {
    LogLevel parsed = LogLevel::info;
    parse_log_level(level, parsed);
    log.write(parsed, message, {{"adapter", name}});
  };
  return settings;
}

}  // namespace

Result<std::vector<MadeAdapter>> make_adapters(const Config& config, const Types& added, const Log& log) {
  Types types = built_in();
  for (const auto& [name, factory] : added) types[name] = factory;
  std::vector<MadeAdapter> made;
  std::vector<Fault> faults;
  std::size_t index = 0;
  for (const AdapterConfig& section : adapters_of(config)) {
    std::string path = "adapters[" + std::to_string(index++) + "]";
    auto type = types.find(section.type);
    if (type == types.end()) {
      std::string known;
      for (const auto& [name, factory] : types) known.append(known.empty() ? "" : ", ").append(name);
      faults.push_back({path + ".type", "no such adapter type: " + section.type + "; this build has " + known});
      continue;
    }
    if (!section.enabled) continue;
    auto adapter = type->second(settings_of(section, config.environment, log));
    if (adapter) {
      made.push_back({section, std::move(*adapter)});
    } else if (adapter.error().faults.empty()) {
      faults.push_back({path + ".config", adapter.error().message});
    } else {
      for (const Fault& fault : adapter.error().faults)
        faults.push_back({path + ".config." + fault.field, fault.reason});
    }
  }
  if (faults.empty()) return made;
  Error error = make_error(ErrorKind::invalid, "the adapters' configuration is wrong");
  error.faults = std::move(faults);
  return error;
}

}  // namespace netweave::adapters
