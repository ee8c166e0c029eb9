#include <cstdlib>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "adapters/ims/kubernetes/kubernetes.hpp"
#include "integration/kubernetes/cluster.hpp"

using namespace netweave;

namespace {

std::size_t lines_of(const std::string& path) {
  std::ifstream file(path);
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) ++count;
  return count;
}

/// The first failure that an identity meets.
Error failure_of(const Cluster& cluster, const std::string& identity) {
  auto adapter = make_adapter(cluster, identity);
  RecordingFeed feed;
  Observation observation(*adapter, feed);
  REQUIRE(feed.wait([](const RecordingFeed& f) { return !f.failures_.empty(); }));
  observation.stop();
  CHECK(feed.passes_ == 0);
  return feed.failures_.front();
}

}  // namespace

TEST_SUITE("integration") {
  TEST_CASE("a client certificate, a token, an exec plugin and read-only rights are enough to observe") {
    Cluster cluster;
    cluster.create_node("n");
    for (const char* identity : {"admin-cert", "admin-token", "exec", "reader"}) {
      CAPTURE(identity);
      auto adapter = make_adapter(cluster, identity);
      RecordingFeed feed;
      Observation observation(*adapter, feed);
      REQUIRE(feed.wait_for("k-node-n"));
      observation.stop();
      CHECK(feed.failures_.empty());
    }
  }

  TEST_CASE("an exec plugin is run once for as long as its credential holds") {
    Cluster cluster;
    std::string calls = cluster.file("exec-calls");
    std::size_t before = lines_of(calls);
    auto adapter = make_adapter(cluster, "exec");
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    cluster.create_node("n");
    REQUIRE(feed.wait_for("k-node-n"));
    observation.stop();
    CHECK(lines_of(calls) == before + 1);
  }

  TEST_CASE("who has no rights is denied, and told which are missing") {
    Cluster cluster;
    Error error = failure_of(cluster, "nobody");
    CHECK(error.kind == ErrorKind::denied);
    CHECK(error.code == "UNAUTHORIZED");
    CHECK(error.from_backend);
    CHECK(error.message.find("cannot list resource") != std::string::npos);
    CHECK(error.message.find("nobody") != std::string::npos);
  }

  TEST_CASE("a token that the server does not know is unauthenticated") {
    Cluster cluster;
    Error error = failure_of(cluster, "wrong-token");
    CHECK(error.kind == ErrorKind::unauthenticated);
    CHECK(error.code == "UNAUTHENTICATED");
    CHECK(error.from_backend);
  }

  TEST_CASE("a reader's writes are denied") {
    Cluster cluster;
    cluster.create_node("n");
    auto adapter = make_adapter(cluster, "reader");
    auto removed = adapter->remove_resource("k-node-n", {});
    REQUIRE_FALSE(removed);
    CHECK(removed.error().kind == ErrorKind::denied);
    CHECK(cluster.has("/api/v1/nodes/n"));
  }

  TEST_CASE("a pod's service account is enough to observe, and its token is read again") {
    Cluster cluster;
    cluster.create_node("n");
    std::string folder = std::getenv("NETWEAVE_TEST_KUBE_SERVICE_ACCOUNT");
    std::ifstream file(folder + "/token");
    std::string token;
    std::getline(file, token);
    { std::ofstream(folder + "/token") << "not-yet"; }
    auto settings = settings_for(cluster, "", R"({"in_cluster":true})");
    settings.config["service_account_dir"] = folder;
    settings.config["api_server"] = cluster.url();
    auto adapter = ims::kubernetes::make_kubernetes(settings);
    REQUIRE(adapter);
    RecordingFeed feed;
    Observation observation(**adapter, feed);
    REQUIRE(feed.wait([](const RecordingFeed& f) {
      return !f.failures_.empty() && f.failures_.back().kind == ErrorKind::unauthenticated;
    }));
    { std::ofstream(folder + "/token") << token << "\n"; }
    REQUIRE(feed.wait_for("k-node-n"));
    observation.stop();
  }

  TEST_CASE("a server whose certificate another authority signed is not trusted") {
    Cluster cluster;
    std::ifstream file(cluster.file("admin-token.kubeconfig"));
    std::string text(std::istreambuf_iterator<char>(file), {});
    std::string authority = cluster.file("pki/apiserver.crt");
    text.replace(text.find(authority), authority.size(), cluster.file("pki/client-ca.crt"));
    std::ofstream(cluster.file("untrusted.kubeconfig")) << text;
    Error error = failure_of(cluster, "untrusted");
    CHECK(error.kind == ErrorKind::unavailable);
    CHECK(error.code == "CONFIGURATION_PROBLEM");
  }
}
