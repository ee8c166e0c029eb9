#include <algorithm>
#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "netweave/config.hpp"

using namespace netweave;
using namespace std::chrono_literals;

namespace {

Config parsed(std::string_view yaml, const std::map<std::string, std::string>& variables = {}) {
  auto loaded = parse_config(yaml, "test.yaml", variables);
  if (!loaded)
    for (const Fault& fault : loaded.error().faults) MESSAGE(fault.field << ": " << fault.reason);
  REQUIRE(loaded.has_value());
  return loaded->config;
}

std::string adapter_config(const std::string& yaml, const std::map<std::string, std::string>& variables = {}) {
  return parsed("adapters: [{name: a, type: simulator, config: {" + yaml + "}}]", variables)
      .adapters.at(0)
      .config.to_json();
}

}  // namespace

TEST_CASE("nothing written is a default-constructed Config") {
  CHECK(print_config(parsed("")) == print_config(Config{}));
  CHECK(print_config(parsed("# a comment\n")) == print_config(Config{}));
  CHECK(print_config(parsed("server:\nadapters:\n")) == print_config(Config{}));
  CHECK(Config{}.validate().empty());
}

TEST_CASE("every section is read") {
  Config config = parsed(R"(
environment: dev
server: {host: "::1", port: 0, engine: pistache, threads: 3, header_timeout: 1s, max_header_bytes: 4096}
store: {backend: memory, path: a.db, sync: normal, commit_delay: 0s, log: {max_entries: 5000, max_age: 14d}}
o_cloud: {id: oslo-1, global_cloud_id: g, name: Oslo, description: 7, service_uri: "https://o2.example.com"}
query: {default_limit: 10, max_limit: 20}
subscriptions: {max_concurrent: 5, backoff: 500ms, max_backoff: 1h30m, allow_insecure_callbacks: false,
                allowed_callback_networks: [10.0.0.0/8, "fd00::/8"]}
streams: {max_streams: 1, buffer_bytes: 4096, bookmark_interval: 100ms}
observability: {logging: {level: warn, format: json, output: /tmp/log}, metrics: {enabled: false, path: /m}}
)");
  CHECK(config.server.host == "::1");
  CHECK(config.server.port == 0);
  CHECK(config.server.engine == Engine::pistache);
  CHECK(config.server.threads == 3);
  CHECK(config.server.header_timeout == 1s);
  CHECK(config.server.max_header_bytes == 4096);
  CHECK(config.store.backend == StoreBackend::memory);
  CHECK(config.store.sync == StoreSync::normal);
  CHECK(config.store.commit_delay == 0ms);
  CHECK(config.store.log_max_entries == 5000);
  CHECK(config.store.log_max_age == 14 * 24h);
  CHECK(config.o_cloud.id == "oslo-1");
  CHECK(config.o_cloud.description == "7");
  CHECK(config.query.max_limit == 20);
  CHECK(config.subscriptions.max_backoff == 90min);
  CHECK_FALSE(config.subscriptions.allow_insecure_callbacks);
  CHECK(config.subscriptions.allowed_callback_networks == std::vector<std::string>{"10.0.0.0/8", "fd00::/8"});
  CHECK(config.streams.max_streams == 1);
  CHECK(config.streams.buffer_bytes == 4096);
  CHECK(config.streams.bookmark_interval == 100ms);
  CHECK(config.logging.level == "warn");
  CHECK(config.logging.format == LogFormat::json);
  CHECK(config.metrics.path == "/m");
}

TEST_CASE("adapters are read with their own section as it is") {
  Config config = parsed(R"(
adapters:
  - {name: sim, type: simulator, default: true, priority: -5, mode: observe, poll_interval: 1m}
  - name: cluster
    type: kubernetes
    enabled: false
    config: {kubeconfig: /etc/admin.conf, labels: {zone: "1", rack: 2}, factors: [1, 1.5, true, null, 007]}
)");
  REQUIRE(config.adapters.size() == 2);
  CHECK(config.adapters[0].is_default);
  CHECK(config.adapters[0].priority == -5);
  CHECK(config.adapters[0].mode == AdapterMode::observe);
  CHECK(config.adapters[0].poll_interval == 1min);
  CHECK(config.adapters[0].config.to_json() == "{}");
  CHECK_FALSE(config.adapters[1].enabled);
  CHECK(config.adapters[1].config.to_json() ==
        R"({"kubeconfig":"/etc/admin.conf","labels":{"zone":"1","rack":2},"factors":[1,1.5,true,null,"007"]})");
}

TEST_CASE("a reference reads the environment, and takes the type that its text has") {
  std::map<std::string, std::string> variables = {{"PORT", "81"}, {"EMPTY", ""}, {"HOST", "::1"}, {"PIN", "4711"}};
  Config config = parsed(
      "server:\n  port: ${PORT}\n  host: \"${HOST}\"\n  threads: \"${THREADS:-2}\"\n"
      "store: {path: \"${DIR:-/var}/${EMPTY:-net}weave${EMPTY}.db\"}\n"
      "o_cloud: {name: \"$${HOME} costs $5\"}\n",
      variables);
  CHECK(config.server.port == 81);
  CHECK(config.server.host == "::1");
  CHECK(config.server.threads == 2);
  CHECK(config.store.path == "/var/netweave.db");
  CHECK(config.o_cloud.name == "${HOME} costs $5");
  Config adapters = parsed(R"(
adapters:
  - name: a
    type: simulator
    config:
      port: ${PORT}
      text: "${PORT}"
      password: ${PIN}
)",
                           variables);
  CHECK(adapters.adapters.at(0).config.to_json() == R"({"port":81,"text":"81","password":"4711"})");
}

TEST_CASE("what a reference brings in is not expanded again") {
  CHECK(parsed("o_cloud: {name: \"${A}\"}", {{"A", "${B}"}}).o_cloud.name == "${B}");
}

TEST_CASE("anchors and aliases of YAML work") {
  CHECK(adapter_config("a: &x {b: 1}, c: *x") == R"({"a":{"b":1},"c":{"b":1}})");
}

TEST_CASE("a Config made by hand meets the same rules") {
  Config config;
  config.query.default_limit = 0;
  config.logging.level = "loud";
  config.environment = static_cast<Environment>(9);
  config.adapters.resize(1);
  config.adapters[0].name = "a";
  auto faults = config.validate();
  auto has = [&](std::string_view field) {
    return std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) { return fault.field == field; });
  };
  CHECK(has("query.default_limit"));
  CHECK(has("observability.logging.level"));
  CHECK(has("environment"));
  CHECK(has("adapters[0].type"));
}

TEST_CASE("what differs between two configurations is told by key, and whether it reloads") {
  Config before = parsed("adapters: [{name: a, type: t}]");
  CHECK(config_changes(before, before).empty());
  Config after = parsed(
      "server: {port: 1}\nobservability: {logging: {level: warn}}\n"
      "adapters: [{name: a, type: t, config: {x: 1}}, {name: b, type: t}]");
  CHECK(config_changes(before, after) == std::vector<ConfigChange>{{"server.port", false},
                                                                   {"observability.logging.level", true},
                                                                   {"adapters[0]", false},
                                                                   {"adapters", false}});
}
