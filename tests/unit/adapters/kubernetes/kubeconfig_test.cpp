#include "adapters/ims/kubernetes/kubeconfig.hpp"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "adapters/ims/kubernetes/credentials.hpp"
#include "adapters/ims/kubernetes/settings.hpp"

using namespace netweave;
using namespace netweave::ims::kubernetes;

namespace {

/// A kubeconfig whose one cluster and one user have these members.
std::string config(const std::string& cluster, const std::string& user) {
  return "current-context: c\nclusters: [{name: cl, cluster: {" + cluster + "}}]\nusers: [{name: u, user: {" + user +
         "}}]\ncontexts: [{name: c, context: {cluster: cl, user: u}}, {name: d, context: {cluster: cl, user: v}}]\n";
}

const std::string a_server = "server: \"https://127.0.0.1:6443/\"";

/// A folder that is gone when the test is.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "netweave-kubeconfig.XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& text, bool program = false) const {
    std::string file = path_ + "/" + name;
    std::ofstream(file) << text;
    if (program) std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Endpoint read(const std::string& text, const std::string& folder = "") {
  auto endpoint = parse_kubeconfig(text, "f", folder, "");
  REQUIRE_MESSAGE(endpoint, (endpoint ? "" : endpoint.error().message));
  return *endpoint;
}

}  // namespace

TEST_CASE("a kubeconfig names server, authority and identity; data wins over files") {
  Endpoint endpoint = read(config(a_server + ", certificate-authority-data: Y2E=, tls-server-name: api, proxy-url: p",
                                  "client-certificate-data: Y2VydA==, client-key-data: a2V5, token: t"));
  CHECK(endpoint.server == "https://127.0.0.1:6443");
  CHECK(endpoint.cluster == "cl");
  CHECK(endpoint.tls.ca_pem == "ca");
  CHECK(endpoint.tls.verify);
  CHECK(endpoint.tls_server_name == "api");
  CHECK(endpoint.proxy == "p");
  CHECK(endpoint.tls.certificate_pem == "cert");
  CHECK(endpoint.tls.key_pem == "key");
  CHECK(endpoint.identity.token == "t");
}

TEST_CASE("paths in a kubeconfig begin at its folder") {
  Folder folder;
  folder.write("ca.crt", "ca");
  Endpoint endpoint = read(config(a_server + ", certificate-authority: ca.crt, insecure-skip-tls-verify: false",
                                  "tokenFile: tok, exec: {apiVersion: client.authentication.k8s.io/v1, command: ./run, "
                                  "args: [a], env: [{name: A, value: b}]}"),
                           folder.path());
  CHECK(endpoint.tls.ca_file == folder.path() + "/ca.crt");
  CHECK(endpoint.identity.token_file == folder.path() + "/tok");
  CHECK(endpoint.identity.exec->command == folder.path() + "/run");
  CHECK(endpoint.identity.exec->environment.at(0).second == "b");
}

TEST_CASE("each mistake in a kubeconfig has its message") {
  struct Case {
    std::string text;
    const char* message;
  };
  std::string token = "token: t";
  for (const Case& c : {
           Case{"a: [", "f: it is not valid YAML"},
           Case{"text", "f: it is no kubeconfig"},
           Case{"clusters: []", "f: it has no current-context"},
           Case{"current-context: x", "f: there is no \"x\" among its contexts"},
           Case{config("", token), "cluster \"cl\" needs a server that begins with https://"},
           Case{config("server: \"ftp://a\"", token), "needs a server that begins with https://"},
           Case{config(a_server + ", certificate-authority-data: \"%\"", token),
                "certificate-authority-data is not base64"},
           Case{config(a_server + ", certificate-authority: /nowhere/ca", token),
                "names /nowhere/ca, which can't be read"},
           Case{config(a_server + ", insecure-skip-tls-verify: maybe", token),
                "insecure-skip-tls-verify must be true or false"},
           Case{config(a_server, ""), "user \"u\" has no token, no client certificate and no exec"},
           Case{config(a_server, "client-certificate-data: Y2VydA=="), "a client certificate without a key"},
           Case{config(a_server, "client-key-data: a2V5"), "a client key without a certificate"},
           Case{config(a_server, "auth-provider: {name: gcp}"), "auth-provider, which Kubernetes has removed"},
           Case{config(a_server, "username: a, password: b"), "username, which Kubernetes has removed"},
           Case{config(a_server, token + ", as: root"), "impersonates (as), which is not supported"},
           Case{config(a_server, "exec: {command: x}"), "needs apiVersion client.authentication.k8s.io/v1"},
           Case{config(a_server, "exec: {apiVersion: client.authentication.k8s.io/v1}"), "names no command"},
           Case{config(a_server,
                       "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}"),
                "wants a terminal"},
           Case{config(a_server, "token: [a]"), "token must be text"},
           Case{"current-context: c\ncontexts: [{name: c, context: {user: u}}]", "names no cluster"},
           Case{"current-context: c\ncontexts: [{name: c, context: {cluster: u}}]", "names no user"},
           Case{"current-context: c\ncontexts: [{name: c}]", "without a map under context"},
       }) {
    CAPTURE(c.text);
    auto endpoint = parse_kubeconfig(c.text, "f", "", "");
    REQUIRE_FALSE(endpoint);
    CHECK(endpoint.error().kind == ErrorKind::invalid);
    CAPTURE(endpoint.error().message);
    CHECK(endpoint.error().message.find(c.message) != std::string::npos);
  }
}

TEST_CASE("another context can be named; one whose user is missing is refused") {
  CHECK(parse_kubeconfig(config(a_server, "token: t"), "f", "", "c"));
  auto other = parse_kubeconfig(config(a_server, "token: t"), "f", "", "d");
  REQUIRE_FALSE(other);
  CHECK(other.error().message == "f: there is no \"v\" among its users");
}

TEST_CASE("settings name all their faults at once") {
  ims::AdapterSettings given;
  given.name = "k";
  given.config = *Value::parse(R"({"kubeconfig":"/nowhere/config","watch_timeout":"5","list_page_size":-1,"page":1,
      "streaming_lists":"yes","cluster_api":{"cluster":"x","infrastructure_template":{"name":"i"}}})");
  auto settings = read_settings(given);
  REQUIRE_FALSE(settings);
  std::vector<std::string> fields;
  for (const Fault& fault : settings.error().faults) fields.push_back(fault.field);
  CHECK(fields == std::vector<std::string>{"kubeconfig", "cluster_api.infrastructure_template.api_version",
                                           "cluster_api.infrastructure_template.kind", "cluster_api.cluster",
                                           "list_page_size", "streaming_lists", "watch_timeout", "page"});
}

TEST_CASE("settings need a kubeconfig or in_cluster, and not both") {
  ims::AdapterSettings given;
  CHECK(read_settings(given).error().faults.at(0).field == "kubeconfig");
  given.config = *Value::parse(R"({"kubeconfig":"/f","in_cluster":true})");
  CHECK(read_settings(given).error().faults.at(0).reason == "can't stand beside in_cluster: true");
}

TEST_CASE("in production a kubeconfig can't switch the check of the certificate off") {
  Folder folder;
  netweave::ims::AdapterSettings given;
  given.config["kubeconfig"] = folder.write("k", config(a_server + ", insecure-skip-tls-verify: true", "token: t"));
  REQUIRE(read_settings(given));
  given.tls_must_verify = true;
  auto settings = read_settings(given);
  REQUIRE(!settings);
  CHECK(settings.error().faults.at(0).field == "kubeconfig");
  CHECK(settings.error().faults.at(0).reason.starts_with("must not have insecure-skip-tls-verify: true in prod"));
  given.config["kubeconfig"] = folder.write("k", config(a_server, "token: t"));
  CHECK(read_settings(given));
}

TEST_CASE("a pod's service account is read from its folder") {
  Folder folder;
  CHECK_FALSE(in_cluster(folder.path(), "https://a"));
  folder.write("token", "first\n");
  folder.write("ca.crt", "ca");
  auto endpoint = in_cluster(folder.path(), "https://a/");
  REQUIRE(endpoint);
  CHECK(endpoint->server == "https://a");
  CHECK(endpoint->tls.ca_file == folder.path() + "/ca.crt");
}

TEST_CASE("a token file is read again after 10 s, and at once when its token was refused") {
  Folder folder;
  Endpoint endpoint;
  endpoint.identity.token_file = folder.write("token", "first\n");
  auto now = std::chrono::system_clock::time_point() + std::chrono::hours(1);
  Credentials credentials(endpoint, [&] { return now; });
  auto token = [&] { return credentials.current({})->token; };
  CHECK(token() == "first");
  folder.write("token", "second");
  CHECK(token() == "first");
  now += std::chrono::seconds(10);
  CHECK(token() == "second");
  folder.write("token", "third");
  CHECK(credentials.refused({"second", "", ""}));
  CHECK(token() == "third");
  folder.write("token", "");
  now += std::chrono::seconds(10);
  CHECK(credentials.current({}).error().kind == ErrorKind::unauthenticated);
}

TEST_CASE("an exec plugin is run again when its credential is about to expire") {
  Folder folder;
  Endpoint endpoint;
  endpoint.server = "https://a";
  endpoint.identity.exec.emplace();
  endpoint.identity.exec->api_version = "client.authentication.k8s.io/v1";
  endpoint.identity.exec->provide_cluster_info = true;
  endpoint.identity.exec->environment = {{"TOKEN", "abc"}};
  std::string seen = folder.path() + "/seen";
  endpoint.identity.exec->command =
      folder.write("plugin",
                   "#!/bin/sh\necho \"$KUBERNETES_EXEC_INFO\" >> " + seen + "\n" +
                       R"(echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":)" +
                       R"({"token":"'$TOKEN'","expirationTimestamp":"1970-01-01T01:00:00Z"}}')" + "\n",
                   true);
  auto now = std::chrono::system_clock::time_point();
  Credentials credentials(endpoint, [&] { return now; });
  for (int i = 0; i < 2; ++i) CHECK(credentials.current({})->token == "abc");
  now += std::chrono::minutes(59) + std::chrono::seconds(50);
  CHECK(credentials.current({})->token == "abc");
  std::ifstream file(seen);
  std::vector<std::string> runs;
  for (std::string line; std::getline(file, line);) runs.push_back(line);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0] == R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":)"
                   R"({"interactive":false,"cluster":{"server":"https://a"}}})");
}

TEST_CASE("an exec plugin that can't be run, fails or prints no credential is told of") {
  Folder folder;
  ExecPlugin plugin;
  plugin.api_version = "client.authentication.k8s.io/v1";
  auto message = [&](const std::string& script) {
    plugin.command = folder.write("plugin", "#!/bin/sh\n" + script, true);
    auto result = run_exec_plugin(plugin, {}, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::unauthenticated);
    return result.error().message;
  };
  CHECK(message("echo no session >&2; exit 3").find("failed: no session") != std::string::npos);
  CHECK(message("echo '{}'").find("printed no ExecCredential") != std::string::npos);
  CHECK(message(R"(echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential"}')")
            .find("of another version") != std::string::npos);
  CHECK(message(R"(echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}')")
            .find("neither a token") != std::string::npos);
  plugin.command = folder.path() + "/nothing";
  plugin.install_hint = "install it";
  CHECK(run_exec_plugin(plugin, {}, {})
            .error()
            .message.ends_with("can't be run: No such file or directory (install it)"));
  std::stop_source stop;
  stop.request_stop();
  plugin.command = folder.write("plugin", "#!/bin/sh\nexec cat /dev/zero >/dev/null\n", true);
  CHECK(run_exec_plugin(plugin, {}, stop.get_token()).error().kind == ErrorKind::cancelled);
}
