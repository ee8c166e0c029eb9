#include "http/handshake.hpp"

#include <algorithm>
#include <chrono>

#include "http/certificates.hpp"
#include "http/h1_connection.hpp"
#ifdef NETWEAVE_HTTP2
#include "http/h2_connection.hpp"
#endif

namespace netweave::http {
namespace {

/// A socket that is closed with bytes unread resets the connection, and the client may lose the alert that says why.
constexpr std::size_t handshake_linger_bytes = std::size_t{1} << 16;

std::shared_ptr<Connection> make_connection(Loop& loop, Link link) {
#ifdef NETWEAVE_HTTP2
  if (link.stream.tls()->protocol() == "h2") return std::make_shared<H2Connection>(loop, std::move(link));
#endif
  return std::make_shared<H1Connection>(loop, std::move(link));
}

}  // namespace

void Handshake::start() {
  const NativeOptions& options = loop_.shared().options;
  deadline_ = loop_.deadline(std::min(options.header_timeout, options.idle_timeout));
  link_.stream.wait_readable([self = shared_from_this()](const asio::error_code& error) {
    if (self->phase_ != Phase::silent) return;
    error ? self->close(true) : self->greeted();
  });
  if (loop_.stopping()) drain();
}

void Handshake::greeted() {
  phase_ = Phase::waiting;
  // longer than those that are before it can hold their places
  deadline_ = loop_.deadline(2 * loop_.shared().options.header_timeout);
  auto turn = [loop = loop_.shared_from_this(), weak = weak_from_this()] {
    loop->post([loop, weak] {
      auto self = weak.lock();
      if (self && self->phase_ == Phase::waiting) return self->take_place();
      loop->shared().handshakes.leave();
    });
  };
  if (loop_.shared().handshakes.enter(std::move(turn))) take_place();
}

void Handshake::take_place() {
  placed_ = true;
  phase_ = Phase::shaking;
  deadline_ = loop_.deadline(loop_.shared().options.header_timeout);
  auto session = loop_.shared().certificates->current()->open(link_.stream.descriptor());
  if (!session) return close(true);
  link_.stream.secure(std::move(session));
  step();
}

void Handshake::leave_place() {
  if (std::exchange(placed_, false)) loop_.shared().handshakes.leave();
}

void Handshake::step() {
  auto again = [self = shared_from_this()](const asio::error_code& error) {
    if (self->phase_ != Phase::shaking) return;
    error ? self->close(true) : self->step();
  };
  switch (link_.stream.tls()->handshake()) {
    case TlsSession::Outcome::done:
      return succeed();
    case TlsSession::Outcome::want_read:
      return link_.stream.wait_readable(std::move(again));
    case TlsSession::Outcome::want_write:
      return link_.stream.wait_writable(std::move(again));
    default:
      return fail();
  }
}

void Handshake::succeed() {
  auto self = shared_from_this();  // the loop lets go of it
  leave_place();
  phase_ = Phase::closed;
  link_.peer.tls = true;
  link_.peer.tls_subject = link_.stream.tls()->subject();
  auto next = make_connection(loop_, std::move(link_));
  loop_.replace(*this, next);
  next->start();
}

void Handshake::fail() {
  loop_.shared().log("debug", "tls: no handshake with " + link_.peer.address + ": " + link_.stream.tls()->fault());
  leave_place();
  phase_ = Phase::lingering;
  deadline_ = loop_.deadline(linger_time);
  link_.stream.end_writing();
  throw_away();
}

void Handshake::throw_away() {
  link_.stream.discard(waste_.data(), waste_.size(),
                       [self = shared_from_this()](const asio::error_code& error, std::size_t count) {
                         if (self->phase_ != Phase::lingering) return;
                         self->thrown_away_ += count;
                         if (error || self->thrown_away_ > handshake_linger_bytes) return self->close(false);
                         self->throw_away();
                       });
}

/// A client whose first bytes had come before the stop is served.
void Handshake::drain() {
  if (phase_ == Phase::lingering || (phase_ == Phase::silent && !link_.stream.has_input())) close(false);
}

void Handshake::close(bool reset) {
  if (phase_ == Phase::closed) return;
  auto self = shared_from_this();
  leave_place();
  phase_ = Phase::closed;
  deadline_ = TimePoint::max();
  link_.stream.close(reset);
  loop_.remove(*this);
}

}  // namespace netweave::http
