#include "events/tls_client.hpp"

#include <array>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace netweave::events {
namespace {

constexpr std::array<unsigned char, 9> http11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

std::string tls_fault(ssl_st* ssl) {
  if (long verified = SSL_get_verify_result(ssl); verified != X509_V_OK)
    return std::string("the certificate is not good: ") + X509_verify_cert_error_string(verified);
  unsigned long code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return std::string("TLS failed: ") + (reason != nullptr ? reason : "the connection broke");
}

}  // namespace

void TlsSession::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }
void TlsClient::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

std::unique_ptr<TlsSession> TlsClient::open(const std::string& host) {
  ERR_clear_error();
  if (!context_) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_) return nullptr;
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_default_verify_paths(context_.get());
    SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);  // thousands of connections rest
  }
  std::unique_ptr<TlsSession> session(new TlsSession());
  session->ssl_.reset(SSL_new(context_.get()));
  ssl_st* ssl = session->ssl_.get();
  session->in_ = BIO_new(BIO_s_mem());
  session->out_ = BIO_new(BIO_s_mem());
  if (ssl == nullptr || session->in_ == nullptr || session->out_ == nullptr) {
    BIO_free(session->in_);
    BIO_free(session->out_);
    return nullptr;
  }
  SSL_set_bio(ssl, session->in_, session->out_);
  SSL_set_connect_state(ssl);
  SSL_set_alpn_protos(ssl, http11.data(), http11.size());
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  std::string name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  bool address = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  if (address) return session;
  ERR_clear_error();
  if (SSL_set1_host(ssl, name.c_str()) != 1 || SSL_set_tlsext_host_name(ssl, name.c_str()) != 1) return nullptr;
  return session;
}

void TlsSession::fail(int returned) {
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      break;
    case SSL_ERROR_ZERO_RETURN:
      ended_ = true;
      break;
    default:
      fault_ = tls_fault(ssl_.get());
      break;
  }
}

void TlsSession::drain(std::string& out) {
  char* bytes = nullptr;
  long count = BIO_get_mem_data(out_, &bytes);
  if (count > 0) out.append(bytes, static_cast<std::size_t>(count));
  static_cast<void>(BIO_reset(out_));
}

void TlsSession::feed(std::string_view sealed) {
  std::size_t taken = 0;
  if (BIO_write_ex(in_, sealed.data(), sealed.size(), &taken) != 1 || taken != sealed.size())
    fault_ = "TLS failed: out of memory";
}

bool TlsSession::handshake(std::string& out) {
  ERR_clear_error();
  int done = SSL_do_handshake(ssl_.get());
  if (done == 1)
    established_ = true;
  else
    fail(done);
  if (ended_ && fault_.empty()) fault_ = "TLS failed: the server left";
  drain(out);
  return established_;
}

bool TlsSession::seal(std::string_view plain, std::string& out) {
  ERR_clear_error();
  std::size_t taken = 0;
  int done = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &taken);
  if (done != 1) fail(done);
  drain(out);
  return done == 1;
}

void TlsSession::open(std::string& plain, std::string& out) {
  std::array<char, 16384> record;
  for (int done = 1; done == 1;) {
    ERR_clear_error();
    std::size_t count = 0;
    done = SSL_read_ex(ssl_.get(), record.data(), record.size(), &count);
    if (done == 1)
      plain.append(record.data(), count);
    else
      fail(done);
  }
  drain(out);
}

}  // namespace netweave::events
