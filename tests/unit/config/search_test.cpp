#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

#include "netweave/config.hpp"

using namespace netweave;
namespace fs = std::filesystem;

namespace {

/// A folder that stands for the root of the machine.
class Root {
 public:
  Root() : path_(fs::temp_directory_path() / ("netweave-root-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Root() { fs::remove_all(path_); }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  std::string write(const std::string& name, const std::string& text) {
    fs::path file = path_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return file.string();
  }
  [[nodiscard]] ConfigSource source() const {
    ConfigSource source;
    source.root = path_.string() + "/";
    return source;
  }

 private:
  fs::path path_;
};

std::uint16_t port(const ConfigSource& source) {
  auto loaded = load_config(source);
  REQUIRE(loaded.has_value());
  return loaded->config.server.port;
}

std::string only_fault(const ConfigSource& source) {
  auto loaded = load_config(source);
  REQUIRE_FALSE(loaded.has_value());
  REQUIRE(loaded.error().faults.size() == 1);
  return loaded.error().faults[0].field + ": " + loaded.error().faults[0].reason;
}

}  // namespace

TEST_CASE("the argument wins over NETWEAVE_CONFIG, that over config/, that over /etc, that over the defaults") {
  Root root;
  ConfigSource source = root.source();
  CHECK(port(source) == 8080);
  CHECK(load_config(source)->file.empty());
  root.write("etc/netweave/config.yaml", "server: {port: 1}");
  CHECK(port(source) == 1);
  root.write("config/config.dev.yaml", "server: {port: 2}");
  CHECK(port(source) == 2);
  source.environment["NETWEAVE_CONFIG"] = root.write("named.yaml", "server: {port: 3}");
  CHECK(port(source) == 3);
  source.file = root.write("given.yaml", "server: {port: 4}");
  CHECK(port(source) == 4);
  CHECK(load_config(source)->file == source.file);
}

TEST_CASE("a file that is named and is not there is a fault") {
  Root root;
  ConfigSource source = root.source();
  source.environment["NETWEAVE_CONFIG"] = "no/such.yaml";
  CHECK(only_fault(source) == "no/such.yaml: is not there, and NETWEAVE_CONFIG names it");
  source.file = "no/other.yaml";
  CHECK(only_fault(source) == "no/other.yaml: is not there, and --config names it");
}

TEST_CASE("a folder is no configuration") {
  Root root;
  ConfigSource source = root.source();
  source.file = source.root;
  CHECK(only_fault(source).find("is a folder") != std::string::npos);
}

TEST_CASE("staging and prod do without a file never") {
  Root root;
  ConfigSource source = root.source();
  source.environment["NETWEAVE_ENV"] = "prod";
  CHECK(only_fault(source).find("prod needs a configuration file") != std::string::npos);
}

TEST_CASE("a production file never runs under development rules, nor a development file under none") {
  Root root;
  ConfigSource source = root.source();
  const std::string tls =
      "tls: {enabled: true, cert_file: c, key_file: k, ca_file: a, client_auth: require-and-verify}\n";
  source.file = root.write("prod.yaml", "environment: prod\no_cloud: {id: oslo-1}\n" + tls);
  source.environment["NETWEAVE_ENV"] = "dev";
  CHECK(only_fault(source).find("multi_tenancy.enabled: must be true in prod") != std::string::npos);
  source.file = root.write("dev.yaml", "environment: dev\no_cloud: {id: oslo-1}\n");
  source.environment["NETWEAVE_ENV"] = "staging";
  CHECK(only_fault(source).find("tls.enabled: must be true in staging and prod") != std::string::npos);
}

TEST_CASE("an environment that leads out of the folder finds no file") {
  Root root;
  root.write("secret.yaml", "server: {port: 9}");
  ConfigSource source = root.source();
  source.environment["NETWEAVE_ENV"] = "/../../secret";
  CHECK(only_fault(source).find("NETWEAVE_ENV: must be one of dev, staging, prod") == 0);
}
