#include <algorithm>
#include <climits>

#include "http/h1_connection.hpp"
#include "http/reply.hpp"

namespace netweave::http {
namespace {

/// Calls of sendmsg for one connection before others have a turn.
constexpr int writes_a_turn = 8;

iovec piece_of(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

}  // namespace

void H1Connection::respond(Response response) {
  response_ = std::move(response);
  framing_.http11 = parser_.http11();
  framing_.to_head = std::exchange(to_head_, false);
  if (!parser_.keep_alive() || loop_.stopping() || wants_close(response_)) close_after_ = true;
  if (response_.body.stream() != nullptr && !framing_.http11) close_after_ = true;
  framing_.close = close_after_;
  head_.clear();
  append_head(head_, response_, framing_, loop_.date());
  pieces_.clear();
  written_pieces_ = 0;
  pieces_.push_back(piece_of(head_));
  if (!sends_no_body(response_, framing_))
    response_.body.each([&](std::string_view slice) {
      if (!slice.empty()) pieces_.push_back(piece_of(slice));
    });
  write();
}

/// Tries at once: nearly every answer fits the socket's buffer, and no readiness has to be awaited for it.
void H1Connection::write() {
  phase_ = Phase::writing;
  if (write_pending()) on_written();
}

/// True when all is written. Otherwise a wait is armed, or the connection is closed.
bool H1Connection::write_pending() {
  for (int turns = writes_a_turn; written_pieces_ < pieces_.size();) {
    std::span<iovec> left(pieces_.data() + written_pieces_, pieces_.size() - written_pieces_);
    std::size_t count = 0;
    Stream::Outcome outcome = stream_.write_now(left.first(std::min<std::size_t>(left.size(), IOV_MAX)), count);
    if (outcome == Stream::Outcome::failed) {
      close(true);
      return false;
    }
    for (; written_pieces_ < pieces_.size() && count >= pieces_[written_pieces_].iov_len; ++written_pieces_)
      count -= pieces_[written_pieces_].iov_len;
    if (count > 0) {
      iovec& piece = pieces_[written_pieces_];
      piece.iov_base = static_cast<char*>(piece.iov_base) + count;
      piece.iov_len -= count;
    }
    if (outcome == Stream::Outcome::done && --turns > 0) continue;
    if (written_pieces_ == pieces_.size()) break;
    deadline_ = loop_.deadline(loop_.shared().options.write_timeout);
    stream_.wait_writable([self = shared_from_this()](const asio::error_code& error) {
      if (self->phase_ != Phase::writing) return;
      if (error) return self->close(true);
      if (self->write_pending()) self->on_written();
    });
    read();  // to see the client leave
    return false;
  }
  deadline_ = TimePoint::max();
  return true;
}

void H1Connection::on_written() {
  if (response_.body.stream() != nullptr && !sends_no_body(response_, framing_)) return next_piece();
  finish_response();
}

void H1Connection::finish_response() {
  response_ = Response();
  pieces_.clear();
  if (close_after_ || loop_.stopping()) return linger();  // a stream may have begun before the stop
  begin_receiving();
  advance();
}

/// Asks the stream until it has nothing at hand; what comes later comes by `arrived`.
void H1Connection::next_piece() {
  if (ended_) return close(false);  // nobody listens any more
  phase_ = Phase::streaming;
  auto answered = call_stream(loop_, shared_from_this(), *response_.body.stream());
  if (!answered) return read();
  // not from here: a stream that always has bytes would go ever deeper, and keep the loop from the others
  asio::post(loop_.context(),
             [self = shared_from_this(), piece = std::move(*answered)]() mutable { self->arrived(std::move(piece)); });
  read();
}

void H1Connection::arrived(std::optional<Piece> piece) {
  if (phase_ != Phase::streaming) return;
  if (!piece) {
    loop_.shared().log("error", "http: a body stream dropped its callback");
    return close(true);  // the client sees that the body is not whole
  }
  if (!piece->bytes) {
    if (!framing_.http11) return finish_response();
    static constexpr std::string_view last = "0\r\n\r\n";
    response_.body = Body();
    pieces_.assign(1, piece_of(last));
    written_pieces_ = 0;
    return write();
  }
  if (piece->bytes->empty()) return next_piece();  // as a chunk it would be the last
  write_piece(std::move(*piece->bytes));
}

void H1Connection::write_piece(std::string bytes) {
  chunk_ = std::move(bytes);
  pieces_.clear();
  written_pieces_ = 0;
  if (framing_.http11) {
    head_ = chunk_head(chunk_.size());
    pieces_.push_back(piece_of(head_));
  }
  pieces_.push_back(piece_of(chunk_));
  if (framing_.http11) pieces_.push_back(piece_of("\r\n"));
  write();
}

void H1Connection::linger() {
  phase_ = Phase::lingering;
  stream_.end_writing();
  input_.clear();
  if (ended_ || (loop_.stopping() && !stream_.has_input())) return close(false);
  deadline_ = loop_.deadline(linger_time);
  read();
}

}  // namespace netweave::http
