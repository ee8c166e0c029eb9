#include "adapters/ims/kubernetes/settings.hpp"

#include <charconv>
#include <optional>
#include <set>

namespace netweave::ims::kubernetes {
namespace {

/// Reads the members of one object and collects what is wrong with them.
class Section {
 public:
  Section(const Value& object, std::string path, std::vector<Fault>& faults)
      : object_(object), path_(std::move(path)), faults_(faults) {
    if (!object.is_object() && !object.is_null()) fault("", "must be an object");
  }

  void text(std::string_view key, std::string& out) {
    if (const Value* value = take(key)) {
      if (value->is_text())
        out = value->as_text();
      else
        fault(key, "must be text");
    }
  }
  void flag(std::string_view key, bool& out) {
    if (const Value* value = take(key)) {
      if (value->is_bool())
        out = value->as_bool();
      else
        fault(key, "must be true or false");
    }
  }
  void count(std::string_view key, std::size_t& out, std::size_t most) {
    if (const Value* value = take(key)) {
      std::int64_t number = value->as_integer(-1);
      if (value->is_integer() && number >= 0 && static_cast<std::uint64_t>(number) <= most)
        out = static_cast<std::size_t>(number);
      else
        fault(key, "must be a whole number from 0 to " + std::to_string(most));
    }
  }
  void duration(std::string_view key, std::chrono::milliseconds& out) {
    if (const Value* value = take(key)) {
      auto time = parse_duration(value->as_text());
      if (time && *time >= std::chrono::seconds(1) && *time <= std::chrono::hours(1))
        out = *time;
      else
        fault(key, "must be a duration from \"1s\" to \"1h\", with a unit of ms, s, m or h");
    }
  }
  void texts(std::string_view key, std::map<std::string, std::string>& out) {
    const Value* value = take(key);
    if (value == nullptr) return;
    if (!value->is_object()) fault(key, "must be an object of texts");
    for (const auto& [name, text] : value->as_object()) {
      if (text.is_text())
        out[name] = text.as_text();
      else
        fault(std::string(key) + "." + name, "must be text");
    }
  }
  Section section(std::string_view key) {
    static const Value none;
    const Value* value = take(key);
    return {value == nullptr ? none : *value, path_ + std::string(key) + ".", faults_};
  }
  void fault(std::string_view key, std::string reason) {
    std::string field = path_ + std::string(key);
    if (!field.empty() && field.back() == '.') field.pop_back();
    faults_.push_back({std::move(field), std::move(reason)});
  }
  /// After all keys were read: whatever is left is unknown.
  void end() {
    std::string allowed;
    for (const std::string& key : known_) allowed += (allowed.empty() ? "" : ", ") + key;
    for (const auto& [key, value] : object_.as_object())
      if (known_.count(key) == 0) fault(key, "is not a key here; known are " + allowed);
  }
  [[nodiscard]] bool given() const { return object_.is_object(); }

 private:
  const Value* take(std::string_view key) {
    known_.insert(std::string(key));
    const Value* value = object_.find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  static std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    std::int64_t number = 0;
    auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (wrong != std::errc() || number < 0 || number > 86'400'000) return std::nullopt;
    std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (unit == "ms") return std::chrono::milliseconds(number);
    if (unit == "s") return std::chrono::seconds(number);
    if (unit == "m") return std::chrono::minutes(number);
    if (unit == "h") return std::chrono::hours(number);
    return std::nullopt;
  }

  const Value& object_;
  std::string path_;
  std::vector<Fault>& faults_;
  std::set<std::string> known_;
};

void read_template(Section section, TemplateReference& out) {
  section.text("api_version", out.api_version);
  section.text("kind", out.kind);
  section.text("name", out.name);
  if (section.given())
    for (auto [key, text] : {std::pair{"api_version", &out.api_version}, {"kind", &out.kind}, {"name", &out.name}})
      if (text->empty()) section.fault(key, "is missing: a template is named by api_version, kind and name");
  section.end();
}

void read_cluster_api(Section section, ClusterApiSettings& out) {
  section.text("namespace", out.name_space);
  section.text("cluster_name", out.cluster_name);
  section.text("version", out.version);
  read_template(section.section("bootstrap_template"), out.bootstrap_template);
  read_template(section.section("infrastructure_template"), out.infrastructure_template);
  section.texts("instance_types", out.instance_types);
  section.end();
}

/// The faults of the file itself are named under `kubeconfig`.
void read_endpoint(Section& config, std::vector<Fault>& faults, Endpoint& out) {
  std::string file, context, folder = service_account_folder, server;
  bool inside = false;
  config.text("kubeconfig", file);
  config.text("context", context);
  config.flag("in_cluster", inside);
  config.text("service_account_dir", folder);
  config.text("api_server", server);
  if (inside == !file.empty()) {
    config.fault("kubeconfig", inside ? "can't stand beside in_cluster: true"
                                      : "is missing: name a kubeconfig file, or set in_cluster: true");
    return;
  }
  Result<Endpoint> found = inside ? in_cluster(folder, server) : read_kubeconfig(file, context);
  if (found)
    out = std::move(*found);
  else
    faults.push_back({inside ? "in_cluster" : "kubeconfig", found.error().message});
}

}  // namespace

Result<Settings> read_settings(const AdapterSettings& given) {
  std::vector<Fault> faults;
  Settings out;
  out.name = given.name;
  out.connect_timeout = given.connect_timeout;
  out.timeout = given.timeout;
  out.user_agent = given.user_agent.empty() ? "netweave" : given.user_agent;
  out.log = given.log;
  Section config(given.config, "", faults);
  read_endpoint(config, faults, out.endpoint);
  read_cluster_api(config.section("cluster_api"), out.cluster_api);
  config.count("list_page_size", out.list_page_size, 10000);
  config.flag("streaming_lists", out.streaming_lists);
  config.duration("watch_timeout", out.watch_timeout);
  config.end();
  if (given.tls_must_verify && !out.endpoint.tls.verify)
    config.fault("kubeconfig", "must not have insecure-skip-tls-verify: true in prod: name a certificate-authority");
  if (given.tls_insecure_skip_verify) out.endpoint.tls.verify = false;
  if (faults.empty()) return out;
  Error error = make_error(ErrorKind::invalid, "the configuration of adapter " + given.name + " is not valid");
  error.faults = std::move(faults);
  return error;
}

}  // namespace netweave::ims::kubernetes
