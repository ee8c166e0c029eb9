#include "store/redis/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace netweave::store::redis {
namespace {

Error unavailable(std::string message) { return make_error(ErrorKind::unavailable, std::move(message)); }
Error closed() { return unavailable("Redis closed the connection"); }

int milliseconds_until(TimePoint deadline) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
}

int begin_connect(const addrinfo& candidate) {
  int made = socket(candidate.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, candidate.ai_protocol);
  if (made < 0) return -1;
  int on = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(made, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (connect(made, candidate.ai_addr, candidate.ai_addrlen) == 0 || errno == EINPROGRESS) return made;
  int fault = errno;
  close(made);
  errno = fault;
  return -1;
}

int pending_fault(int descriptor) {
  int fault = 0;
  socklen_t size = sizeof fault;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &fault, &size) != 0) fault = errno;
  return fault;
}

}  // namespace

Socket::Socket(Socket&& other) noexcept
    : interrupt_(other.interrupt_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      session_(std::move(other.session_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(interrupt_, other.interrupt_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(session_, other.session_);
  return *this;
}

Socket::~Socket() {
  session_.reset();
  if (descriptor_ >= 0) close(descriptor_);
}

Result<Socket> Socket::connect(const Address& address, const Tls* tls, const Interrupt& interrupt, TimePoint deadline) {
  Socket made(interrupt);
  if (auto fault = made.dial(address, deadline)) return std::move(*fault);
  if (tls)
    if (auto fault = made.shake_hands(*tls, address.host, deadline)) {
      if (fault->kind != ErrorKind::cancelled) fault->message = address.text() + ": TLS: " + fault->message;
      return std::move(*fault);
    }
  return made;
}

std::optional<Error> Socket::dial(const Address& address, TimePoint deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (int fault = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found))
    return unavailable(address.host + " can't be resolved: " + gai_strerror(fault));
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, freeaddrinfo);
  std::string why = "no address";
  for (const addrinfo* each = found; each; each = each->ai_next) {
    descriptor_ = begin_connect(*each);
    if (descriptor_ < 0) {
      why = std::strerror(errno);
      continue;
    }
    if (auto fault = wait(POLLOUT, deadline)) {
      if (fault->kind == ErrorKind::timeout) return unavailable(address.text() + " does not answer");
      return fault;
    }
    int refused = pending_fault(descriptor_);
    if (refused == 0) return std::nullopt;
    why = std::strerror(refused);
    close(std::exchange(descriptor_, -1));
  }
  return unavailable(address.text() + ": " + why);
}

std::optional<Error> Socket::shake_hands(const Tls& tls, const std::string& host, TimePoint deadline) {
  auto session = tls.open(descriptor_, host);
  if (!session) return std::move(session).error();
  session_ = std::move(*session);
  for (;;) {
    int outcome = SSL_connect(session_.get());
    if (outcome == 1) return std::nullopt;
    if (auto fault = wait_tls(outcome, deadline)) return fault;
  }
}

std::optional<Error> Socket::wait(short events, TimePoint deadline) const {
  pollfd waited[2] = {{descriptor_, events, 0}, {interrupt_->descriptor(), POLLIN, 0}};
  for (;;) {
    int ready = poll(waited, 2, milliseconds_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (waited[1].revents != 0) return make_error(ErrorKind::cancelled, "the store is being closed");
    if (ready > 0) return std::nullopt;
    if (ready < 0) return unavailable(std::string("poll: ") + std::strerror(errno));
    if (std::chrono::steady_clock::now() >= deadline) return make_error(ErrorKind::timeout, "Redis does not answer");
  }
}

std::optional<Error> Socket::wait_tls(int outcome, TimePoint deadline) {
  switch (SSL_get_error(session_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
      return wait(POLLIN, deadline);
    case SSL_ERROR_WANT_WRITE:
      return wait(POLLOUT, deadline);
    case SSL_ERROR_ZERO_RETURN:
    case SSL_ERROR_SYSCALL:
      return closed();
    default:
      return unavailable(tls_fault(session_.get()));
  }
}

std::optional<Error> Socket::send(std::string_view bytes, TimePoint deadline) {
  while (!bytes.empty()) {
    if (session_) {
      int sent =
          SSL_write(session_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX)));
      if (sent > 0)
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      else if (auto fault = wait_tls(sent, deadline))
        return fault;
      continue;
    }
    ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0)
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno == EAGAIN || errno == EINTR) {
      if (auto fault = wait(POLLOUT, deadline)) return fault;
    } else {
      return unavailable(std::string("the connection to Redis was lost: ") + std::strerror(errno));
    }
  }
  return std::nullopt;
}

Result<std::size_t> Socket::receive(char* into, std::size_t size, TimePoint deadline) {
  for (;;) {
    if (session_) {
      int got = SSL_read(session_.get(), into, static_cast<int>(std::min<std::size_t>(size, INT_MAX)));
      if (got > 0) return static_cast<std::size_t>(got);
      if (auto fault = wait_tls(got, deadline)) return std::move(*fault);
      continue;
    }
    ssize_t got = recv(descriptor_, into, size, 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return closed();
    if (errno != EAGAIN && errno != EINTR)
      return unavailable(std::string("the connection to Redis was lost: ") + std::strerror(errno));
    if (auto fault = wait(POLLIN, deadline)) return std::move(*fault);
  }
}

bool Socket::quiet() const {
  pollfd waited{descriptor_, POLLIN, 0};
  return poll(&waited, 1, 0) == 0;
}

}  // namespace netweave::store::redis
