#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.hpp"
#include "engine.hpp"
#include "tls_wire.hpp"

using namespace conformance;
using namespace netweave::http;
using std::chrono::milliseconds;

namespace {

/// "in", with the subject where there is one, or "out".
std::string who(Engine& engine, const TlsClientOptions& options) {
  Client client(std::make_unique<TlsWire>(connect_to(engine.port(), 0, Client::patience), options));
  auto answer = client.ask(get);
  return answer ? "in " + answer->body : "out";
}

/// Answers with what the engine knows of the client.
void tell(Request request, const Completion& done) {
  done(text(request.peer.tls ? request.peer.tls_subject : "plain"));
}

/// A connection that is kept, with its answer read.
std::unique_ptr<TlsWire> connect(Engine& engine, const TlsClientOptions& options = {}) {
  return std::make_unique<TlsWire>(connect_to(engine.port(), 0, Client::patience), options);
}

std::string ask(TlsWire& wire) {
  std::string got;
  if (!wire.send(get)) return "closed";
  while (got.find("\r\n\r\n") == std::string::npos)
    if (wire.receive(got, Client::patience) != Wire::Got::bytes) return "closed";
  return got.substr(got.find("\r\n\r\n") + 4);
}

struct World {
  Folder folder;
  Authority authority{folder, "ours"};
  Authority other{folder, "theirs"};
  Pair server = authority.issue("server");
  Pair good = authority.issue("good, +\"<ok>\" \xc3\xa4");
  Pair foreign = other.issue("foreign");
  Pair expired = authority.issue("expired", std::chrono::seconds(-60));

  [[nodiscard]] Limits limits(ClientAuth auth = ClientAuth::none) const {
    Limits limits;
    limits.tls = TlsOptions{.cert_file = server.cert_file,
                            .key_file = server.key_file,
                            .ca_file = authority.file(),
                            .client_auth = auth,
                            .cipher_suites = {}};
    return limits;
  }
};

const World& world() {
  static const World one;
  return one;
}

const std::string subject = R"(CN=good\, \+\"\<ok\>\" \C3\A4,O=Test)";

}  // namespace

TEST_CASE("what each client_auth lets in, and who is somebody") {
  const World& w = world();
  struct Row {
    ClientAuth auth;
    std::string nobody, good, foreign, expired;
  };
  const std::vector<Row> rows = {
      {ClientAuth::none, "in ", "in ", "in ", "in "},
      {ClientAuth::request, "in ", "in ", "in ", "in "},
      {ClientAuth::require, "out", "in ", "in ", "in "},
      {ClientAuth::verify, "in ", "in " + subject, "out", "out"},
      {ClientAuth::require_and_verify, "out", "in " + subject, "out", "out"},
  };
  for (const Row& row : rows)
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      CAPTURE(static_cast<int>(row.auth));
      CAPTURE(version);
      Limits limits = w.limits(row.auth);
      limits.tls->min_version = TlsVersion::v1_2;
      auto engine = start(limits, tell);
      CHECK(who(*engine, {.max_version = version}) == row.nobody);
      CHECK(who(*engine, {.pair = w.good, .max_version = version}) == row.good);
      CHECK(who(*engine, {.pair = w.foreign, .max_version = version}) == row.foreign);
      CHECK(who(*engine, {.pair = w.expired, .max_version = version}) == row.expired);
    }
}

TEST_CASE("a version below the least is refused") {
  auto engine = start(world().limits(), tell);
  CHECK(who(*engine, {.max_version = TLS1_2_VERSION}) == "out");
  CHECK(who(*engine, {}) == "in ");
  Limits limits = world().limits();
  limits.tls->min_version = TlsVersion::v1_2;
  engine = start(limits, tell);
  CHECK(who(*engine, {.max_version = TLS1_1_VERSION}) == "out");
  CHECK(connect(*engine, {.max_version = TLS1_2_VERSION})->version() == "TLSv1.2");
  CHECK(connect(*engine)->version() == "TLSv1.3");
}

TEST_CASE("a resumed connection has the identity of the first") {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    Limits limits = world().limits(ClientAuth::require_and_verify);
    limits.tls->min_version = TlsVersion::v1_2;
    auto engine = start(limits, tell);
    auto first = connect(*engine, {.pair = world().good, .max_version = version});
    REQUIRE(ask(*first) == subject);
    CHECK_FALSE(first->resumed());
    Session session = first->session();
    first.reset();
    auto second = connect(*engine, {.resumed = session, .max_version = version});
    CHECK(ask(*second) == subject);
    CHECK(second->resumed());
  }
}

TEST_CASE("what a client was granted ends with the files that it was granted by") {
  const World& w = world();
  Limits limits = w.limits(ClientAuth::require_and_verify);
  auto engine = start(limits, tell);
  auto first = connect(*engine, {.pair = w.good});
  REQUIRE(ask(*first) == subject);
  Session session = first->session();
  limits.tls->ca_file = w.other.file();
  REQUIRE(engine->reload(*limits.tls));
  CHECK(ask(*first) == subject);  // an open connection goes on
  CHECK(who(*engine, {.resumed = session}) == "out");
  CHECK(who(*engine, {.pair = w.good, .resumed = session}) == "out");
  CHECK(who(*engine, {.pair = w.foreign}) == "in CN=foreign,O=Test");
}

TEST_CASE("a file that changes is noticed, and one that is bad changes nothing") {
  const World& w = world();
  Folder folder;
  auto place = [&](const Pair& pair) {
    std::filesystem::copy_file(pair.key_file, folder.path() + "/key.new");
    std::filesystem::copy_file(pair.cert_file, folder.path() + "/cert.new");
    std::filesystem::rename(folder.path() + "/key.new", folder.path() + "/key");
    std::filesystem::rename(folder.path() + "/cert.new", folder.path() + "/cert");
  };
  place(w.server);
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> errors;
  Limits limits;
  limits.tls = TlsOptions{
      .cert_file = folder.path() + "/cert", .key_file = folder.path() + "/key", .ca_file = {}, .cipher_suites = {}};
  limits.log = [&](std::string_view level, std::string_view message) {
    std::lock_guard lock(mutex);
    if (level == "error") errors.emplace_back(message);
    changed.notify_all();
  };
  auto engine = start(limits, tell);
  auto old = connect(*engine);
  CHECK(old->server() == "server");

  std::ofstream(folder.path() + "/cert") << "nonsense";
  {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return !errors.empty(); }));
    CHECK(errors[0] == "tls: what was in force stays: tls.cert_file: \"" + folder.path() +
                           "/cert\" can't be used: no certificate in PEM in it");
  }
  CHECK(connect(*engine)->server() == "server");

  place(w.authority.issue("renewed"));
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (connect(*engine)->server() != "renewed") REQUIRE(std::chrono::steady_clock::now() < end);
  CHECK(ask(*old) == "");
}

TEST_CASE("cipher suites: the configured ones alone, and none that is weak") {
  Limits limits = world().limits();
  limits.tls->min_version = TlsVersion::v1_2;
  auto engine = start(limits, tell);
  for (std::string weak : {"AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256",
                           "DHE-RSA-AES128-GCM-SHA256", "AES128-GCM-SHA256", "NULL-SHA"}) {
    CAPTURE(weak);
    CHECK(who(*engine, {.max_version = TLS1_2_VERSION, .suites = weak}) == "out");
  }
  limits.tls->cipher_suites = {"TLS_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"};
  engine = start(limits, tell);
  CHECK(connect(*engine)->suite() == "TLS_AES_128_GCM_SHA256");
  CHECK(connect(*engine, {.max_version = TLS1_2_VERSION})->suite() == "ECDHE-ECDSA-CHACHA20-POLY1305");
  CHECK(who(*engine, {.max_version = TLS1_2_VERSION, .suites = "ECDHE-ECDSA-AES128-GCM-SHA256"}) == "out");
  limits.tls->cipher_suites = {"RC4-MD5"};
  auto checked = NativeServer::check(*limits.tls);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().faults.at(0).field == "tls.cipher_suites");
}

TEST_CASE("a protocol that is not spoken is refused; HTTP/1.1 is") {
  auto engine = start(world().limits(), tell);
  CHECK(connect(*engine, {.alpn = "\x08http/1.1"})->alpn() == "http/1.1");
  CHECK(connect(*engine)->alpn().empty());
  CHECK_FALSE(connect(*engine, {.alpn = "\x04spdy"})->shaken());
}

TEST_CASE("renegotiation is refused") {
  Limits limits = world().limits();
  limits.tls->min_version = TlsVersion::v1_2;
  auto engine = start(limits, tell);
  auto wire = connect(*engine, {.max_version = TLS1_2_VERSION});
  REQUIRE(ask(*wire) == "");
  SSL_renegotiate(wire->ssl());
  CHECK(ask(*wire) == "closed");
}

TEST_CASE("a client that stalls in its handshake is closed, and others are served meanwhile") {
  Limits limits = world().limits();
  limits.header_timeout = milliseconds(200);
  auto engine = start(limits, tell);
  int stalled = connect_to(engine->port(), 0, Client::patience);
  const unsigned char begun[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01};
  REQUIRE(::send(stalled, begun, sizeof begun, MSG_NOSIGNAL) == sizeof begun);
  CHECK(who(*engine, {}) == "in ");
  pollfd wait{stalled, POLLIN, 0};
  REQUIRE(::poll(&wait, 1, static_cast<int>(Client::patience.count())) == 1);
  char byte = 0;
  CHECK(::recv(stalled, &byte, 1, 0) <= 0);
  ::close(stalled);
}

TEST_CASE("handshakes over max_handshakes wait for their turn; silent connections take no place") {
  Limits limits = world().limits();
  limits.max_handshakes = 2;
  limits.threads = 2;
  auto engine = start(limits, tell);
  std::vector<int> silent;
  for (int i = 0; i < 4; ++i) silent.push_back(connect_to(engine->port(), 0, Client::patience));
  CHECK(who(*engine, {}) == "in ");

  const unsigned char begun[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01};
  for (std::size_t i = 0; i < 2; ++i) REQUIRE(::send(silent.at(i), begun, sizeof begun, MSG_NOSIGNAL) == sizeof begun);
  std::atomic<bool> served = false;
  std::thread third([&] { served = who(*engine, {}) == "in "; });
  // Both places are taken: whoever is third stays outside until one of them goes. That it waits can't be seen but by
  // waiting; that it is let in then can.
  ::close(silent.at(0));
  third.join();
  CHECK(served);
  for (std::size_t i = 1; i < silent.size(); ++i) ::close(silent[i]);
}

TEST_CASE("files that can't be used are told by key, file and reason") {
  const World& w = world();
  Folder folder;
  std::ofstream(folder.path() + "/empty");
  std::ofstream(folder.path() + "/nonsense") << "nonsense";
  auto told = [](TlsOptions options) {
    auto checked = NativeServer::check(options);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == netweave::ErrorKind::invalid);
    REQUIRE(checked.error().faults.size() == 1);
    return checked.error().faults[0].field + " | " + checked.error().faults[0].reason;
  };
  TlsOptions good = *w.limits(ClientAuth::verify).tls;
  CHECK(NativeServer::check(good));
  TlsOptions bad = good;
  bad.cert_file = "/nowhere/cert.pem";
  CHECK(told(bad) == "tls.cert_file | \"/nowhere/cert.pem\" can't be read: No such file or directory");
  bad = good;
  bad.key_file = folder.path() + "/empty";
  CHECK(told(bad) == "tls.key_file | \"" + bad.key_file + "\" can't be read: it is empty");
  bad = good;
  bad.cert_file = folder.path() + "/nonsense";
  CHECK(told(bad) == "tls.cert_file | \"" + bad.cert_file + "\" can't be used: no certificate in PEM in it");
  bad = good;
  bad.key_file = w.good.key_file;
  CHECK(told(bad) ==
        "tls.key_file | \"" + bad.key_file + "\" is not the key of the certificate in \"" + bad.cert_file + "\"");
  bad = good;
  bad.ca_file = folder.path() + "/nonsense";
  CHECK(told(bad).starts_with("tls.ca_file | \"" + bad.ca_file + "\" can't be used: "));
  bad = good;
  bad.ca_file.clear();
  CHECK(told(bad) == "tls.ca_file | must be set where tls.client_auth verifies");
}
