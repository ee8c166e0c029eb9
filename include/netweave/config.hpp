#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/http/tls.hpp"
#include "netweave/result.hpp"
#include "netweave/value.hpp"

/// The gateway's settings as data: a default-constructed Config serves a simulator on loopback over SQLite.
/// docs/configuration.md lists every key with unit, range and reason.
namespace netweave {

enum class Environment { dev, staging, prod };
enum class Engine { native, pistache };
enum class StoreBackend { sqlite, memory, redis };
enum class StoreSync { full, normal };
enum class RedisMode { standalone, sentinel, cluster };
enum class AdapterMode { manage, observe };
enum class LogFormat { console, json };

struct ServerConfig {
  std::string host = "127.0.0.1";  ///< 127.0.0.1 in dev, else 0.0.0.0
  std::uint16_t port = 8080;       ///< 0 picks a free one
  Engine engine = Engine::native;
  unsigned threads = 0;  ///< event loops; 0: one a core
  std::chrono::milliseconds header_timeout{10000};
  std::chrono::milliseconds read_timeout{30000};
  std::chrono::milliseconds write_timeout{30000};
  std::chrono::milliseconds idle_timeout{120000};
  std::chrono::milliseconds shutdown_timeout{30000};
  std::size_t max_header_bytes = 65536;
  std::size_t max_uri_bytes = 8192;
  std::size_t max_body_bytes = 1048576;
  std::size_t max_connections = 10000;
  std::size_t max_in_flight = 1000;
  std::size_t max_handshakes = 256;
};

/// A second address, for probes and metrics alone: plain HTTP, no identity.
struct OperationsConfig {
  std::string host;        ///< empty: the server's
  std::uint16_t port = 0;  ///< 0: there is none; they stand on the server's alone
};

/// HTTPS in place of HTTP, by the native engine.
struct TlsConfig {
  bool enabled = false;
  http::TlsOptions options;
  std::vector<std::string> trusted_proxies;  ///< addresses and networks whose word on who the client is counts
};

struct StoreConfig {
  StoreBackend backend = StoreBackend::sqlite;
  std::string path = "netweave.db";
  StoreSync sync = StoreSync::full;
  std::string encryption_key;  ///< 32 bytes in base64, from which secrets at rest are encrypted; empty: they are not
  std::chrono::milliseconds commit_delay{5};
  std::chrono::milliseconds lease_ttl{8000};  ///< how long what a dead gateway did alone waits for another
  std::uint64_t log_max_entries = 10000000;
  std::chrono::milliseconds log_max_age{std::chrono::hours(168)};
  unsigned wait_replicas = 0;  ///< Redis: that must have a commit before it is acknowledged and read by anyone
  std::chrono::milliseconds wait_timeout{1000};
};

/// The Redis that keeps the log where `StoreConfig::backend` says so.
struct RedisConfig {
  RedisMode mode = RedisMode::standalone;
  std::vector<std::string> addresses = {"127.0.0.1:6379"};  ///< the server, the Sentinels, or nodes of the cluster
  std::string master_name;                                  ///< as the Sentinels call it
  std::string username;                                     ///< empty: the default user
  std::string password;
  std::string sentinel_password;
  unsigned db = 0;
  unsigned pool_size = 10;
  std::chrono::milliseconds dial_timeout{5000};  ///< of one connection, and for trying again
  std::chrono::milliseconds read_timeout{3000};
  std::chrono::milliseconds write_timeout{3000};
  bool enable_tls = false;
  std::string ca_file;  ///< empty: the system's
  std::string cert_file;
  std::string key_file;
  std::string key_prefix = "netweave";
  bool check_persistence = true;  ///< refuse a server that does not append to a file, or that evicts keys
};

/// A place that the SMO knows (O-RAN's LocationInfo). One of coordinate, civic address and address is needed.
struct LocationConfig {
  std::string global_location_id;
  std::string name;  ///< empty: the id
  std::string description;
  std::vector<std::string> coordinate;  ///< longitude, latitude and perhaps altitude, in degrees and metres (RFC 7946)
  Value civic_address = Value::object();  ///< texts by the caType of RFC 4776: {"1": "CA", "6": "Toronto"}
  std::string address;
  Value extensions = Value::object();
};

/// A part of the O-Cloud at one location (O-RAN's OCloudSiteInfo).
struct SiteConfig {
  std::string id;                  ///< a UUID is shown as it is, of another id one is made
  std::string global_location_id;  ///< one of `OCloudConfig::locations`
  std::string name;                ///< empty: the id
  std::string description;
  std::vector<std::string> resource_pools;  ///< by id; empty: the pools whose location is the site's
  Value extensions = Value::object();
};

struct OCloudConfig {
  std::string id = "ocloud-1";
  std::string global_cloud_id;
  std::string name = "O-Cloud";
  std::string description;
  std::string service_uri;  ///< empty: the address that the gateway listens on
  std::vector<LocationConfig> locations;
  std::vector<SiteConfig> sites;  ///< pools of no site are shown in one of their own location
};

/// Which of the standard's contradicting sources decides.
enum class OranProfile { strict, conformance };
/// What a decimal nextpage_opaque_marker is.
enum class DecimalMarker { by_profile, refused, page };

struct OranConfig {
  OranProfile profile = OranProfile::strict;
  DecimalMarker decimal_marker = DecimalMarker::by_profile;
  std::size_t page_bytes = 67108864;  ///< of a list's answer; what is more goes to further pages
};

struct AdapterConfig {
  std::string name;
  std::string type;
  bool enabled = true;
  bool is_default = false;  ///< key `default`
  AdapterMode mode = AdapterMode::manage;
  int priority = 0;
  std::chrono::milliseconds poll_interval{30000};
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds timeout{30000};
  std::chrono::milliseconds visibility_grace{0};
  std::string tenant;  ///< whose its objects are, where nothing else says so; empty: the tenant `default`'s
  bool tls_insecure_skip_verify = false;
  Value config = Value::object();  ///< the type's own section
};

/// A condition on a new object's `location`: whatever is not empty must hold.
struct RoutingLocation {
  std::string exact;
  std::string prefix;
  std::string suffix;
  std::string contains;
};

/// One rule of which adapter gets what is created. All of its conditions must hold; an empty one always does.
struct RoutingRule {
  std::string name;
  std::string adapter;
  int priority = 0;
  std::string resource_type = "*";  ///< a kind ("resourcePool"), an instance type of a pool, or * for any
  bool failover = false;            ///< the next rule's turn while the backend can't be reached; else 503
  Value labels = Value::object();   ///< texts by name, in `extensions.labels`
  RoutingLocation location;
  std::vector<std::string> capabilities;  ///< what the rule's adapter must be able to do: "resourcePool.create"
  Value extensions = Value::object();     ///< members that the object's `extensions` must have, with these values
};

struct RoutingConfig {
  std::vector<RoutingRule> rules;  ///< in any order: the highest priority is tried first, of equals the first
  bool fallback_enabled = true;    ///< what no rule matches goes to the default adapter; else 422
};

struct QueryConfig {
  std::size_t default_limit = 100;
  std::size_t max_limit = 1000;
  std::size_t scan_inline = 20000;  ///< lists that look at more objects leave the server's threads
  unsigned scan_workers = 2;        ///< lists of that size at once
  std::size_t scan_waiting = 32;    ///< more that wait, for each worker
  std::chrono::milliseconds scan_timeout{5000};
  std::size_t max_expression_bytes = 4096;  ///< of one parameter, name and value
};

struct BatchConfig {
  std::size_t max_entries = 100;
  std::size_t at_once = 8;  ///< writes of one batch to backends under way
};

struct SubscriptionsConfig {
  std::size_t max_concurrent = 1000;  ///< deliveries under way at once
  std::chrono::milliseconds timeout{10000};
  unsigned max_attempts = 10;
  std::chrono::milliseconds backoff{1000};
  std::chrono::milliseconds max_backoff{std::chrono::minutes(5)};
  std::chrono::milliseconds max_age{std::chrono::hours(24)};
  std::chrono::milliseconds secret_grace{std::chrono::hours(24)};  ///< a replaced secret signs along for so long
  bool allow_insecure_callbacks = true;                            ///< true in dev, else false
  std::vector<std::string> allowed_callback_networks = {"127.0.0.0/8", "::1/128"};  ///< in dev, else none
};

/// Event streams and watches, over all API versions.
struct StreamsConfig {
  std::size_t max_streams = 5000;                      ///< open at once; one more is 503
  std::size_t buffer_bytes = 1048576;                  ///< that wait for one reader, who is closed past it
  std::chrono::milliseconds bookmark_interval{15000};  ///< of a stream that has nothing else to say
};

/// A token bucket: so many requests a second flow in, at most `burst` stay.
struct RateConfig {
  std::uint32_t requests_per_second = 0;  ///< 0: no limit
  std::uint32_t burst = 1;

  friend bool operator==(const RateConfig&, const RateConfig&) = default;
};

/// Of one operation, for all callers together.
struct EndpointRateConfig {
  std::string method = "GET";
  std::string route;  ///< as the OpenAPI document writes the path: "/o2ims/v1/resources/{id}"
  std::uint32_t requests_per_second = 0;
  std::uint32_t burst = 0;

  friend bool operator==(const EndpointRateConfig&, const EndpointRateConfig&) = default;
};

struct RateLimitConfig {
  bool enabled = false;           ///< false in dev, else true
  RateConfig tenant{1000, 2000};  ///< each tenant's, or client address's
  RateConfig global{10000, 20000};
  std::vector<EndpointRateConfig> endpoints;
  Value resource = Value::object();  ///< {"resourcePools": {"reads_per_minute": 600, "writes_per_minute": 60}}

  friend bool operator==(const RateLimitConfig&, const RateLimitConfig&) = default;
};

struct ValidationConfig {
  bool enabled = true;            ///< requests are held to the OpenAPI document
  bool validate_response = true;  ///< answers too, and replaced by a 500 where they break it; true in dev, else false
};

struct LoggingConfig {
  std::string level = "debug";  ///< trace, debug, info, warn, error; debug in dev, else info
  LogFormat format = LogFormat::console;
  std::string output = "stderr";  ///< stderr, stdout or a file's path
};

struct MetricsConfig {
  bool enabled = true;
  std::string path = "/metrics";
};

/// Spans of requests and of what they need, sent to an OpenTelemetry collector by OTLP over HTTP.
struct TracingConfig {
  bool enabled = false;
  std::string endpoint;        ///< the collector's URL; `/v1/traces` is added where it has no path
  double sampling_rate = 0.1;  ///< of what begins here; what a caller began is reported where the caller's is
  std::string service_name = "netweave";
};

/// Which pages of other origins may read answers in a browser.
struct CorsConfig {
  bool enabled = true;                       ///< true in dev, else false
  std::vector<std::string> origins = {"*"};  ///< "https://portal.example.com"; * is any; * in dev, else none
};

/// What browsers are told about every answer; an empty text: nothing.
struct SecurityHeadersConfig {
  std::int64_t hsts_max_age = 31536000;  ///< seconds, over TLS alone; 0: not sent
  std::string csp = "default-src 'none'; frame-ancestors 'none'";
  std::string frame_options = "DENY";
  std::string referrer_policy = "no-referrer";
};

/// What adapters find belongs to the tenant of the first that holds; an empty member asks for nothing.
struct AssignmentConfig {
  std::string adapter;
  std::string pool;                ///< id of the pool itself and of what stands in it
  Value labels = Value::object();  ///< all of them
  std::string tenant;
};

/// Whose bearer tokens are taken; without an issuer none are.
struct JwtConfig {
  std::string issuer;
  std::string audience;
  std::string jwks_uri;  ///< or `jwks_file`: the issuer's keys
  std::string jwks_file;
  std::string tenant_claim = "tenant";  ///< a path: "organization.id"
  std::string roles_claim = "roles";    ///< likewise; `scope` makes roles of OAuth2 scopes
  std::chrono::milliseconds clock_skew{60000};
};

/// What a tenant may have that has no quota of its own.
struct QuotaConfig {
  std::uint64_t max_subscriptions = 100;
  std::uint64_t max_resource_pools = 50;
  std::uint64_t max_resources = 1000;
  std::uint64_t max_deployments = 200;
  std::uint64_t max_users = 20;
  std::uint64_t max_requests_per_minute = 1000;
};

/// Section `multi_tenancy`: who may do what, and whose everything is.
struct MultiTenancyConfig {
  bool enabled = false;
  bool require_mtls = true;
  std::string bootstrap_admin_subject;
  JwtConfig jwt;
  QuotaConfig default_tenant_quota;
  std::uint64_t audit_log_retention_days = 30;
  bool audit_reads = false;
  std::vector<AssignmentConfig> assign;
  std::vector<std::string> skip_auth_paths = {"/health", "/healthz", "/ready", "/readyz"};
};

struct Config {
  Environment environment = Environment::dev;
  ServerConfig server;
  OperationsConfig operations;
  TlsConfig tls;
  StoreConfig store;
  RedisConfig redis;
  OCloudConfig o_cloud;
  std::vector<AdapterConfig> adapters;  ///< empty: one simulator with a small generated inventory
  RoutingConfig routing;
  QueryConfig query;
  BatchConfig batch;
  SubscriptionsConfig subscriptions;
  StreamsConfig streams;
  OranConfig oran;
  CorsConfig cors;                ///< section `security.cors`
  SecurityHeadersConfig headers;  ///< section `security.headers`
  MultiTenancyConfig multi_tenancy;
  RateLimitConfig rate_limit;  ///< section `security.rate_limit`
  ValidationConfig validation;
  LoggingConfig logging;
  MetricsConfig metrics;
  TracingConfig tracing;

  /// Every fault at once; empty when the settings hold together. `Fault::field` is the key's path ("server.port",
  /// "adapters[0].name"). Whether an adapter's type and own section are good is for Gateway::create to say.
  [[nodiscard]] std::vector<Fault> validate() const;
};

/// Where a configuration comes from, with the program's surroundings given so that tests can give their own.
struct ConfigSource {
  std::string file;                                ///< `--config`; empty: the search of docs/configuration.md
  std::map<std::string, std::string> environment;  ///< environment variables
  std::string root = {};                           ///< stands before the paths of the search; empty: as they are
};

/// The outcome of loading: the settings, the file they came from (empty: defaults), and what only deserves a warning.
struct LoadedConfig {
  Config config;
  std::string file;
  std::vector<std::string> warnings;
};

/// Finds, reads, overrides and validates. Blocks on files. Errors: `invalid` with one Fault for each mistake, in the
/// order of the lines, then of the variables; its field reads "config.yaml:12: server.prot" or
/// "NETWEAVE_SERVER_PORT: server.port", its reason says what is allowed and never holds a secret.
Result<LoadedConfig> load_config(const ConfigSource& source);

/// YAML text alone, for embedders and tests: `name` stands in the messages, `${NAME}` reads `environment`.
Result<LoadedConfig> parse_config(std::string_view yaml, std::string_view name,
                                  const std::map<std::string, std::string>& environment = {});

/// The effective settings as YAML, secrets masked: members named key, secret, password or token inside adapters' own
/// sections too, and the user info of URLs. Read back, it gives the same settings but for what is masked.
std::string print_config(const Config& config);

/// A key whose value differs between two configurations. `reloads`: it can take effect without a restart.
struct ConfigChange {
  std::string key;
  bool reloads = false;

  friend bool operator==(const ConfigChange&, const ConfigChange&) = default;
};
/// In the order of the keys; an adapter, or a rule, counts as one key.
std::vector<ConfigChange> config_changes(const Config& before, const Config& after);

/// docs/configuration.md: every key with type, range, default, whether it reloads, and what it is for.
std::string describe_config();

}  // namespace netweave
