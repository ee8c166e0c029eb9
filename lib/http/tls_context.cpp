#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/socket_bio.hpp"
#include "http/tls.hpp"
#include "http/tls_fault.hpp"

namespace netweave::http {
namespace {

struct Suite {
  std::string_view name;     ///< IANA's
  std::string_view openssl;  ///< OpenSSL's
  TlsVersion version;
};

/// AEAD alone, and of TLS 1.2 what agrees on its keys by ECDHE (RFC 9325, 4.2).
constexpr std::array suites = {
    Suite{"TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", TlsVersion::v1_3},
    Suite{"TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", TlsVersion::v1_3},
    Suite{"TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", TlsVersion::v1_3},
    Suite{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", TlsVersion::v1_2},
    Suite{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", TlsVersion::v1_2},
    Suite{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", TlsVersion::v1_2},
    Suite{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", TlsVersion::v1_2},
    Suite{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", TlsVersion::v1_2},
    Suite{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", TlsVersion::v1_2},
};

/// In the order of preference, as ALPN writes them (RFC 7301, 3.1).
#ifdef NETWEAVE_HTTP2
constexpr std::string_view protocols = "\x02h2\x08http/1.1";
#else
constexpr std::string_view protocols = "\x08http/1.1";
#endif

Error fault(std::string_view key, std::string reason) {
  Error error = make_error(ErrorKind::invalid, "tls." + std::string(key) + ": " + reason);
  error.faults.push_back({"tls." + std::string(key), std::move(reason)});
  return error;
}

/// Empty where the file can be opened; else why not. OpenSSL's own words for it are "no such file" and "system lib".
std::string unreadable(const std::string& file) {
  if (file.empty()) return "must be set where TLS is on";
  errno = 0;
  std::ifstream in(file);
  if (in.is_open() && in.peek() != std::ifstream::traits_type::eof()) return {};
  return "\"" + file + "\" can't be read: " + (errno != 0 ? std::strerror(errno) : "it is empty");
}

std::string unusable(const std::string& file, const char* what) {
  std::string reason = tls_fault();
  if (reason == "no start line") reason = std::string("no ") + what + " in PEM in it";
  return "\"" + file + "\" can't be used: " + reason;
}

const Suite* find_suite(std::string_view name) {
  const auto* found = std::find_if(suites.begin(), suites.end(),
                                   [&](const Suite& suite) { return suite.name == name || suite.openssl == name; });
  return found == suites.end() ? nullptr : &*found;
}

/// The wanted suites of that version, all where none is wanted, as OpenSSL takes them.
std::string suites_of(TlsVersion version, const std::vector<std::string>& wanted) {
  std::string all, chosen;
  auto add = [](std::string& list, const Suite& suite) { list.append(list.empty() ? "" : ":").append(suite.openssl); };
  for (const Suite& suite : suites)
    if (suite.version == version) add(all, suite);
  for (const std::string& name : wanted)
    if (const Suite* suite = find_suite(name); suite != nullptr && suite->version == version) add(chosen, *suite);
  return chosen.empty() ? all : chosen;
}

Result<void> set_suites(SSL_CTX* context, const TlsOptions& options) {
  for (const std::string& name : options.cipher_suites) {
    if (find_suite(name) != nullptr) continue;
    std::string known;
    for (const Suite& suite : suites) known.append(known.empty() ? "" : ", ").append(suite.name);
    return fault("cipher_suites", "must hold names of " + known + "; holds \"" + name + "\"");
  }
  if (SSL_CTX_set_cipher_list(context, suites_of(TlsVersion::v1_2, options.cipher_suites).c_str()) != 1 ||
      SSL_CTX_set_ciphersuites(context, suites_of(TlsVersion::v1_3, options.cipher_suites).c_str()) != 1)
    return fault("cipher_suites", "OpenSSL of this machine refuses them: " + tls_fault());
  return {};
}

Result<void> set_certificate(SSL_CTX* context, const TlsOptions& options) {
  if (std::string reason = unreadable(options.cert_file); !reason.empty()) return fault("cert_file", reason);
  if (std::string reason = unreadable(options.key_file); !reason.empty()) return fault("key_file", reason);
  // without this OpenSSL would ask the terminal for the password
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) != 1)
    return fault("cert_file", unusable(options.cert_file, "certificate"));
  if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_check_private_key(context) == 1)
    return {};
  unsigned long code = ERR_peek_last_error();
  if (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH || ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH)
    return fault("key_file",
                 "\"" + options.key_file + "\" is not the key of the certificate in \"" + options.cert_file + "\"");
  return fault("key_file", unusable(options.key_file, "private key that is not encrypted"));
}

Result<void> set_clients(SSL_CTX* context, const TlsOptions& options) {
  bool verifies = options.client_auth == ClientAuth::verify || options.client_auth == ClientAuth::require_and_verify;
  if (verifies && options.ca_file.empty()) return fault("ca_file", "must be set where tls.client_auth verifies");
  if (!options.ca_file.empty()) {
    if (std::string reason = unreadable(options.ca_file); !reason.empty()) return fault("ca_file", reason);
    ERR_clear_error();
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(options.ca_file.c_str());
    if (names == nullptr || SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1)
      return fault("ca_file", unusable(options.ca_file, "certificate"));
    SSL_CTX_set_client_CA_list(context, names);
  }
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  int mode = options.client_auth == ClientAuth::none ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;
  if (options.client_auth == ClientAuth::require || options.client_auth == ClientAuth::require_and_verify)
    mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context, mode, nullptr);
  if (!verifies)
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  return {};
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned count,
                    void*) {
  const auto* ours = reinterpret_cast<const unsigned char*>(protocols.data());
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, ours, static_cast<unsigned>(protocols.size()), offered, count) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::string describe(const SSL_CTX* context) {
  std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (!text || certificate == nullptr) return {};
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  bool expired = X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
  BIO_puts(text.get(), expired ? ", expired at " : ", until ");
  ASN1_TIME_print(text.get(), X509_get0_notAfter(certificate));
  const char* bytes = nullptr;
  long count = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(std::max(count, 0L))};
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsOptions& options) {
  ERR_clear_error();
  std::shared_ptr<TlsContext> made(new TlsContext);
  made->context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = made->context_.get();
  if (context == nullptr) return make_error(ErrorKind::unavailable, "TLS can't be had: " + tls_fault());
  SSL_CTX_set_min_proto_version(context, options.min_version == TlsVersion::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_security_level(context, 2);  // no key that is worth less than 112 bits, no SHA-1
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);  // a record's head and body by one call of the kernel
  // resumption by tickets: nothing is kept here for it
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  constexpr std::string_view scope = "netweave";
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(scope.data()), scope.size());
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  for (auto set : {set_suites, set_certificate, set_clients})
    if (auto done = set(context, options); !done) return done.error();
  made->verifies_ = options.client_auth == ClientAuth::verify || options.client_auth == ClientAuth::require_and_verify;
  made->about_ = describe(context);
  return std::shared_ptr<const TlsContext>(std::move(made));
}

std::unique_ptr<TlsSession> TlsContext::open(int socket) const {
  std::unique_ptr<TlsSession> session(new TlsSession);
  session->ssl_.reset(SSL_new(context_.get()));
  BIO* bio = session->ssl_ ? make_socket_bio(socket) : nullptr;
  if (bio == nullptr) return nullptr;
  SSL_set_bio(session->ssl_.get(), bio, bio);
  SSL_set_accept_state(session->ssl_.get());
  session->verifies_ = verifies_;
  return session;
}

}  // namespace netweave::http
