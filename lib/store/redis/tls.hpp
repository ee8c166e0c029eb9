#pragma once

#include <memory>
#include <string>

#include "netweave/config.hpp"
#include "netweave/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

/// TLS towards Redis: hiredis as Debian 12 has it knows none, so it is done beneath its reader. OpenSSL is included by
/// tls.cpp and socket.cpp alone.
namespace netweave::store::redis {

struct FreeSession {
  void operator()(ssl_st* session) const;
};
using TlsSession = std::unique_ptr<ssl_st, FreeSession>;

/// What every connection shares: whom to trust, and who we are. Any thread.
class Tls {
 public:
  /// Errors: `invalid`, with the file that can't be used.
  static Result<std::shared_ptr<const Tls>> make(const RedisConfig& config);

  /// A session over a connected, non-blocking socket, that will demand a certificate for `host` (a name or an address).
  /// The socket stays the caller's. Errors: `internal`.
  [[nodiscard]] Result<TlsSession> open(int socket, const std::string& host) const;

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };
  Tls() = default;
  std::unique_ptr<ssl_ctx_st, FreeContext> context_;
};

/// Where the configuration wants it, else none. Errors: Tls::make's.
Result<std::shared_ptr<const Tls>> make_tls(const RedisConfig& config);

/// Why the last call on the session failed: "certificate verify failed: self-signed certificate".
std::string tls_fault(const ssl_st* session);

}  // namespace netweave::store::redis
