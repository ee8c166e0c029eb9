#include <algorithm>
#include <cerrno>
#include <climits>
#include <exception>
#include <utility>

#include <pistache/transport.h>
#include <sys/socket.h>

#include "pistache/conversation.hpp"
#include "pistache/once.hpp"

namespace netweave::gateway {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds linger_time{5000};
/// What the transport copies and writes for us before it says that it did: the grain of "progress".
constexpr std::size_t handed_over_bytes = 131072;

const std::string& date_now() {
  thread_local std::int64_t last = -1;
  thread_local std::string date;
  auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch().count();
  if (second != std::exchange(last, second)) date = http::format_date(second);
  return date;
}

}  // namespace

void Conversation::add_piece(std::string_view bytes) {
  if (!bytes.empty()) pieces_.push_back({const_cast<char*>(bytes.data()), bytes.size()});
}

void Conversation::respond(Lock& lock, http::Response response) {
  response_ = std::move(response);
  framing_.http11 = parser_.http11();
  framing_.to_head = std::exchange(to_head_, false);
  if (!parser_.keep_alive() || hub_->stopping || http::wants_close(response_)) close_after_ = true;
  if (response_.body.stream() != nullptr && !framing_.http11) close_after_ = true;
  framing_.close = close_after_;
  head_.clear();
  http::append_head(head_, response_, framing_, date_now());
  pieces_.clear();
  sent_ = 0;
  add_piece(head_);
  if (!http::sends_no_body(response_, framing_)) response_.body.each([&](std::string_view slice) { add_piece(slice); });
  write(lock);
}

/// Writes on this thread while the socket takes it: Pistache's queue costs two more system calls and a copy.
void Conversation::write(Lock& lock) {
  phase_ = Phase::writing;
  if (!send_now()) return reset_connection();
  if (sent_ == pieces_.size()) return written(lock);
  deadline_ = steady_clock::now() + hub_->options.write_timeout;
  hand_over(lock);
}

/// False when the connection is broken.
bool Conversation::send_now() {
  while (sent_ < pieces_.size()) {
    msghdr message{};
    message.msg_iov = pieces_.data() + sent_;
    message.msg_iovlen = std::min<std::size_t>(pieces_.size() - sent_, IOV_MAX);
    ssize_t put = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    auto count = static_cast<std::size_t>(put);
    for (; sent_ < pieces_.size() && count >= pieces_[sent_].iov_len; ++sent_) count -= pieces_[sent_].iov_len;
    if (count == 0) continue;
    pieces_[sent_].iov_base = static_cast<char*>(pieces_[sent_].iov_base) + count;
    pieces_[sent_].iov_len -= count;
  }
  return true;
}

/// Gives the transport what it waits to write; once written, goes on by itself.
void Conversation::hand_over(Lock& lock) {
  std::string bytes;
  for (std::size_t& at = sent_; at < pieces_.size() && bytes.size() < handed_over_bytes;) {
    iovec& piece = pieces_[at];
    std::size_t count = std::min(piece.iov_len, handed_over_bytes - bytes.size());
    bytes.append(static_cast<const char*>(piece.iov_base), count);
    piece.iov_base = static_cast<char*>(piece.iov_base) + count;
    piece.iov_len -= count;
    if (piece.iov_len == 0) ++at;
  }
  auto self = shared_from_this();
  int fd = fd_;
  lock.unlock();  // the promise may be kept before `then` returns, on this thread
  std::shared_lock transports(hub_->transport_mutex);
  if (!hub_->transports_gone) {
    std::size_t size = bytes.size();
    auto promise = transport_.asyncWrite(fd, Pistache::RawBuffer(std::move(bytes), size), MSG_NOSIGNAL);
    transports.unlock();
    promise.then(
        [self](ssize_t) {
          Lock again(self->mutex_);
          if (self->gone_ || self->phase_ != Phase::writing) return;
          self->write(again);
          self->run(again);
        },
        [self](std::exception_ptr) { self->cut(); });
  }
  lock.lock();
}

void Conversation::written(Lock& lock) {
  deadline_ = TimePoint::max();
  if (response_.body.stream() != nullptr && !http::sends_no_body(response_, framing_)) return pull(lock);
  finish(lock);
}

void Conversation::finish(Lock&) {
  response_ = http::Response();
  pieces_.clear();
  started_ = continued_ = false;
  if (close_after_ || hub_->stopping) {  // a stream may have begun before the stop
    phase_ = Phase::lingering;
    ::shutdown(fd_, hub_->stopping ? SHUT_RDWR : SHUT_WR);
    deadline_ = steady_clock::now() + linger_time;
    return;
  }
  parser_.next();
  phase_ = Phase::receiving;
  deadline_ = steady_clock::now() + hub_->options.idle_timeout;
}

/// Asks the stream for its next piece, and writes it if it came at once. Returns to `written` by way of `write_piece`,
/// so a stream that always has bytes is pulled from the loop here.
void Conversation::pull(Lock& lock) {
  phase_ = Phase::streaming;
  if (pulling_) return;  // the loop below goes on
  pulling_ = true;
  while (!gone_ && phase_ == Phase::streaming) {
    pulled_ = false;
    http::BodyStream* stream = response_.body.stream();
    lock.unlock();
    try {
      auto once = std::make_shared<Once<Piece>>(shared_from_this());
      stream->next([once = std::move(once)](std::optional<std::string> bytes) { once->give(Piece{std::move(bytes)}); });
    } catch (const std::exception& failure) {
      hub_->log("error", std::string("http: a body stream threw: ") + failure.what());
    }
    lock.lock();
    if (gone_ || !pulled_) break;
    write_piece(lock, std::exchange(piece_, std::nullopt));
  }
  pulling_ = false;
  if (!gone_) return;
  http::Response dropped = std::move(response_);  // `gone` left it to us
  lock.unlock();
  dropped = http::Response();
  lock.lock();
}

void Conversation::settle(std::optional<Piece> piece) {
  Lock lock(mutex_);
  if (gone_ || phase_ != Phase::streaming) return;
  if (pulling_) {
    pulled_ = true;
    piece_ = std::move(piece);
    return;
  }
  write_piece(lock, std::move(piece));
  run(lock);
}

void Conversation::write_piece(Lock& lock, std::optional<Piece> piece) {
  if (!piece) {
    hub_->log("error", "http: a body stream dropped its callback");
    return reset_connection();  // the client sees that the body is not whole
  }
  pieces_.clear();
  sent_ = 0;
  if (!piece->bytes) {
    response_.body = http::Body();
    if (framing_.http11) add_piece("0\r\n\r\n");
    return write(lock);
  }
  if (piece->bytes->empty()) return written(lock);  // as a chunk it would be the last
  chunk_ = std::move(*piece->bytes);
  if (framing_.http11) {
    head_ = http::chunk_head(chunk_.size());
    add_piece(head_);
  }
  add_piece(chunk_);
  if (framing_.http11) add_piece("\r\n");
  write(lock);
}

/// What the client did not take is forgotten, and Pistache sees the end of the stream and closes.
void Conversation::reset_connection() {
  linger forget{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &forget, sizeof forget);
  ::shutdown(fd_, SHUT_RD);
  phase_ = Phase::lingering;
  deadline_ = TimePoint::max();
}

}  // namespace netweave::gateway
