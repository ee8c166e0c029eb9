#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "certificate.hpp"
#include "wire.hpp"

namespace conformance {

using Session = std::shared_ptr<SSL_SESSION>;

struct TlsClientOptions {
  Pair pair = {};             ///< none: no certificate
  Session resumed = nullptr;  ///< nullptr: a handshake in full
  int max_version = 0;        ///< TLS1_2_VERSION
  std::string alpn = {};      ///< as it goes over the wire: "\x02h2"
  std::string suites = {};    ///< of TLS 1.2
};

class TlsWire final : public Wire {
 public:
  explicit TlsWire(int socket, const TlsClientOptions& options = {});
  ~TlsWire() override;
  TlsWire(const TlsWire&) = delete;
  TlsWire& operator=(const TlsWire&) = delete;

  bool send(std::string_view bytes) override;
  Got receive(std::string& into, std::chrono::milliseconds patience) override;
  void end_writing() override;
  [[nodiscard]] int descriptor() const override { return socket_; }

  /// Our side of the handshake is through; in TLS 1.3 the server may refuse our certificate still.
  [[nodiscard]] bool shaken() const { return SSL_is_init_finished(ssl_) == 1; }
  [[nodiscard]] std::string alpn() const;
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl_); }
  [[nodiscard]] std::string suite() const { return SSL_get_cipher_name(ssl_); }
  [[nodiscard]] bool resumed() const { return SSL_session_reused(ssl_) == 1; }
  /// In TLS 1.3 after an answer was read.
  [[nodiscard]] Session session() const { return {SSL_get1_session(ssl_), SSL_SESSION_free}; }
  [[nodiscard]] std::string server() const;  ///< the CN of its certificate
  SSL* ssl() { return ssl_; }

 private:
  template <class Call>
  int persist(std::chrono::steady_clock::time_point end, Call&& call);

  int socket_;
  SSL_CTX* context_;
  SSL* ssl_;
};

}  // namespace conformance
