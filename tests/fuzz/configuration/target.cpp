#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "netweave/config.hpp"

/// The input is YAML, and after a NUL byte variables as "NAME=value" lines. Whatever is read without a fault is valid,
/// and prints as YAML that reads back as the same settings.
namespace {

std::map<std::string, std::string> variables(std::string_view lines) {
  std::map<std::string, std::string> variables;
  while (!lines.empty()) {
    std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (std::size_t sign = line.find('='); sign != std::string_view::npos)
      variables["NETWEAVE_" + std::string(line.substr(0, sign))] = line.substr(sign + 1);
  }
  return variables;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string_view yaml = input.substr(0, input.find('\0'));
  auto loaded = netweave::parse_config(yaml, "fuzz.yaml", variables(input.substr(std::min(yaml.size() + 1, size))));
  if (!loaded) {
    if (loaded.error().faults.empty()) std::abort();
    return 0;
  }
  if (!loaded->config.validate().empty()) std::abort();
  std::string printed = netweave::print_config(loaded->config);
  if (!loaded->config.store.encryption_key.empty()) return 0;  // its mask is no key
  auto again = netweave::parse_config(printed, "printed.yaml");
  if (!again || netweave::print_config(again->config) != printed) std::abort();
  return 0;
}
