#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key keys[] = {
    {.path = "tls.enabled",
     .access = at<&Config::tls, &TlsConfig::enabled>(),
     .type = Type::flag,
     .doc = "HTTPS in place of HTTP. The native engine's; `pistache` has none, a proxy in front of it may."},
    {.path = "tls.cert_file",
     .access = at<&Config::tls, &TlsConfig::options, &http::TlsOptions::cert_file>(),
     .reloads = true,
     .doc = "The server's certificate (PEM), its chain behind it. Read again when it changes; what can't be used is "
            "logged, and the old one stays. So are the other files."},
    {.path = "tls.key_file",
     .access = at<&Config::tls, &TlsConfig::options, &http::TlsOptions::key_file>(),
     .reloads = true,
     .doc = "Its private key (PEM, not encrypted)."},
    {.path = "tls.ca_file",
     .access = at<&Config::tls, &TlsConfig::options, &http::TlsOptions::ca_file>(),
     .reloads = true,
     .doc = "Certificates (PEM) of those whose clients are let in. Must be set where `tls.client_auth` verifies."},
    {.path = "tls.client_auth",
     .access = at<&Config::tls, &TlsConfig::options, &http::TlsOptions::client_auth>(),
     .type = Type::choice,
     .choices = "none|request|require|verify|require-and-verify",
     .reloads = true,
     .doc =
         "A client's certificate: `request` asks for one and takes any or none, `require` takes any, `verify` takes "
         "none or one of `tls.ca_file`, `require-and-verify` one of it alone. Only what was verified is an identity."},
    {.path = "tls.min_version",
     .access = at<&Config::tls, &TlsConfig::options, &http::TlsOptions::min_version>(),
     .type = Type::choice,
     .choices = "1.2|1.3",
     .reloads = true,
     .doc = "The oldest TLS that is spoken."},
    {.path = "tls.cipher_suites",
     .access = at<&Config::tls, &TlsConfig::options, &http::TlsOptions::cipher_suites>(),
     .type = Type::list,
     .reloads = true,
     .doc = "Names as IANA or OpenSSL has them, the best first: AEAD, and with ECDHE in TLS 1.2. Of a version that has "
            "none here, all of these."},
    {.path = "tls.trusted_proxies",
     .access = at<&Config::tls, &TlsConfig::trusted_proxies>(),
     .type = Type::list,
     .doc = "Addresses and networks (`10.0.0.0/8`) of proxies whose word on who the client is counts: from anyone else "
            "`X-Forwarded-For` and `X-Forwarded-Client-Cert` are passed over."},
};

}  // namespace

Section tls() { return {keys, {}}; }

}  // namespace netweave::config::sections
