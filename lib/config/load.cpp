#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

#include "netweave/config.hpp"

#include "config/environment.hpp"
#include "config/keys.hpp"
#include "config/read.hpp"

namespace netweave {
namespace {

using config::Located;
using config::Node;
using config::Variables;

constexpr std::uintmax_t max_file_bytes = std::uintmax_t{64} << 20U;  // a topology may stand in it

std::string variable(const Variables& variables, const std::string& name) {
  auto place = variables.find(name);
  return place == variables.end() ? std::string() : place->second;
}

/// The environment in force, and the place that says so.
struct Decided {
  Environment environment = Environment::dev;
  config::Origin origin;
};

/// The stricter of what the tree and NETWEAVE_ENV say; a word that is none of the three counts as dev here, and is
/// told as a fault.
Decided decide_environment(const Node& root, const Variables& variables, std::vector<Located>& faults) {
  const config::Key& key = *config::find_key(config::config_keys(), "environment");
  auto number = [&](std::string_view word) {
    auto value = config::from_text(key, word);
    return value ? value->as_integer() : -1;
  };
  const Node* node = root.find("environment");
  std::int64_t written = node ? std::max<std::int64_t>(number(node->text), 0) : 0;
  std::string outside = variable(variables, "NETWEAVE_ENV");
  std::int64_t variables_word = outside.empty() ? 0 : number(outside);
  if (variables_word < 0)
    faults.push_back({{0, "NETWEAVE_ENV"}, {{}, "must be " + config::allowed(key) + ", is \"" + outside + "\""}});
  if (variables_word > written) return {static_cast<Environment>(variables_word), {0, "NETWEAVE_ENV"}};
  return {static_cast<Environment>(written), node ? node->origin : config::Origin()};
}

void set_defaults(Config& config, Environment environment) {
  if (environment == Environment::dev) return;
  for (const config::Key& key : config::config_keys())
    if (key.outside_dev)
      if (auto value = config::from_text(key, *key.outside_dev)) key.access.write(&config, *value);
}

/// Where a setting was written, else the section that it would stand in.
config::Origin origin_of(const config::Origins& origins, std::string_view path) {
  for (;;) {
    if (auto place = origins.find(path); place != origins.end()) return place->second;
    std::size_t cut = path.find_last_of(".[");
    if (cut == std::string_view::npos) return {};
    path = path.substr(0, cut);
  }
}

/// Adds what the settings together break, unless the setting, or the section that it is in, has a fault already.
void add_validation(const Config& config, const config::Origins& origins, std::vector<Located>& faults) {
  std::set<std::string, std::less<>> told;
  for (const Located& located : faults) told.insert(located.fault.field);
  auto known = [&](std::string_view path) {
    for (;;) {
      if (told.contains(path)) return true;
      std::size_t cut = path.rfind('.');
      if (cut == std::string_view::npos) return false;
      path = path.substr(0, cut);
    }
  };
  for (Fault& fault : config.validate())
    if (!known(fault.field)) faults.push_back({origin_of(origins, fault.field), std::move(fault)});
}

Error to_error(std::vector<Located> faults, std::string_view name) {
  // by line, then what stands nowhere in the file, then the variables
  auto rank = [](const Located& located) {
    int line = located.origin.line;
    return std::pair(!located.origin.variable.empty(), line > 0 ? line : std::numeric_limits<int>::max());
  };
  std::stable_sort(faults.begin(), faults.end(), [&](const Located& a, const Located& b) { return rank(a) < rank(b); });
  Error error = make_error(ErrorKind::invalid, "the configuration has " + std::to_string(faults.size()) +
                                                   (faults.size() == 1 ? " fault" : " faults"));
  for (Located& located : faults) {
    std::string place = located.origin.variable.empty() ? std::string(name) : located.origin.variable;
    if (located.origin.line > 0) place += ":" + std::to_string(located.origin.line);
    if (!located.fault.field.empty()) place += ": " + located.fault.field;
    error.faults.push_back({std::move(place), std::move(located.fault.reason)});
  }
  return error;
}

Error one_fault(std::string field, std::string reason) {
  Error error = make_error(ErrorKind::invalid, "the configuration has 1 fault");
  error.faults.push_back({std::move(field), std::move(reason)});
  return error;
}

/// The file that the search finds; empty: none.
Result<std::string> find_file(const ConfigSource& source) {
  namespace fs = std::filesystem;
  std::error_code failure;
  auto given = [&](const std::string& file, std::string_view by) -> Result<std::string> {
    if (fs::exists(file, failure)) return file;
    return one_fault(file, "is not there, and " + std::string(by) + " names it");
  };
  if (!source.file.empty()) return given(source.file, "--config");
  if (std::string file = variable(source.environment, "NETWEAVE_CONFIG"); !file.empty())
    return given(file, "NETWEAVE_CONFIG");
  std::string environment = variable(source.environment, "NETWEAVE_ENV");
  if (environment.empty()) environment = "dev";
  bool plain = environment.find('/') == std::string::npos;  // a word, refused later; never a way out of the folder
  for (const std::string& file : {"config/config." + environment + ".yaml", std::string("/etc/netweave/config.yaml")})
    if (plain && fs::exists(source.root + file, failure)) return source.root + file;
  if (environment == "staging" || environment == "prod")
    return one_fault("NETWEAVE_ENV", environment +
                                         " needs a configuration file: --config, NETWEAVE_CONFIG, config/config." +
                                         environment + ".yaml or /etc/netweave/config.yaml");
  return std::string();
}

Result<std::string> read_file(const std::string& file) {
  std::error_code failure;
  if (std::filesystem::is_directory(file, failure)) return one_fault(file, "is a folder, not a file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return one_fault(file, "can't be read");
  if (std::filesystem::is_regular_file(file, failure) && std::filesystem::file_size(file, failure) > max_file_bytes)
    return one_fault(file, "is larger than 64 MiB");
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

}  // namespace

Result<LoadedConfig> parse_config(std::string_view yaml, std::string_view name, const Variables& environment) {
  LoadedConfig loaded;
  std::vector<Located> faults;
  Node root = config::read_yaml(yaml, faults);
  if (root.kind == Node::Kind::null && !faults.empty()) return to_error(std::move(faults), name);
  config::expand(root, environment, faults);
  config::override_with(environment, root, faults, loaded.warnings);

  Decided decided = decide_environment(root, environment, faults);
  set_defaults(loaded.config, decided.environment);
  config::Origins origins;
  config::read_tree(root, loaded.config, origins, faults);
  loaded.config.environment = decided.environment;
  origins["environment"] = decided.origin;
  add_validation(loaded.config, origins, faults);
  if (!faults.empty()) return to_error(std::move(faults), name);
  return loaded;
}

Result<LoadedConfig> load_config(const ConfigSource& source) {
  auto file = find_file(source);
  if (!file) return std::move(file).error();
  if (file->empty()) return parse_config({}, "built-in defaults", source.environment);
  auto text = read_file(*file);
  if (!text) return std::move(text).error();
  auto loaded = parse_config(*text, *file, source.environment);
  if (loaded) loaded->file = *file;
  return loaded;
}

}  // namespace netweave
