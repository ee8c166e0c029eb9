#include "events/courier.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "raw_server.hpp"

using namespace netweave;
using namespace netweave::events;
using namespace netweave::testing;
using namespace std::chrono_literals;

namespace {

const std::string accepted = "HTTP/1.1 204 No Content\r\n\r\n";

RawServer::Script always(std::string bytes, bool closes = false) {
  return [=](std::size_t, std::size_t) { return RawAnswer{bytes, closes}; };
}

/// A courier that may call loopback.
struct Office {
  explicit Office(CourierLimits limits = {}) : courier(limits, guard) {}

  void post(const std::string& url, const std::string& body = "{}") {
    courier.send({++last, url, "Content-Type: application/json\r\n", body});
  }
  std::vector<Receipt> collect(std::size_t count) {
    std::vector<Receipt> all;
    auto until = std::chrono::steady_clock::now() + 20s;
    while (all.size() < count && std::chrono::steady_clock::now() < until)
      for (Receipt& receipt : courier.wait(100ms)) all.push_back(std::move(receipt));
    REQUIRE(all.size() == count);
    return all;
  }
  Receipt ask(const std::string& url, const std::string& body = "{}") {
    post(url, body);
    return collect(1).front();
  }

  transport::AddressGuard guard =
      *transport::AddressGuard::make(std::vector<std::string>{"127.0.0.0/8", "::1/128"}, "allowed");
  std::uint64_t last = 0;
  Courier courier;
};

/// A server's certificate for 127.0.0.1 and localhost, signed by itself.
class Identity {
 public:
  explicit Identity(const char* alternatives = "IP:127.0.0.1,DNS:localhost")
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>("test");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternatives);
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX_use_certificate(context_.get(), certificate);
    SSL_CTX_use_PrivateKey(context_.get(), key);
    std::string form = (std::filesystem::temp_directory_path() / "netweave-courier-XXXXXX").string();
    int file = mkstemp(form.data());
    REQUIRE(file >= 0);
    path_ = form;
    FILE* out = fdopen(file, "w");
    PEM_write_X509(out, certificate);
    fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Identity() { std::filesystem::remove(path_); }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;
  [[nodiscard]] SSL_CTX* context() const { return context_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::string path_;
};

/// What OpenSSL takes for the system's roots, for as long as it lives.
struct Roots {
  explicit Roots(const std::string& file) { setenv("SSL_CERT_FILE", file.c_str(), 1); }
  ~Roots() { unsetenv("SSL_CERT_FILE"); }
  Roots(const Roots&) = delete;
  Roots& operator=(const Roots&) = delete;
};

}  // namespace

TEST_CASE("a connection that its server leaves open carries one parcel after the other") {
  RawServer server(always(accepted));
  Office office;
  for (int i = 0; i < 5; ++i) CHECK(office.ask(server.url("127.0.0.1")).status == 204);
  CHECK(server.connections() == 1);
  std::string head = server.heads().front();
  CHECK(head.starts_with("POST /hook HTTP/1.1\r\nHost: 127.0.0.1:"));
  CHECK(head.find("\r\nUser-Agent: netweave\r\n") != std::string::npos);
  CHECK(head.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
  CHECK(head.find("Expect") == std::string::npos);
}

TEST_CASE("a connection is not used again where its server says so, or might mean so") {
  for (const char* answer :
       {"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 500 Smuggled\r\n\r\n"}) {
    CAPTURE(answer);
    RawServer server(always(answer));
    Office office;
    CHECK(office.ask(server.url("127.0.0.1")).status / 100 == 2);
    CHECK(office.ask(server.url("127.0.0.1")).status / 100 == 2);
    CHECK(server.connections() == 2);
  }
}

TEST_CASE("a kept connection that ends unanswered costs no parcel: it goes over a new one, once") {
  bool answers_again = true;
  SUBCASE("and is answered there") {}
  SUBCASE("and what ends unanswered there too is an error") { answers_again = false; }
  RawServer server([=](std::size_t connection, std::size_t request) {
    bool good = request == 0 && (connection == 0 || answers_again);
    return good ? RawAnswer{accepted} : RawAnswer{"", true};
  });
  Office office;
  CHECK(office.ask(server.url("127.0.0.1")).status == 204);
  Receipt second = office.ask(server.url("127.0.0.1"));
  CHECK(second.status == (answers_again ? 204 : 0));
  CHECK(second.error.empty() == answers_again);
  CHECK(server.connections() == 2);
}

TEST_CASE("a first connection that ends unanswered is an error, and so is a half answer on a kept one") {
  RawServer server([](std::size_t connection, std::size_t request) {
    if (connection == 0) return RawAnswer{"", true};
    return request == 0 ? RawAnswer{accepted} : RawAnswer{"HTTP/1.1 2", true};
  });
  Office office;
  CHECK(office.ask(server.url("127.0.0.1")).error == "the connection ended before the answer");
  CHECK(office.ask(server.url("127.0.0.1")).status == 204);
  CHECK(office.ask(server.url("127.0.0.1")).status == 0);
  CHECK(server.connections() == 2);
}

TEST_CASE("a connection that ended while it rested is not used") {
  RawServer server(always(accepted, true));
  Office office;
  CHECK(office.ask(server.url("127.0.0.1")).status == 204);
  REQUIRE(server.wait_ended(1));
  CHECK(office.courier.wait(0ms).empty());
  CHECK(office.ask(server.url("127.0.0.1")).status == 204);
  CHECK(server.heads().size() == 2);
}

TEST_CASE("no more connections rest than the limit says") {
  RawServer server(always(accepted));
  Office office({10000ms, 2});
  for (int i = 0; i < 5; ++i) office.post(server.url("127.0.0.1"));
  office.collect(5);
  CHECK(server.connections() == 5);
  CHECK(server.wait_ended(3));
  for (int i = 0; i < 2; ++i) office.post(server.url("127.0.0.1"));
  office.collect(2);
  CHECK(server.connections() == 5);
}

TEST_CASE("interim answers are passed over") {
  RawServer server(always("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + accepted));
  Office office;
  CHECK(office.ask(server.url("127.0.0.1")).status == 204);
  CHECK(office.ask(server.url("127.0.0.1")).status == 204);
  CHECK(server.connections() == 1);
}

TEST_CASE("a body of any framing is read to its end, one that does not end no further than 64 KiB") {
  Office office;
  RawServer chunked(always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
  for (int i = 0; i < 2; ++i) CHECK(office.ask(chunked.url("127.0.0.1")).status == 200);
  CHECK(chunked.connections() == 1);
  RawServer closed(always("HTTP/1.1 200 OK\r\n\r\nabc", true));
  CHECK(office.ask(closed.url("127.0.0.1")).status == 200);
  RawServer cut(always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true));
  CHECK(office.ask(cut.url("127.0.0.1")).status == 200);
  RawServer endless(always("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + std::string(70000, 'x')));
  CHECK(office.ask(endless.url("127.0.0.1")).status == 200);
  CHECK(endless.wait_ended(1));
}

TEST_CASE("what is no answer is an error") {
  for (const std::string& answer :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nA: " + std::string(70000, 'x')}) {
    CAPTURE(answer.substr(0, 20));
    RawServer server(always(answer));
    Office office;
    Receipt receipt = office.ask(server.url("127.0.0.1"));
    CHECK(receipt.status == 0);
    CHECK_FALSE(receipt.error.empty());
  }
}

TEST_CASE("a body larger than what the kernel takes at once arrives whole") {
  RawServer server(always(accepted));
  Office office;
  CHECK(office.ask(server.url("127.0.0.1"), std::string(16 << 20, 'x')).status == 204);
}

TEST_CASE("the time is over for an answer that does not come, nor end") {
  std::string begun;
  SUBCASE("nothing comes") {}
  SUBCASE("a body does not end") { begun = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"; }
  RawServer server(always(begun));
  Office office({100ms, 16});
  Receipt receipt = office.ask(server.url("127.0.0.1"));
  CHECK(receipt.status == 0);
  CHECK(receipt.error == "the callback did not answer in time");
  CHECK(server.wait_ended(1));
}

TEST_CASE("what was cancelled has no receipt, and its connection ends") {
  RawServer server(always(""));
  Office office;
  office.post(server.url("127.0.0.1"));
  office.courier.cancel(1);  // while it is dialled
  office.post(server.url("127.0.0.1"));
  std::jthread waker([&] {
    REQUIRE(server.wait_for(1));
    office.courier.wake();
  });
  while (server.heads().empty()) CHECK(office.courier.wait(1000ms).empty());
  office.courier.cancel(2);
  CHECK(server.wait_ended(1));
  CHECK(office.courier.wait(0ms).empty());
}

TEST_CASE("IPv6 is called") {
  std::unique_ptr<RawServer> server;
  try {
    server = std::make_unique<RawServer>(always(accepted), true);
  } catch (const std::runtime_error&) {
    MESSAGE("this machine has no IPv6");
    return;
  }
  Office office;
  CHECK(office.ask(server->url("[::1]")).status == 204);
  CHECK(server->heads().front().find("\r\nHost: [::1]:") != std::string::npos);
}

TEST_CASE("each address passes the guard, a name's too, and a name that there is not is an error") {
  RawServer server(always(accepted));
  Office office;
  CHECK(office.ask(server.url("localhost")).status == 204);
  CHECK(office.ask(server.url("name.invalid")).status == 0);
  Office closed;
  closed.guard = {};
  for (const char* host : {"127.0.0.1", "localhost", "[::1]", "2130706433"}) {
    Receipt receipt = closed.ask(server.url(host));
    CHECK(receipt.status == 0);
    CHECK(receipt.error.find("may not be called (loopback)") != std::string::npos);
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("proxies of the environment are not used") {
  RawServer server(always(accepted));
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  Office office;
  CHECK(office.ask(server.url("127.0.0.1")).status == 204);
  unsetenv("http_proxy");
}

TEST_CASE("nobody there, and what can't be called, are errors") {
  Office office;
  CHECK_FALSE(office.ask("http://127.0.0.1:1/").error.empty());
  CHECK(office.ask("ftp://127.0.0.1/").error == "the callback can't be called");
  CHECK(office.ask("127.0.0.1").error == "the callback can't be called");
}

TEST_CASE("https: a certificate of the host that a known authority signed, and connections that are kept") {
  Identity identity;
  Roots roots(identity.path());
  RawServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + std::string(20000, 'x')), false,
                   identity.context());
  Office office;
  CHECK(office.ask(server.url("127.0.0.1")).error.empty());
  CHECK(office.ask(server.url("127.0.0.1"), std::string(100000, 'x')).status == 200);
  CHECK(server.connections() == 1);
  CHECK(office.ask(server.url("localhost")).status == 200);
  CHECK(server.connections() == 2);
}

TEST_CASE("https: a kept connection that ended is replaced") {
  Identity identity;
  Roots roots(identity.path());
  RawServer server(
      [](std::size_t, std::size_t request) {
        return RawAnswer{request == 0 ? accepted : "", request > 0};
      },
      false, identity.context());
  Office office;
  for (int i = 0; i < 3; ++i) CHECK(office.ask(server.url("127.0.0.1")).status == 204);
  CHECK(server.connections() == 3);
}

TEST_CASE("https: another host's certificate, or one that nobody known signed, is refused") {
  bool known = true;
  SUBCASE("another address") {}
  SUBCASE("nobody known") { known = false; }
  Identity identity(known ? "IP:127.0.0.2,DNS:localhost" : "IP:127.0.0.1");
  Roots roots(known ? identity.path() : "/dev/null");
  RawServer server(always(accepted), false, identity.context());
  Office office;
  Receipt receipt = office.ask(server.url("127.0.0.1"));
  CHECK(receipt.status == 0);
  CHECK(receipt.error.starts_with("the certificate is not good: "));
  CHECK(server.heads().empty());
}

TEST_CASE("https: a server that speaks plainly is an error") {
  RawServer server(always(accepted), false, nullptr, true);
  Office office;
  Receipt receipt = office.ask("https" + server.url("127.0.0.1").substr(4));
  CHECK(receipt.error.starts_with("TLS failed: "));
}
