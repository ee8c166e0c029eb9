#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/network.hpp"
#include "config/keys.hpp"
#include "config/text.hpp"

namespace netweave {
namespace {

using config::Key;

/// What an adapter can do to what kind, as /features shows it.
constexpr std::array<std::string_view, 6> capabilities = {"resourcePool.create", "resourcePool.update",
                                                          "resourcePool.delete", "resource.create",
                                                          "resource.update",     "resource.delete"};

bool is_http_url(std::string_view text) {
  std::string_view rest = text.starts_with("https://")  ? text.substr(8)
                          : text.starts_with("http://") ? text.substr(7)
                                                        : std::string_view();
  bool clean = std::none_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c == 127; });
  return clean && !rest.empty() && rest.front() != '/' && rest.find('@') == std::string_view::npos;
}

/// Scheme, host and perhaps a port: as a browser writes it.
bool is_origin(std::string_view text) {
  return is_http_url(text) && text.find('/', text.find("://") + 3) == std::string_view::npos;
}

/// Gathers faults in the order of the keys: first what a key's row says, then what needs more than one row.
class Validator {
 public:
  explicit Validator(const Config& config) : config_(config) {}

  std::vector<Fault> run() {
    rows(config::config_keys(), &config_, {});
    environment();
    server();
    tls();
    store();
    redis();
    o_cloud();
    limits();
    rate_limit();
    observability();
    for (std::size_t i = 0; i < config_.o_cloud.locations.size(); ++i) location(i);
    for (std::size_t i = 0; i < config_.o_cloud.sites.size(); ++i) site(i);
    for (std::size_t i = 0; i < config_.adapters.size(); ++i) adapter(i);
    one_default();
    security();
    tenancy();
    for (std::size_t i = 0; i < config_.routing.rules.size(); ++i) rule(i);
    for (std::size_t i = 0; i < config_.rate_limit.endpoints.size(); ++i) endpoint(i);
    return std::move(faults_);
  }

 private:
  void rows(std::span<const Key> keys, const void* record, const std::string& prefix) {
    for (const Key& key : keys)
      if (std::string reason = config::range_fault(key, record); !reason.empty())
        fault(prefix + std::string(key.path), std::move(reason));
  }

  void environment() {
    if (config_.environment != Environment::prod) return;
    if (config_.validation.validate_response)
      fault("validation.validate_response", "must be false in prod: it parses every answer");
    if (config_.logging.format != LogFormat::json) fault("observability.logging.format", "must be json in prod");
    if (config_.logging.level == "debug" || config_.logging.level == "trace")
      fault("observability.logging.level", "must be above debug in prod");
    if (!config_.multi_tenancy.enabled) fault("multi_tenancy.enabled", "must be true in prod");
    for (std::size_t i = 0; i < config_.adapters.size(); ++i)
      if (config_.adapters[i].tls_insecure_skip_verify)
        fault("adapters[" + std::to_string(i) + "].tls_insecure_skip_verify", "must be false in prod");
  }

  void server() {
    const std::string& host = config_.server.host;
    const OperationsConfig& operations = config_.operations;
    listens("server.host", host);
    if (!operations.host.empty()) listens("operations.host", operations.host);
    bool same_host = operations.host.empty() || operations.host == host;
    if (operations.port != 0 && operations.port == config_.server.port && same_host)
      fault("operations.port", "must be another than server.port; 0 is none of its own");
  }

  void listens(const char* path, const std::string& host) {
    if (host != "localhost" && !parse_address(host))
      fault(path, "must be an IPv4 or IPv6 address or localhost, is \"" + host + "\"");
  }

  void tls() {
    const TlsConfig& tls = config_.tls;
    if (config_.environment != Environment::dev && !tls.enabled)
      fault("tls.enabled", "must be true in staging and prod");
    if (config_.environment == Environment::prod && tls.options.client_auth != http::ClientAuth::require_and_verify)
      fault("tls.client_auth", "must be require-and-verify in prod");
    for (const std::string& proxy : tls.trusted_proxies)
      if (!parse_network(proxy) && !parse_address(proxy))
        fault("tls.trusted_proxies",
              "must hold addresses and networks such as 10.0.0.7 or fd00::/8, holds \"" + proxy + "\"");
    if (!tls.enabled) return;
    if (config_.server.engine == Engine::pistache)
      fault("tls.enabled", "must be false where server.engine is pistache: TLS is the native engine's, or a proxy's");
    if (tls.options.cert_file.empty()) fault("tls.cert_file", "must be set where tls.enabled is true");
    if (tls.options.key_file.empty()) fault("tls.key_file", "must be set where tls.enabled is true");
    bool verifies = tls.options.client_auth == http::ClientAuth::verify ||
                    tls.options.client_auth == http::ClientAuth::require_and_verify;
    if (verifies && tls.options.ca_file.empty()) fault("tls.ca_file", "must be set where tls.client_auth verifies");
  }

  void store() {
    const StoreConfig& store = config_.store;
    if (store.backend == StoreBackend::sqlite && store.path.empty()) fault("store.path", "must not be empty");
    auto key = crypto::from_base64(store.encryption_key);
    if (!store.encryption_key.empty() && (!key || key->size() != 32))
      fault("store.encryption_key", "must be 32 bytes in base64, as from: openssl rand -base64 32");
  }

  void redis() {
    const RedisConfig& redis = config_.redis;
    if (redis.addresses.empty()) fault("redis.addresses", "must name a server");
    for (const std::string& address : redis.addresses)
      if (!is_host_port(address))
        fault("redis.addresses", "must be host:port, is \"" + config::without_secrets(address) + "\"");
    if (redis.mode == RedisMode::standalone && redis.addresses.size() > 1)
      fault("redis.addresses", "must be one server where redis.mode is standalone");
    if (redis.mode == RedisMode::sentinel && redis.master_name.empty())
      fault("redis.master_name", "must be set where redis.mode is sentinel");
    if (redis.mode == RedisMode::cluster && redis.db != 0) fault("redis.db", "must be 0 where redis.mode is cluster");
    if (!redis.username.empty() && redis.password.empty())
      fault("redis.password", "must be set where redis.username is");
    if (redis.cert_file.empty() != redis.key_file.empty())
      fault(redis.cert_file.empty() ? "redis.cert_file" : "redis.key_file", "must be set where the other is");
    if (!redis.enable_tls && !(redis.ca_file + redis.cert_file + redis.key_file).empty())
      fault("redis.enable_tls", "must be true where a certificate is given");
    if (!valid_id(redis.key_prefix)) fault("redis.key_prefix", id_rule(redis.key_prefix));
  }

  static bool is_host_port(const std::string& text) {
    std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0 || text.find_first_of(" /@") != std::string::npos) return false;
    if (text.find(':') != colon && !(text.front() == '[' && text[colon - 1] == ']')) return false;
    auto port = config::parse_integer(text.substr(colon + 1));
    return port && *port >= 1 && *port <= 65535;
  }

  void o_cloud() {
    const OCloudConfig& cloud = config_.o_cloud;
    if (cloud.id.empty())
      fault("o_cloud.id",
            config_.environment == Environment::dev ? "must not be empty" : "must be set in staging and prod");
    else if (!valid_id(cloud.id))
      fault("o_cloud.id", id_rule(cloud.id));
    if (!cloud.service_uri.empty() && !is_http_url(cloud.service_uri))
      fault("o_cloud.service_uri", "must be an http or https URL without user info, is \"" +
                                       config::without_secrets(cloud.service_uri) + "\"");
  }

  void location(std::size_t index) {
    const LocationConfig& location = config_.o_cloud.locations[index];
    std::string path = "o_cloud.locations[" + std::to_string(index) + "].";
    if (location.global_location_id.empty())
      fault(path + "global_location_id", "must be set");
    else if (!locations_.insert(location.global_location_id).second)
      fault(path + "global_location_id",
            "must be unique, and \"" + location.global_location_id + "\" is another location's");
    if (location.coordinate.empty() && location.civic_address.empty() && location.address.empty())
      fault(path + "address", "must be set where there is neither coordinate nor civic_address");
    if (!location.coordinate.empty() && !is_position(location.coordinate))
      fault(path + "coordinate", "must be longitude (-180 to 180), latitude (-90 to 90) and perhaps altitude");
    for (const Value::Member& element : location.civic_address.as_object()) {
      auto type = config::parse_integer(element.first);
      if (!type || *type < 0 || *type > 255 || !element.second.is_text())
        fault(path + "civic_address." + element.first, "must be a text under a number from 0 to 255 (RFC 4776)");
    }
    if (!location.extensions.is_object()) fault(path + "extensions", "must be a section of keys");
  }

  static bool is_position(const std::vector<std::string>& numbers) {
    if (numbers.size() < 2 || numbers.size() > 3) return false;
    std::array<double, 2> most = {180, 90};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      auto number = Value::parse(numbers[i]);
      if (!number || !number->is_number()) return false;
      if (i < 2 && std::abs(number->as_number()) > most.at(i)) return false;
    }
    return true;
  }

  void site(std::size_t index) {
    const SiteConfig& site = config_.o_cloud.sites[index];
    std::string path = "o_cloud.sites[" + std::to_string(index) + "].";
    if (site.id.empty())
      fault(path + "id", "must be set");
    else if (!valid_id(site.id))
      fault(path + "id", id_rule(site.id));
    else if (!sites_.insert(site.id).second)
      fault(path + "id", "must be unique, and \"" + site.id + "\" is another site's");
    if (locations_.count(site.global_location_id) == 0)
      fault(path + "global_location_id",
            "must be the global_location_id of one of o_cloud.locations, is \"" + site.global_location_id + "\"");
    if (!site.extensions.is_object()) fault(path + "extensions", "must be a section of keys");
  }

  void limits() {
    if (config_.query.default_limit > config_.query.max_limit)
      fault("query.default_limit",
            "must be at most query.max_limit, which is " + std::to_string(config_.query.max_limit));
    const SubscriptionsConfig& subscriptions = config_.subscriptions;
    if (subscriptions.backoff > subscriptions.max_backoff)
      fault("subscriptions.backoff", "must be at most subscriptions.max_backoff, which is " +
                                         config::format_duration(subscriptions.max_backoff.count()));
    for (const std::string& network : subscriptions.allowed_callback_networks)
      if (!parse_network(network))
        fault("subscriptions.allowed_callback_networks",
              "must hold networks such as 10.0.0.0/8 or fd00::/8, holds \"" + network + "\"");
  }

  void rate_limit() {
    const RateLimitConfig& limits = config_.rate_limit;
    if (config_.environment != Environment::dev && !limits.enabled)
      fault("security.rate_limit.enabled", "must be true in staging and prod");
    std::string path = "security.rate_limit.resource";
    if (!limits.resource.is_object()) fault(path, "must be a section of keys");
    for (const Value::Member& kind : limits.resource.as_object()) {
      std::string of_kind = path + "." + kind.first;
      if (!kind.second.is_object()) fault(of_kind, "must be a section of keys");
      for (const Value::Member& rate : kind.second.as_object()) per_minute(of_kind, rate);
    }
  }

  void per_minute(const std::string& kind, const Value::Member& rate) {
    std::int64_t number = rate.second.is_integer() ? rate.second.as_integer() : 0;
    if (rate.first != "reads_per_minute" && rate.first != "writes_per_minute")
      fault(kind + "." + rate.first, "is unknown: there are reads_per_minute and writes_per_minute");
    else if (number < 1 || number > 60000000)
      fault(kind + "." + rate.first, "must be an integer from 1 to 60000000");
  }

  void endpoint(std::size_t index) {
    const EndpointRateConfig& endpoint = config_.rate_limit.endpoints[index];
    std::string path = "security.rate_limit.endpoints[" + std::to_string(index) + "].";
    rows(config::find_list("security.rate_limit.endpoints")->keys, &endpoint, path);
    if (endpoint.route.empty()) fault(path + "route", "must be set");
    if (endpoint.requests_per_second == 0) fault(path + "requests_per_second", "must be set, at least 1");
    if (endpoint.burst == 0) fault(path + "burst", "must be set, at least 1");
    if (!endpoints_.insert(endpoint.method + " " + endpoint.route).second)
      fault(path + "route", "must be unique, and " + endpoint.method + " " + endpoint.route + " has a limit already");
  }

  void observability() {
    if (config_.logging.output.empty())
      fault("observability.logging.output", "must be stderr, stdout or a file's path, is empty");
    const std::string& path = config_.metrics.path;
    bool good = path.starts_with('/') && path.size() > 1 && path.find_first_of(" ?#%") == std::string::npos;
    if (!good) fault("observability.metrics.path", "must be a path such as /metrics, is \"" + path + "\"");
    const TracingConfig& tracing = config_.tracing;
    if (tracing.enabled || !tracing.endpoint.empty())
      if (!is_http_url(tracing.endpoint) || tracing.endpoint.find_first_of("?#") != std::string::npos)
        fault("observability.tracing.endpoint",
              tracing.endpoint.empty()
                  ? "must be set where observability.tracing.enabled is true"
                  : "must be an http or https URL without user, query and fragment, such as http://127.0.0.1:4318");
    if (tracing.service_name.empty()) fault("observability.tracing.service_name", "must not be empty");
  }

  void adapter(std::size_t index) {
    const AdapterConfig& adapter = config_.adapters[index];
    std::string path = "adapters[" + std::to_string(index) + "].";
    rows(config::find_list("adapters")->keys, &adapter, path);
    if (adapter.name.empty())
      fault(path + "name", "must be set");
    else if (!valid_id(adapter.name))
      fault(path + "name", id_rule(adapter.name));
    else if (!names_.insert(adapter.name).second)
      fault(path + "name", "must be unique, and \"" + adapter.name + "\" is another adapter's");
    if (adapter.type.empty()) fault(path + "type", "must be set");
    if (!adapter.tenant.empty() && !valid_id(adapter.tenant)) fault(path + "tenant", id_rule(adapter.tenant));
    if (adapter.connect_timeout > adapter.timeout)
      fault(path + "connect_timeout",
            "must be at most timeout, which is " + config::format_duration(adapter.timeout.count()));
    if (!adapter.config.is_object()) fault(path + "config", "must be a section of keys");
  }

  /// What ends up in a header's value stays one line.
  void header_text(const char* path, const std::string& text) {
    auto bad = [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e; };
    if (std::any_of(text.begin(), text.end(), bad)) fault(path, "must be printable ASCII");
  }

  void security() {
    header_text("security.headers.csp", config_.headers.csp);
    header_text("security.headers.frame_options", config_.headers.frame_options);
    header_text("security.headers.referrer_policy", config_.headers.referrer_policy);
    const CorsConfig& cors = config_.cors;
    for (const std::string& origin : cors.origins)
      if (origin != "*" && !is_origin(origin))
        fault("security.cors.origins",
              "must be * or an origin such as https://portal.example.com, is \"" + origin + "\"");
    if (config_.environment != Environment::prod || !cors.enabled) return;
    bool open = cors.origins.empty() || std::find(cors.origins.begin(), cors.origins.end(), "*") != cors.origins.end();
    if (open)
      fault("security.cors.origins", "must name origins in prod, and not *, where security.cors.enabled is true");
  }

  void tenancy() {
    const MultiTenancyConfig& tenancy = config_.multi_tenancy;
    static constexpr std::array<std::string_view, 5> probes = {"/health", "/healthz", "/ready", "/readyz", "/metrics"};
    for (const std::string& path : tenancy.skip_auth_paths)
      if (std::find(probes.begin(), probes.end(), path) == probes.end())
        fault("multi_tenancy.skip_auth_paths",
              "must be of /health, /healthz, /ready, /readyz and /metrics, is \"" + path + "\"");
    const JwtConfig& jwt = tenancy.jwt;
    if (jwt.issuer.empty()) {
      if (!jwt.jwks_uri.empty() || !jwt.jwks_file.empty())
        fault("multi_tenancy.jwt.issuer", "must be set where its keys are");
    } else {
      if (jwt.audience.empty()) fault("multi_tenancy.jwt.audience", "must be set where the issuer is");
      if (jwt.jwks_uri.empty() == jwt.jwks_file.empty())
        fault("multi_tenancy.jwt.jwks_uri", "either it or jwks_file must be set, and not both");
      if (!jwt.jwks_uri.empty() && !is_http_url(jwt.jwks_uri))
        fault("multi_tenancy.jwt.jwks_uri", "must be an http or https URL without user info");
      if (config_.environment != Environment::dev && jwt.jwks_uri.starts_with("http:"))
        fault("multi_tenancy.jwt.jwks_uri",
              "must be https in staging and prod: whoever changes the keys on the way is "
              "whom they please");
    }
    for (std::size_t i = 0; i < tenancy.assign.size(); ++i) {
      const AssignmentConfig& assignment = tenancy.assign[i];
      std::string path = "multi_tenancy.assign[" + std::to_string(i) + "].";
      if (assignment.tenant.empty())
        fault(path + "tenant", "must be set");
      else if (!valid_id(assignment.tenant))
        fault(path + "tenant", id_rule(assignment.tenant));
      if (!assignment.adapter.empty() && !known_adapter(assignment.adapter))
        fault(path + "adapter", "there is no adapter \"" + assignment.adapter + "\"; there are: " + adapter_names());
    }
  }

  void one_default() {
    bool seen = false;
    for (std::size_t i = 0; i < config_.adapters.size(); ++i) {
      if (!config_.adapters[i].is_default) continue;
      if (seen) fault("adapters[" + std::to_string(i) + "].default", "must be true for one adapter at most");
      seen = true;
    }
  }

  void rule(std::size_t index) {
    const RoutingRule& rule = config_.routing.rules[index];
    std::string path = "routing.rules[" + std::to_string(index) + "].";
    rows(config::find_list("routing.rules")->keys, &rule, path);
    if (rule.name.empty())
      fault(path + "name", "must be set");
    else if (!rules_.insert(rule.name).second)
      fault(path + "name", "must be unique, and \"" + rule.name + "\" is another rule's");
    if (rule.adapter.empty())
      fault(path + "adapter", "must be set");
    else if (!known_adapter(rule.adapter))
      fault(path + "adapter", "there is no adapter \"" + rule.adapter + "\"; there are: " + adapter_names());
    if (rule.resource_type.empty()) fault(path + "resource_type", "must not be empty: * is any");
    if (!rule.extensions.is_object()) fault(path + "conditions.extensions", "must be a section of keys");
    if (!rule.labels.is_object()) fault(path + "conditions.labels", "must be a section of keys");
    for (const Value::Member& label : rule.labels.as_object())
      if (!label.second.is_text()) fault(path + "conditions.labels." + label.first, "must be text");
    for (const std::string& capability : rule.capabilities)
      if (std::find(capabilities.begin(), capabilities.end(), capability) == capabilities.end())
        fault(path + "conditions.capabilities",
              "must hold words of " + joined(capabilities) + ", holds \"" + capability + "\"");
  }

  /// Without adapters there is the simulator that the gateway makes.
  bool known_adapter(const std::string& name) const {
    if (config_.adapters.empty()) return name == "sim";
    return std::any_of(config_.adapters.begin(), config_.adapters.end(),
                       [&](const AdapterConfig& adapter) { return adapter.name == name; });
  }
  std::string adapter_names() const {
    std::vector<std::string_view> names;
    for (const AdapterConfig& adapter : config_.adapters) names.push_back(adapter.name);
    if (names.empty()) names.push_back("sim");
    return joined(names);
  }
  static std::string joined(std::span<const std::string_view> words) {
    std::string all;
    for (std::string_view word : words) all.append(all.empty() ? "" : ", ").append(word);
    return all;
  }

  static std::string id_rule(const std::string& id) {
    return "must be 1 to 255 letters, digits and ._:- that begin with a letter or digit, is \"" + id + "\"";
  }

  void fault(std::string field, std::string reason) { faults_.push_back({std::move(field), std::move(reason)}); }

  const Config& config_;
  std::vector<Fault> faults_;
  std::set<std::string> names_;
  std::set<std::string> locations_;
  std::set<std::string> sites_;
  std::set<std::string> rules_;
  std::set<std::string> endpoints_;
};

}  // namespace

std::vector<Fault> Config::validate() const { return Validator(*this).run(); }

}  // namespace netweave
