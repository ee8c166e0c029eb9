#include <array>
#include <chrono>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/socket_bio.hpp"
#include "certificate.hpp"
#include "wire.hpp"

namespace conformance {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds send_patience{3000};

class Tls final : public Wire {
 public:
  explicit Tls(int socket) : socket_(socket), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
    BIO* bio = netweave::make_socket_bio(socket_);
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_connect_state(ssl_);
    // a server that lets nobody in closes before it: the first read tells
    persist(Clock::now() + send_patience, [&] { return SSL_do_handshake(ssl_); });
  }
  ~Tls() override {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(socket_);
  }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  bool send(std::string_view bytes) override {
    while (!bytes.empty()) {
      std::size_t put = 0;
      auto write = [&] { return SSL_write_ex(ssl_, bytes.data(), bytes.size(), &put); };
      if (persist(Clock::now() + send_patience, write) != SSL_ERROR_NONE) return false;
      bytes.remove_prefix(put);
    }
    return true;
  }

  Got receive(std::string& into, milliseconds patience) override {
    std::array<char, 16384> space;
    std::size_t got = 0;
    int error = persist(Clock::now() + patience, [&] { return SSL_read_ex(ssl_, space.data(), space.size(), &got); });
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Got::nothing;
    if (error != SSL_ERROR_NONE) return Got::end;
    into.append(space.data(), got);
    return Got::bytes;
  }

  void end_writing() override {
    SSL_shutdown(ssl_);
    ::shutdown(socket_, SHUT_WR);
  }
  [[nodiscard]] int descriptor() const override { return socket_; }

 private:
  /// The call's outcome, when it is one, or what it waits for still when time is up.
  template <class Call>
  int persist(Clock::time_point end, Call&& call) {
    for (;;) {
      ERR_clear_error();
      int error = SSL_get_error(ssl_, call());
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return error;
      auto left = std::chrono::ceil<milliseconds>(end - Clock::now()).count();
      pollfd wait{socket_, static_cast<short>(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
      if (left < 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0) return error;
    }
  }

  int socket_;
  SSL_CTX* context_;
  SSL* ssl_;
};

}  // namespace

std::unique_ptr<Wire> make_wire(int socket) { return std::make_unique<Tls>(socket); }

void prepare(netweave::http::NativeOptions& options) {
  static const Certificate certificate;
  options.tls.emplace();
  options.tls->cert_file = certificate.cert_file;
  options.tls->key_file = certificate.key_file;
}

std::string_view scheme() { return "https"; }

}  // namespace conformance
