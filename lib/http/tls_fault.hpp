#pragma once

#include <string>

#include <openssl/err.h>

namespace netweave::http {

/// The thread's oldest error of OpenSSL's as text, and none is left.
inline std::string tls_fault() {
  unsigned long code = ERR_peek_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown";
}

}  // namespace netweave::http
