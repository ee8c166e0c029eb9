#include <string>

#include "config/keys.hpp"
#include "config/text.hpp"

namespace netweave {
namespace {

using config::Key;
using config::Type;

constexpr std::string_view head = R"(# Configuration

Written by `netweave-gateway --describe-config` from the tables in `lib/config/keys/`; a test holds this file to it.

One YAML file: `--config`, else `NETWEAVE_CONFIG`, else `config/config.$NETWEAVE_ENV.yaml` (`dev` where it is not set), else `/etc/netweave/config.yaml`, else, in dev alone, the defaults below. A file that is named and is not there is an error.

- **Environment.** The stricter of the key `environment` and the variable `NETWEAVE_ENV` (dev, staging, prod) holds. Defaults that differ outside dev are marked.
- **Overrides.** `NETWEAVE_` and a key's path in upper case joined by `_`: `NETWEAVE_SERVER_PORT`. A list takes commas; a list of sections takes an index: `NETWEAVE_ADAPTERS_0_CONFIG_KUBECONFIG`, `NETWEAVE_ROUTING_RULES_0_PRIORITY`. In an adapter's `config` and in `security.rate_limit.resource` a member that the file has is met by its name; for one that it has not, `__` goes a level down (`NETWEAVE_ADAPTERS_0_CONFIG_GENERATE__SEED`). A variable that names no key warns.
- **References.** `${NAME}` and `${NAME:-default}` inside a value of the file read the environment; `$${` is a literal `${`.
- **Secrets.** A key marked secret has a twin with `_file` behind its name, which reads it from a file. Neither is printed.
- **Durations** are written `500ms`, `10s`, `5m`, `24h`, `14d` or joined (`1h30m`); sizes are bytes.
- **Faults.** An unknown key, a wrong type, a value out of range: all are told at once with file, line and key, and the gateway ends with exit code 78. `--check-config` only checks; `--print-config` prints what is in force, secrets masked.
- **Reload.** SIGHUP reads the file again: keys marked "on reload" take effect, for others the log says that they need a restart. Tokens and certificates that an adapter reads from files of their own it reads again by itself.
)";

constexpr std::string_view beyond = R"(
## Beyond the common list

Keys and sections that this gateway has and another one of the same configuration may not know:

)";

constexpr std::string_view tail = R"(

## Not in this version

These keys are refused with a message of their own, so that nobody runs without what they ask for:

)";

std::string type_text(const Key& key) {
  switch (key.type) {
    case Type::text:
    case Type::choice:
      return key.choices.empty() ? "text" : config::allowed(key).substr(sizeof("one of ") - 1);
    case Type::flag:
      return "flag";
    case Type::integer: {
      std::string unit = key.path.ends_with("_bytes") ? "bytes" : "integer";
      return unit + ", " + std::to_string(key.least) + " to " + std::to_string(key.most);
    }
    case Type::duration:
      return "duration, " + config::format_duration(key.least) + " to " + config::format_duration(key.most);
    case Type::number:
      return "number, " + std::to_string(key.least) + " to " + std::to_string(key.most);
    case Type::list:
      return "list of texts";
    case Type::texts:
      return "section of texts";
    case Type::free:
      break;
  }
  return "section";
}

std::string code(const std::string& text) { return text.empty() ? "empty" : "`" + text + "`"; }

std::string default_text(const Key& key, const void* record) {
  std::string text = code(config::text_of(key, config::value_of(key, record)));
  if (key.outside_dev)
    text += " in dev, else " + (key.path == "o_cloud.id" ? "none" : code(std::string(*key.outside_dev)));
  return text;
}

void append_rows(std::string& out, std::span<const Key> keys, std::string_view section, const void* record,
                 bool reloads = false) {
  for (const Key& key : keys) {
    if (key.path.substr(0, section.size()) != section) continue;
    out += "| `" + std::string(key.path) + "` | " + type_text(key) + (key.secret ? ", secret" : "") + " | " +
           default_text(key, record) + " | " + (key.reloads || reloads ? "on reload" : "at start") + " | " +
           std::string(key.doc) + " |\n";
  }
}

/// "`a`, `b`"
std::string named(std::span<const std::string_view> keys) {
  std::string line;
  for (std::string_view key : keys) line += (line.empty() ? "`" : ", `") + std::string(key) + "`";
  return line;
}

void append_table(std::string& out, std::string_view title) {
  out += "\n## " + std::string(title) +
         "\n\n| key | type, range | default | takes effect | meaning |\n|---|---|---|---|---|\n";
}

}  // namespace

std::string describe_config() {
  std::string out(head);
  Config config;
  std::string section = "none";
  for (const Key& key : config::config_keys()) {
    std::string own(key.path.substr(0, key.path.find('.') + 1));  // "server.", and "" for a key without a section
    if (own == section) continue;
    section = own;
    append_table(out, own.empty() ? "environment" : std::string_view(own).substr(0, own.size() - 1));
    append_rows(out, config::config_keys(), own.empty() ? key.path : std::string_view(own), &config);
  }
  for (const config::List& list : config::config_lists()) {
    append_table(out, list.path);
    out.insert(out.rfind("\n\n|"), "\n\n" + std::string(list.doc));
    append_rows(out, list.keys, {}, list.add(config), list.reloads);
  }
  out.append(beyond).append(named(config::further_keys()));
  return out.append(tail).append(named(config::later_keys())).append("\n");
}

}  // namespace netweave
