#include "http/h1_connection.hpp"

#include <algorithm>
#include <exception>

#include "http/problem.hpp"
#include "http/reply.hpp"

namespace netweave::http {
namespace {

/// How many pipelined requests are answered before other connections have a turn.
constexpr int requests_a_turn = 32;

ParserLimits limits_of(const NativeOptions& options) {
  return {options.max_header_bytes, options.max_uri_bytes, options.max_body_bytes};
}

}  // namespace

H1Connection::H1Connection(Loop& loop, Link link)
    : loop_(loop),
      link_(std::move(link)),
      stream_(link_.stream),
      parser_(limits_of(loop.shared().options)),
      input_(loop.shared().options.max_header_bytes + 8192) {}

void H1Connection::start() {
  deadline_ = loop_.deadline(std::min(loop_.shared().options.header_timeout, loop_.shared().options.idle_timeout));
  read();
  if (loop_.stopping()) drain();
}

void H1Connection::read() {
  if (reading_ || ended_ || phase_ == Phase::closed) return;
  // here and nowhere else: a read that is under way writes into what would be given back
  bool between = phase_ == Phase::receiving ? !started_ : phase_ != Phase::lingering;
  if (between) input_.shrink();
  auto [at, room] = input_.room();
  if (room == 0) return;  // pipelined requests wait in the kernel
  reading_ = true;
  stream_.read(at, room, [self = shared_from_this()](const asio::error_code& error, std::size_t count) {
    self->on_read(error, count);
  });
}

void H1Connection::on_read(const asio::error_code& error, std::size_t count) {
  reading_ = false;
  if (phase_ == Phase::closed) return;
  if (error) return on_end(error != asio::error::eof);
  if (phase_ == Phase::lingering) {
    thrown_away_ += count;
    input_.clear();
    return thrown_away_ > linger_bytes ? close(false) : read();
  }
  input_.added(count);
  phase_ == Phase::receiving ? advance() : read();
}

void H1Connection::on_end(bool reset) {
  ended_ = true;
  // A client that ended its side alone still reads its answer, and one that left looks the same from here: the handler
  // may stop, and what it answers is written.
  if (phase_ == Phase::handling || phase_ == Phase::writing || phase_ == Phase::streaming) stop_.request_stop();
  if (phase_ == Phase::closed) return;
  if (reset || (phase_ != Phase::handling && phase_ != Phase::writing)) close(reset);
}

void H1Connection::advance() {
  if (advancing_) return;  // the loop below goes on
  advancing_ = true;
  auto self = shared_from_this();
  int turns = requests_a_turn;
  while (phase_ == Phase::receiving && !input_.empty() && turns > 0) {
    std::size_t before = input_.view().size();
    step();
    if (parser_.state() == RequestParser::State::complete || phase_ != Phase::receiving) --turns;
    if (phase_ == Phase::receiving && input_.view().size() == before) break;
  }
  advancing_ = false;
  if (phase_ == Phase::receiving && turns == 0) return asio::post(loop_.context(), [self] { self->advance(); });
  if (phase_ == Phase::receiving && ended_) return close(false);
  read();
}

/// Feeds the parser once.
void H1Connection::step() {
  const NativeOptions& options = loop_.shared().options;
  if (!std::exchange(started_, true)) deadline_ = loop_.deadline(options.header_timeout);
  RequestParser::State before = parser_.state();
  input_.taken(parser_.feed(input_.view()));
  switch (parser_.state()) {
    case RequestParser::State::refused:
      return refuse(parser_.refusal().status, parser_.refusal().detail);
    case RequestParser::State::complete:
      return dispatch();
    case RequestParser::State::body:
      if (before != RequestParser::State::body) deadline_ = loop_.deadline(options.read_timeout);
      if (parser_.awaits_continue() && input_.empty() && !std::exchange(continued_, true)) {
        std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
        iovec piece{const_cast<char*>(text.data()), text.size()};
        std::size_t count = 0;
        // nothing else is on its way to this client: a socket that can't take 25 bytes is broken
        if (stream_.write_now({&piece, 1}, count) != Stream::Outcome::done || count != text.size()) close(true);
      }
      return;
    default:
      return;
  }
}

void H1Connection::begin_receiving() {
  phase_ = Phase::receiving;
  started_ = continued_ = false;
  parser_.next();
  deadline_ = loop_.deadline(loop_.shared().options.idle_timeout);
}

void H1Connection::dispatch() {
  Shared& shared = loop_.shared();
  deadline_ = TimePoint::max();
  to_head_ = parser_.request().method == "HEAD";
  InFlight counted(shared);
  if (shared.in_flight.load(std::memory_order_relaxed) > shared.options.max_in_flight)
    return refuse(503, "more requests are in flight than this server takes: try again");
  Request request = parser_.take();
  request.peer = link_.peer;
  request.stop = stop_.get_token();
  phase_ = Phase::handling;
  auto answered = call_handler(loop_, shared_from_this(), std::move(request), std::move(counted));
  answered ? arrived(std::move(*answered)) : read();  // to see the client leave
}

void H1Connection::arrived(std::optional<Response> response) {
  if (phase_ != Phase::handling) return;
  respond(answer_of(loop_, std::move(response), parser_.request()));
}

void H1Connection::refuse(int status, std::string_view detail) {
  close_after_ = true;
  to_head_ = parser_.request().method == "HEAD";
  respond(problem(status, detail, parser_.request()));
}

void H1Connection::expire() {
  const auto* late = "";
  switch (phase_) {
    case Phase::receiving:
      if (!started_) return close(false);
      late = parser_.state() == RequestParser::State::body ? "the body did not come in time"
                                                           : "the header did not come in time";
      return refuse(408, late);
    case Phase::writing:
      return close(true);  // a slow reader: what it did not take is forgotten
    default:
      return close(false);
  }
}

void H1Connection::drain() {
  if (phase_ == Phase::lingering) return close(false);
  if (phase_ != Phase::receiving || started_) return;
  // A request that reached this machine before the stop is answered.
  if (input_.empty() && !stream_.has_input()) close(false);
}

void H1Connection::close(bool reset) {
  if (phase_ == Phase::closed) return;
  auto self = shared_from_this();
  bool waited = phase_ == Phase::handling || phase_ == Phase::streaming || phase_ == Phase::writing;
  phase_ = Phase::closed;
  deadline_ = TimePoint::max();
  stream_.close(reset);
  loop_.remove(*this);
  if (waited) stop_.request_stop();
  response_ = Response();
}

}  // namespace netweave::http
