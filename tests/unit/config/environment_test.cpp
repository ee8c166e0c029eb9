#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

#include "netweave/config.hpp"

using namespace netweave;

namespace {

using Variables = std::map<std::string, std::string>;

LoadedConfig loaded(std::string_view yaml, const Variables& variables) {
  auto result = parse_config(yaml, "test.yaml", variables);
  if (!result)
    for (const Fault& fault : result.error().faults) MESSAGE(fault.field << ": " << fault.reason);
  REQUIRE(result.has_value());
  return std::move(result).value();
}

constexpr std::string_view two_adapters =
    "adapters: [{name: a, type: simulator, config: {generate: {pools: 1}, tags: [x], base_url: u}}, {name: b, type: "
    "t}]";

}  // namespace

TEST_CASE("a variable overrides the file and the defaults") {
  Config config =
      loaded("server: {port: 1}", {{"NETWEAVE_SERVER_PORT", "2"},
                                   {"NETWEAVE_STORE_LOG_MAX_AGE", "1h"},
                                   {"NETWEAVE_OBSERVABILITY_LOGGING_LEVEL", "error"},
                                   {"NETWEAVE_SUBSCRIPTIONS_ALLOWED_CALLBACK_NETWORKS", "10.0.0.0/8, ::1/128"},
                                   {"NETWEAVE_O_CLOUD_NAME", "${not expanded}"}})
          .config;
  CHECK(config.server.port == 2);
  CHECK(config.store.log_max_age == std::chrono::hours(1));
  CHECK(config.logging.level == "error");
  CHECK(config.subscriptions.allowed_callback_networks == std::vector<std::string>{"10.0.0.0/8", "::1/128"});
  CHECK(config.o_cloud.name == "${not expanded}");
  CHECK(loaded("", {{"NETWEAVE_SUBSCRIPTIONS_ALLOWED_CALLBACK_NETWORKS", ""}})
            .config.subscriptions.allowed_callback_networks.empty());
}

TEST_CASE("a variable of an adapter reaches into its own section") {
  Config config = loaded(two_adapters, {{"NETWEAVE_ADAPTERS_0_MODE", "observe"},
                                        {"NETWEAVE_ADAPTERS_0_CONFIG_GENERATE_POOLS", "7"},
                                        {"NETWEAVE_ADAPTERS_0_CONFIG_GENERATE_RESOURCE_TYPES", "3"},
                                        {"NETWEAVE_ADAPTERS_0_CONFIG_TAGS", "y,z"},
                                        {"NETWEAVE_ADAPTERS_0_CONFIG_BASE_URL", "https://b"},
                                        {"NETWEAVE_ADAPTERS_1_CONFIG_KUBECONFIG", "admin.conf"},
                                        {"NETWEAVE_ADAPTERS_1_CONFIG_CHURN__PER_SECOND", "1.5"},
                                        {"NETWEAVE_ADAPTERS_1_CONFIG_API_KEY", "0123"}})
                      .config;
  CHECK(config.adapters[0].mode == AdapterMode::observe);
  CHECK(config.adapters[0].config.to_json() ==
        R"({"generate":{"pools":7,"resource_types":3},"tags":["y","z"],"base_url":"https://b"})");
  CHECK(config.adapters[1].config ==
        Value::parse(R"({"api_key":"0123","churn":{"per_second":1.5},"kubeconfig":"admin.conf"})").value());
}

TEST_CASE("rules of routing take an index too, and names below their free sections") {
  constexpr std::string_view one_rule =
      "routing: {rules: [{name: one, adapter: sim, conditions: {labels: {zone: a}}}]}";
  Config config = loaded(one_rule, {{"NETWEAVE_ROUTING_RULES_0_PRIORITY", "7"},
                                    {"NETWEAVE_ROUTING_RULES_0_CONDITIONS_LABELS_ZONE", "2"},
                                    {"NETWEAVE_ROUTING_RULES_1_NAME", "two"},
                                    {"NETWEAVE_ROUTING_RULES_1_ADAPTER", "sim"},
                                    {"NETWEAVE_ROUTING_RULES_1_CONDITIONS_LOCATION_PREFIX", "edge-"},
                                    {"NETWEAVE_ROUTING_RULES_1_CONDITIONS_CAPABILITIES", "resource.create"},
                                    {"NETWEAVE_ROUTING_FALLBACK_ENABLED", "false"}})
                      .config;
  CHECK_FALSE(config.routing.fallback_enabled);
  REQUIRE(config.routing.rules.size() == 2);
  CHECK(config.routing.rules[0].priority == 7);
  CHECK(config.routing.rules[0].labels.at("zone") == Value("2"));
  CHECK(config.routing.rules[1].location.prefix == "edge-");
  CHECK(config.routing.rules[1].capabilities == std::vector<std::string>{"resource.create"});
}

TEST_CASE("rate limits of a collection are reached by its name in the file") {
  Config config = loaded("security: {rate_limit: {resource: {resourcePools: {reads_per_minute: 1}}}}",
                         {{"NETWEAVE_SECURITY_RATE_LIMIT_RESOURCE_RESOURCEPOOLS_READS_PER_MINUTE", "7"},
                          {"NETWEAVE_SECURITY_RATE_LIMIT_RESOURCE_RESOURCEPOOLS_WRITES_PER_MINUTE", "8"},
                          {"NETWEAVE_SECURITY_RATE_LIMIT_TENANT_BURST", "9"},
                          {"NETWEAVE_SECURITY_RATE_LIMIT_ENDPOINTS_0_ROUTE", "/o2ims"},
                          {"NETWEAVE_SECURITY_RATE_LIMIT_ENDPOINTS_0_REQUESTS_PER_SECOND", "10"},
                          {"NETWEAVE_SECURITY_RATE_LIMIT_ENDPOINTS_0_BURST", "11"}})
                      .config;
  CHECK(config.rate_limit.resource.to_json() == R"({"resourcePools":{"reads_per_minute":7,"writes_per_minute":8}})");
  CHECK(config.rate_limit.tenant.burst == 9);
  REQUIRE(config.rate_limit.endpoints.size() == 1);
  CHECK(config.rate_limit.endpoints[0] == EndpointRateConfig{"GET", "/o2ims", 10, 11});
}

TEST_CASE("the next index adds an adapter, in the order of the numbers") {
  Variables variables;
  for (int i = 0; i < 12; ++i) {
    variables["NETWEAVE_ADAPTERS_" + std::to_string(i) + "_NAME"] = "a" + std::to_string(i);
    variables["NETWEAVE_ADAPTERS_" + std::to_string(i) + "_TYPE"] = "simulator";
  }
  Config config = loaded("", variables).config;
  REQUIRE(config.adapters.size() == 12);
  CHECK(config.adapters[11].name == "a11");
}

TEST_CASE("a variable that names no key warns, and nothing more") {
  auto result = loaded("", {{"NETWEAVE_SERVER_PROT", "1"},
                            {"NETWEAVE_SERVICE_HOST", "10.0.0.1"},
                            {"NETWEAVE_PORT_8080_TCP_ADDR", "10.0.0.1"},
                            {"NETWEAVE_ADAPTERS_0_NONSENSE", "1"},
                            {"NETWEAVE_CONFIG", "x"},
                            {"NETWEAVE_CHECK", "1"},
                            {"NETWEAVED_SERVER_PORT", "2"},
                            {"HOME", "/"}});
  auto has = [&](std::string_view text) {
    return std::any_of(result.warnings.begin(), result.warnings.end(),
                       [&](const std::string& warning) { return warning == text; });
  };
  CHECK(has("NETWEAVE_SERVER_PROT names no key; did you mean NETWEAVE_SERVER_PORT?"));
  CHECK(has("NETWEAVE_PORT_8080_TCP_ADDR names no key"));
  CHECK(result.config.server.port == 8080);
}

TEST_CASE("the address that Kubernetes injects for a Service is passed over with a warning") {
  auto result = loaded("server: {port: 81}", {{"NETWEAVE_SERVER_PORT", "tcp://10.0.0.1:80"}});
  CHECK(result.config.server.port == 81);
  REQUIRE(result.warnings.size() == 1);
  CHECK(result.warnings[0].find("NETWEAVE_SERVER_PORT=tcp://10.0.0.1:80 is passed over") == 0);
}

TEST_CASE("a secret comes from a file, whose last line end is no part of it") {
  std::string key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  auto path = std::filesystem::temp_directory_path() / ("netweave-key-" + std::to_string(getpid()));
  std::ofstream(path) << key << "\r\n";
  CHECK(loaded("store: {encryption_key_file: \"" + path.string() + "\"}", {}).config.store.encryption_key == key);
  // a variable replaces the file's setting, whichever of the two forms each has
  CHECK(loaded("store: {encryption_key: nonsense}", {{"NETWEAVE_STORE_ENCRYPTION_KEY_FILE", path.string()}})
            .config.store.encryption_key == key);
  CHECK(loaded("store: {encryption_key_file: no/such/file}", {{"NETWEAVE_STORE_ENCRYPTION_KEY", key}})
            .config.store.encryption_key == key);
  std::filesystem::remove(path);
}
