#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "http/tls.hpp"
#include "http/tls_fault.hpp"

namespace netweave::http {
namespace {

constexpr std::size_t record_bytes = 16384;

using Space = std::array<char, record_bytes>;

/// The front of the pieces in one piece: a record for a head and a small body together, not one for each.
std::string_view front_of(std::span<const iovec> pieces, Space& space) {
  std::string_view first(static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len);
  if (pieces.size() == 1 || first.size() >= record_bytes) return first.substr(0, record_bytes);
  std::size_t count = 0;
  for (const iovec& piece : pieces) {
    std::size_t taken = std::min(piece.iov_len, record_bytes - count);
    std::memcpy(space.data() + count, piece.iov_base, taken);
    count += taken;
    if (count == record_bytes) break;
  }
  return {space.data(), count};
}

std::string name_of(const X509_NAME* name) {
  std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
  if (!text || X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  const char* bytes = nullptr;
  long count = BIO_get_mem_data(text.get(), &bytes);
  return count > 0 ? std::string(bytes, static_cast<std::size_t>(count)) : std::string();
}

}  // namespace

void TlsSession::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

TlsSession::Outcome TlsSession::outcome(int returned) {
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_NONE:
      return Outcome::done;
    case SSL_ERROR_WANT_READ:
      return Outcome::want_read;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::want_write;
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::ended;
    case SSL_ERROR_SYSCALL:
      fault_ = "the connection broke";
      break;
    default:
      fault_ = tls_fault();
      if (long verified = SSL_get_verify_result(ssl_.get()); verified != X509_V_OK)
        fault_.append(": ").append(X509_verify_cert_error_string(verified));
      break;
  }
  failed_ = true;
  return Outcome::failed;
}

TlsSession::Outcome TlsSession::handshake() {
  ERR_clear_error();
  Outcome done = outcome(SSL_do_handshake(ssl_.get()));
  if (done == Outcome::ended) fault_ = "the client left";
  if (done != Outcome::done || !outlived()) return done;
  fault_ = "the client's certificate has expired since";
  return Outcome::failed;
}

/// A resumed connection has no certificate verified: it was, and may not be good any more.
bool TlsSession::outlived() const {
  const X509* certificate =
      verifies_ && SSL_session_reused(ssl_.get()) == 1 ? SSL_get0_peer_certificate(ssl_.get()) : nullptr;
  return certificate != nullptr && X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
}

TlsSession::Outcome TlsSession::read(char* at, std::size_t room, std::size_t& count) {
  ERR_clear_error();
  return outcome(SSL_read_ex(ssl_.get(), at, room, &count));
}

TlsSession::Outcome TlsSession::write(std::span<const iovec> pieces, std::size_t& count) {
  thread_local Space space;
  std::string_view bytes = front_of(pieces, space);
  ERR_clear_error();
  return outcome(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count));
}

bool TlsSession::has_input() const { return SSL_has_pending(ssl_.get()) == 1; }

void TlsSession::end() {
  if (failed_ || SSL_in_init(ssl_.get()) == 1) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

std::string TlsSession::subject() const {
  const X509* certificate = verifies_ ? SSL_get0_peer_certificate(ssl_.get()) : nullptr;
  if (certificate == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
  return name_of(X509_get_subject_name(certificate));
}

std::string TlsSession::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(name), size);
}

}  // namespace netweave::http
