#pragma once

#include <memory>
#include <string>
#include <string_view>

struct bio_st;
struct ssl_ctx_st;
struct ssl_st;

/// TLS by OpenSSL, which tls_client.cpp alone includes.
namespace netweave::events {

/// The client's side of one TLS connection, from bytes to bytes: no socket is touched. One thread at a time.
class TlsSession {
 public:
  /// What the server sent.
  void feed(std::string_view sealed);
  /// Goes on with the handshake, and appends what must be sent to `out`. True once it is done.
  bool handshake(std::string& out);
  /// Appends `plain`, sealed, to `out`. After the handshake.
  bool seal(std::string_view plain, std::string& out);
  /// Appends what was fed, opened, to `plain`; what must be sent because of it to `out`.
  void open(std::string& plain, std::string& out);

  [[nodiscard]] bool established() const noexcept { return established_; }
  /// The server said that it sends no more.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// Empty, or why nothing more goes over this connection; its peer is told by what is still to be sent.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  friend class TlsClient;
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  TlsSession() = default;
  void fail(int returned);
  void drain(std::string& out);

  std::unique_ptr<ssl_st, Free> ssl_;
  bio_st* in_ = nullptr;   // ssl_'s
  bio_st* out_ = nullptr;  // ssl_'s
  bool established_ = false;
  bool ended_ = false;
  std::string fault_;
};

/// What sessions share: TLS 1.2 and later, the system's roots (or those that OpenSSL's SSL_CERT_FILE and SSL_CERT_DIR
/// name). One thread at a time.
class TlsClient {
 public:
  /// A session that expects the certificate of that host, a name or an address; nullptr: memory is out.
  std::unique_ptr<TlsSession> open(const std::string& host);

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, Free> context_;  // made when first used: it reads files
};

}  // namespace netweave::events
