#pragma once

#include <string>
#include <vector>

/// TLS as an operator chooses it: what a native server reads, and `tls` in the configuration.
namespace netweave::http {

/// What is asked of a client's certificate. Only one that was verified is ever an identity (`Peer::tls_subject`).
enum class ClientAuth {
  none,               ///< not asked for
  request,            ///< asked for; any, or none, will do, and none is verified
  require,            ///< one must come; it is not verified
  verify,             ///< none will do; one that comes must be of `ca_file`
  require_and_verify  ///< one must come, and be of `ca_file`
};

enum class TlsVersion { v1_2, v1_3 };

struct TlsOptions {
  std::string cert_file;  ///< PEM: the server's certificate, then its chain
  std::string key_file;   ///< PEM, not encrypted
  std::string ca_file;    ///< PEM: whose clients are let in; a certificate in it is trusted as it stands
  ClientAuth client_auth = ClientAuth::none;
  TlsVersion min_version = TlsVersion::v1_3;
  /// Names as IANA or OpenSSL has them: AEAD, and with ECDHE in TLS 1.2. Of a version that has none here, all such.
  std::vector<std::string> cipher_suites;
};

}  // namespace netweave::http
