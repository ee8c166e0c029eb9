#include "tls_wire.hpp"

#include <array>
#include <chrono>

#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/socket_bio.hpp"

namespace conformance {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds send_patience{3000};

}  // namespace

/// The call's outcome, when it is one, or what it waits for still when time is up.
template <class Call>
int TlsWire::persist(Clock::time_point end, Call&& call) {
  for (;;) {
    ERR_clear_error();
    int error = SSL_get_error(ssl_, call());
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return error;
    auto left = std::chrono::ceil<milliseconds>(end - Clock::now()).count();
    pollfd wait{socket_, static_cast<short>(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
    if (left < 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0) return error;
  }
}

TlsWire::TlsWire(int socket, const TlsClientOptions& options)
    : socket_(socket), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
  ::fcntl(socket_, F_SETFL, O_NONBLOCK);
  BIO* bio = netweave::make_socket_bio(socket_);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_security_level(ssl_, 0);  // what is refused is the server's doing
  if (options.max_version != 0) SSL_set_max_proto_version(ssl_, options.max_version);
  if (!options.suites.empty()) SSL_set_cipher_list(ssl_, options.suites.c_str());
  if (!options.alpn.empty())
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(options.alpn.data()),
                        static_cast<unsigned>(options.alpn.size()));
  if (!options.pair.cert_file.empty()) {
    SSL_use_certificate_file(ssl_, options.pair.cert_file.c_str(), SSL_FILETYPE_PEM);
    SSL_use_PrivateKey_file(ssl_, options.pair.key_file.c_str(), SSL_FILETYPE_PEM);
  }
  if (options.resumed) SSL_set_session(ssl_, options.resumed.get());
  SSL_set_connect_state(ssl_);
  // a server that lets nobody in closes before it: the first read tells
  persist(Clock::now() + send_patience, [&] { return SSL_do_handshake(ssl_); });
}

TlsWire::~TlsWire() {
  // or the session counts as one that went wrong, and can't be resumed
  if (shaken()) SSL_shutdown(ssl_);
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ::close(socket_);
}

bool TlsWire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t put = 0;
    auto write = [&] { return SSL_write_ex(ssl_, bytes.data(), bytes.size(), &put); };
    if (persist(Clock::now() + send_patience, write) != SSL_ERROR_NONE) return false;
    bytes.remove_prefix(put);
  }
  return true;
}

Wire::Got TlsWire::receive(std::string& into, milliseconds patience) {
  std::array<char, 16384> space;
  std::size_t got = 0;
  int error = persist(Clock::now() + patience, [&] { return SSL_read_ex(ssl_, space.data(), space.size(), &got); });
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Got::nothing;
  if (error != SSL_ERROR_NONE) return Got::end;
  into.append(space.data(), got);
  return Got::bytes;
}

void TlsWire::end_writing() {
  SSL_shutdown(ssl_);
  ::shutdown(socket_, SHUT_WR);
}

std::string TlsWire::alpn() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsWire::server() const {
  std::array<char, 256> name{};
  const X509* certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate != nullptr)
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
  return name.data();
}

std::unique_ptr<Wire> make_wire(int socket) { return std::make_unique<TlsWire>(socket); }

void prepare(netweave::http::NativeOptions& options) {
  static const Folder folder;
  static const Pair pair = Authority(folder, "ca").issue("localhost");
  if (options.tls) return;
  options.tls.emplace();
  options.tls->cert_file = pair.cert_file;
  options.tls->key_file = pair.key_file;
}

std::string_view scheme() { return "https"; }

}  // namespace conformance
