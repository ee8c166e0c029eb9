#include <string>

#include <doctest/doctest.h>

#include "netweave/config.hpp"

using namespace netweave;

namespace {

Config sample() {
  Config config;
  config.store.path = "true";
  config.o_cloud.name = "a \"quoted\": name # \xc3\xa9\n";
  config.o_cloud.description = "${HOME}";
  config.subscriptions.allowed_callback_networks = {};
  AdapterConfig adapter;
  adapter.name = "a";
  adapter.type = "kubernetes";
  adapter.config =
      Value::parse(R"({"kubeconfig":"admin.conf","empty":{},"list":[],"n":1.5,"s":"1","no":"no","null":null,
    "nested":[{"x":1,"y":{"z":[1,2]}},{},5],"texts":["a b","c"]})")
          .value();
  RoutingRule rule;
  rule.name = "one";
  rule.adapter = "b";
  rule.priority = -3;
  rule.labels = Value::parse(R"({"zone":"1"})").value();
  rule.location.suffix = "x";
  rule.capabilities = {"resource.create"};
  config.routing.rules = {rule, rule};
  config.routing.rules[1].name = "two";
  config.adapters = {adapter, adapter};
  config.adapters[1].name = "b";
  return config;
}

}  // namespace

TEST_CASE("what is printed reads back as the same settings") {
  std::string text = print_config(sample());
  CAPTURE(text);
  auto read = parse_config(text, "printed.yaml");
  REQUIRE(read.has_value());
  CHECK(print_config(read->config) == text);
  CHECK(read->config.o_cloud.name == sample().o_cloud.name);
  CHECK(read->config.o_cloud.description == "${HOME}");
  CHECK(read->config.store.path == "true");
  REQUIRE(read->config.routing.rules.size() == 2);
  CHECK(read->config.routing.rules[1].labels == sample().routing.rules[1].labels);
  CHECK(read->config.routing.rules[1].location.suffix == "x");
  CHECK(read->config.routing.rules[0].priority == -3);
  REQUIRE(read->config.adapters.size() == 2);
  CHECK(read->config.adapters[1].config == sample().adapters[1].config);
}

TEST_CASE("no secret is printed") {
  Config config = sample();
  config.store.encryption_key = "hunter2-store";
  config.adapters[0].config = Value::parse(R"({"password":"hunter2-a","clientSecret":"hunter2-b","api-key":"hunter2-c",
    "auth":{"token":"hunter2-d","user":"bob","tokens":1},"list":[{"secret_access_key":"hunter2-e"}],
    "url":"https://bob:hunter2-f@example.com/a@b","client-key-data":"hunter2-g","secret":{"any":"hunter2-h"},
    "pem":"-----BEGIN RSA PRIVATE KEY-----hunter2-i","password_file":"/run/pw","passwords":[["hunter"]],
    "credentials":["hunter2-j"]})")
                                  .value();
  std::string text = print_config(config);
  CAPTURE(text);
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("encryption_key: \"***\"") != std::string::npos);
  CHECK(text.find("https://***@example.com/a@b") != std::string::npos);
  CHECK(text.find("user: bob") != std::string::npos);
  CHECK(text.find("password_file: /run/pw") != std::string::npos);
}

TEST_CASE("an empty secret is seen to be empty") {
  CHECK(print_config(Config{}).find("encryption_key: \"\"") != std::string::npos);
}
