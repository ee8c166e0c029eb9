#pragma once

#include <openssl/bio.h>

namespace netweave {

/// OpenSSL's own way to a socket is write(2), which raises SIGPIPE where the other side is gone, and a library must not
/// touch signals: this one sends with MSG_NOSIGNAL. The socket stays the caller's. nullptr when memory is out.
BIO* make_socket_bio(int socket);

}  // namespace netweave
