#include "store/redis/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/socket_bio.hpp"

namespace netweave::store::redis {
namespace {

std::string last_fault() {
  unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "unknown";
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "unknown";
}

Error unusable(const std::string& key, const std::string& file) {
  Error error = make_error(ErrorKind::invalid, key + ": " + file + " can't be used: " + last_fault());
  return error;
}

bool is_address(const std::string& host) {
  ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str());
  ASN1_OCTET_STRING_free(address);
  return address != nullptr;
}

}  // namespace

void FreeSession::operator()(ssl_st* session) const { SSL_free(session); }
void Tls::FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<std::shared_ptr<const Tls>> Tls::make(const RedisConfig& config) {
  ERR_clear_error();
  std::shared_ptr<Tls> tls(new Tls);
  tls->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = tls->context_.get();
  if (!context) return make_error(ErrorKind::internal, "TLS can't be had: " + last_fault());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const std::string& ca = config.ca_file;
  if (ca.empty() ? SSL_CTX_set_default_verify_paths(context) != 1
                 : SSL_CTX_load_verify_locations(context, ca.c_str(), nullptr) != 1)
    return unusable("redis.ca_file", ca.empty() ? "the system's store of certificates" : ca);
  if (!config.cert_file.empty() && SSL_CTX_use_certificate_chain_file(context, config.cert_file.c_str()) != 1)
    return unusable("redis.cert_file", config.cert_file);
  if (!config.key_file.empty() && SSL_CTX_use_PrivateKey_file(context, config.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return unusable("redis.key_file", config.key_file);
  return std::shared_ptr<const Tls>(std::move(tls));
}

Result<TlsSession> Tls::open(int socket, const std::string& host) const {
  ERR_clear_error();
  TlsSession session(SSL_new(context_.get()));
  BIO* bio = session ? make_socket_bio(socket) : nullptr;
  if (!bio) return make_error(ErrorKind::internal, "TLS can't be had: " + last_fault());
  SSL_set_bio(session.get(), bio, bio);
  bool named = is_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str()) == 1
                                : SSL_set1_host(session.get(), host.c_str()) == 1 &&
                                      SSL_set_tlsext_host_name(session.get(), host.c_str()) == 1;
  if (!named) return make_error(ErrorKind::internal, "TLS can't be had for " + host + ": " + last_fault());
  SSL_set_connect_state(session.get());
  return session;
}

Result<std::shared_ptr<const Tls>> make_tls(const RedisConfig& config) {
  if (!config.enable_tls) return std::shared_ptr<const Tls>();
  return Tls::make(config);
}

std::string tls_fault(const ssl_st* session) {
  std::string fault = last_fault();
  long verified = SSL_get_verify_result(session);
  if (verified != X509_V_OK) fault += ": " + std::string(X509_verify_cert_error_string(verified));
  return fault;
}

}  // namespace netweave::store::redis
