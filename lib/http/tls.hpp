#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <sys/uio.h>

#include "netweave/http/tls.hpp"
#include "netweave/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

/// TLS by OpenSSL, which tls.cpp and tls_context.cpp alone include.
namespace netweave::http {

/// The server's side of one TLS connection over a non-blocking socket, which stays the caller's. One thread at a time.
class TlsSession {
 public:
  enum class Outcome {
    done,
    want_read,   ///< again when the socket has more
    want_write,  ///< again when the socket takes more
    ended,       ///< the client will send no more
    failed       ///< nothing more goes over this connection; the client was told why, where that could be
  };

  Outcome handshake();
  /// Decrypts at most a record (16 KiB).
  Outcome read(char* at, std::size_t room, std::size_t& count);
  /// Encrypts the front of `pieces`, at most a record, and hands it to the kernel. Nothing counts until all of the
  /// record is taken: after `want_write` the same pieces must come again.
  Outcome write(std::span<const iovec> pieces, std::size_t& count);
  /// Bytes have come from the socket that no read gave out.
  [[nodiscard]] bool has_input() const;
  /// Tells the client that nothing more comes.
  void end();

  /// After the handshake. Subject of the client's certificate, as `openssl x509 -subject -nameopt RFC2253` prints it;
  /// empty unless it was verified, by this connection or by the one that it resumes.
  [[nodiscard]] std::string subject() const;
  /// "h2", "http/1.1", or empty where the client asked for none.
  [[nodiscard]] std::string protocol() const;
  /// Why the last call failed: "no shared cipher".
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  friend class TlsContext;
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  TlsSession() = default;
  Outcome outcome(int returned);
  [[nodiscard]] bool outlived() const;

  std::unique_ptr<ssl_st, Free> ssl_;
  bool verifies_ = false;
  bool failed_ = false;
  std::string fault_;
};

/// What the connections of one server share: its certificate, whom it trusts, the keys of its tickets. Never changes;
/// new files make a new one, whose tickets are its own: what a client was once granted ends with the files that it was
/// granted by. Any thread.
class TlsContext {
 public:
  /// Reads the files. Errors: `invalid`, with the key ("tls.cert_file"), the file and the reason as a fault.
  static Result<std::shared_ptr<const TlsContext>> make(const TlsOptions& options);

  /// A session that waits for a client's hello; nullptr when memory is out.
  [[nodiscard]] std::unique_ptr<TlsSession> open(int socket) const;
  /// "CN=gateway, until Jan  1 00:00:00 2027 GMT"
  [[nodiscard]] const std::string& about() const noexcept { return about_; }

 private:
  friend class TlsSession;
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  TlsContext() = default;

  std::unique_ptr<ssl_ctx_st, Free> context_;
  bool verifies_ = false;
  std::string about_;
};

}  // namespace netweave::http
