#include "http/h2_connection.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "http/head.hpp"
#include "http/problem.hpp"
#include "http/reply.hpp"

namespace netweave::http {
namespace {

constexpr std::size_t read_bytes = 16384;
/// What is gathered for one call of the kernel: a record of TLS. More waits in the streams, where their windows count.
constexpr std::size_t write_bytes = 16384;
constexpr int writes_a_turn = 8;

}  // namespace

void H2Exchange::arrived(std::optional<Response> response) {
  if (connection_ != nullptr) connection_->respond(*this, std::move(response));
}

void H2Exchange::arrived(std::optional<Piece> piece) {
  if (connection_ != nullptr) connection_->more(*this, std::move(piece));
}

void H2Exchange::leave() {
  connection_ = nullptr;
  stop.request_stop();
}

H2Connection::H2Connection(Loop& loop, Link link)
    : loop_(loop),
      link_(std::move(link)),
      session_({loop.shared().options.max_header_bytes, loop.shared().options.max_uri_bytes,
                loop.shared().options.max_body_bytes}),
      input_(read_bytes) {}

void H2Connection::start() {
  const NativeOptions& options = loop_.shared().options;
  idle_deadline_ = loop_.deadline(std::min(options.header_timeout, options.idle_timeout));
  deadline_ = loop_.deadline(std::chrono::milliseconds(0));
  if (loop_.stopping()) drain();
  go_on();
}

void H2Connection::read() {
  if (reading_ || phase_ == Phase::closed) return;
  input_.shrink();
  auto [at, room] = input_.room();
  reading_ = true;
  link_.stream.read(at, room, [self = shared_from_this()](const asio::error_code& error, std::size_t count) {
    self->on_read(error, count);
  });
}

void H2Connection::on_read(const asio::error_code& error, std::size_t count) {
  reading_ = false;
  if (phase_ == Phase::closed) return;
  if (error) return close(error != asio::error::eof);
  if (phase_ == Phase::lingering) {
    thrown_away_ += count;
    return thrown_away_ > linger_bytes ? close(false) : read();
  }
  input_.added(count);
  session_.feed(input_.view());
  input_.clear();
  go_on();
}

/// Does what has to be done until there is nothing more: events, then bytes, which may bring events.
void H2Connection::go_on() {
  if (going_on_) return;  // the loop below does
  going_on_ = true;
  auto self = shared_from_this();
  bool written = true;
  do {
    for (auto events = session_.events(); !events.empty() && phase_ == Phase::open; events = session_.events())
      for (const H2Session::Event& event : events) handle(event);
    written = phase_ == Phase::open && write();
  } while (written);
  going_on_ = false;
  if (phase_ != Phase::open) return;
  if (session_.over() && output_.empty()) return linger();
  read();
}

void H2Connection::handle(const H2Session::Event& event) {
  using Kind = H2Session::Event::Kind;
  const NativeOptions& options = loop_.shared().options;
  if (event.kind == Kind::opened) {
    auto exchange = std::make_shared<H2Exchange>(*this, event.stream);
    exchange->deadline = loop_.deadline(options.header_timeout);
    exchanges_.emplace(event.stream, std::move(exchange));
    return;
  }
  auto found = exchanges_.find(event.stream);
  if (found == exchanges_.end()) return;
  std::shared_ptr<H2Exchange> exchange = found->second;
  switch (event.kind) {
    case Kind::headers:
      exchange->deadline = loop_.deadline(options.read_timeout);
      break;
    case Kind::request:
      dispatch(*exchange);
      break;
    case Kind::refused:
      refuse(*exchange, session_.refusal(event.stream).status, session_.refusal(event.stream).detail);
      break;
    case Kind::hungry:
      ask(*exchange);
      break;
    default:
      exchanges_.erase(found);
      exchange->leave();
      if (exchanges_.empty()) idle_deadline_ = loop_.deadline(options.idle_timeout);
      break;
  }
}

void H2Connection::dispatch(H2Exchange& exchange) {
  Shared& shared = loop_.shared();
  exchange.deadline = TimePoint::max();
  InFlight counted(shared);
  if (shared.in_flight.load(std::memory_order_relaxed) > shared.options.max_in_flight)
    return refuse(exchange, 503, "more requests are in flight than this server takes: try again");
  Request request = session_.take(exchange.id);
  request.peer = link_.peer;
  request.stop = exchange.stop.get_token();
  auto answered = call_handler(loop_, exchange.shared_from_this(), std::move(request), std::move(counted));
  if (answered) respond(exchange, std::move(*answered));
}

void H2Connection::refuse(H2Exchange& exchange, int status, std::string_view detail) {
  respond(exchange, problem(status, detail, session_.request(exchange.id)));
}

void H2Connection::respond(H2Exchange& exchange, std::optional<Response> response) {
  if (phase_ != Phase::open) return;
  exchange.writing = true;
  exchange.sent = 0;
  exchange.deadline = loop_.deadline(loop_.shared().options.write_timeout);
  Response answer = answer_of(loop_, std::move(response), session_.request(exchange.id));
  if (wants_close(answer) && !std::exchange(shut_, true)) session_.shut(true);
  session_.respond(exchange.id, std::move(answer), loop_.date());
  go_on();
}

/// Asks the stream of the answer; what it has comes by `more`, never from inside.
void H2Connection::ask(H2Exchange& exchange) {
  BodyStream* stream = session_.body(exchange.id);
  if (stream == nullptr) return;
  exchange.deadline = TimePoint::max();  // it may take its time
  auto answered = call_stream(loop_, exchange.shared_from_this(), *stream);
  if (!answered) return;
  asio::post(loop_.context(), [waiting = exchange.shared_from_this(), piece = std::move(*answered)]() mutable {
    waiting->arrived(std::move(piece));
  });
}

void H2Connection::more(H2Exchange& exchange, std::optional<Piece> piece) {
  if (phase_ != Phase::open) return;
  if (piece) {
    exchange.sent = session_.sent(exchange.id);
    exchange.deadline = loop_.deadline(loop_.shared().options.write_timeout);
    session_.more(exchange.id, std::move(piece->bytes));
  } else {
    loop_.shared().log("error", "http: a body stream dropped its callback");
    session_.reset(exchange.id);  // the client sees that the body is not whole
  }
  go_on();
}

/// Writes what there is and the socket takes. True when more may follow at once.
bool H2Connection::write() {
  if (waiting_) return false;
  for (int turn = 0; turn < writes_a_turn; ++turn) {
    if (written_ == output_.size()) {
      output_.clear();
      written_ = 0;
      while (output_.size() < write_bytes) {
        std::string_view bytes = session_.pull();
        if (bytes.empty()) break;
        output_ += bytes;
      }
      if (output_.empty()) {
        if (output_.capacity() > 2 * write_bytes) output_.shrink_to_fit();
        return false;
      }
    }
    iovec piece{output_.data() + written_, output_.size() - written_};
    std::size_t count = 0;
    Stream::Outcome outcome = link_.stream.write_now({&piece, 1}, count);
    if (outcome == Stream::Outcome::failed) {
      close(true);
      return false;
    }
    written_ += count;
    if (outcome == Stream::Outcome::done) continue;
    break;
  }
  if (written_ == output_.size()) {
    asio::post(loop_.context(), [self = shared_from_this()] {  // others have a turn
      if (self->phase_ == Phase::open) self->go_on();
    });
    output_.clear();
    written_ = 0;
    return false;
  }
  waiting_ = true;
  write_deadline_ = loop_.deadline(loop_.shared().options.write_timeout);
  link_.stream.wait_writable([self = shared_from_this()](const asio::error_code& error) {
    self->waiting_ = false;
    self->write_deadline_ = TimePoint::max();
    if (self->phase_ != Phase::open) return;
    error ? self->close(true) : self->go_on();
  });
  return false;
}

/// At each of the loop's ticks.
void H2Connection::expire() {
  if (phase_ == Phase::lingering) return close(false);
  TimePoint now = std::chrono::steady_clock::now();
  auto self = shared_from_this();
  deadline_ = loop_.deadline(std::chrono::milliseconds(0));
  if (write_deadline_ <= now) return close(true);
  if (exchanges_.empty() && idle_deadline_ <= now && !std::exchange(shut_, true)) session_.shut(true);
  if (noticed_ && !std::exchange(shut_, true)) session_.shut(true);
  std::vector<std::shared_ptr<H2Exchange>> late;
  for (const auto& [id, exchange] : exchanges_)
    if (exchange->deadline <= now) late.push_back(exchange);
  for (const auto& exchange : late)
    if (phase_ == Phase::open) look_at(*exchange, now);
  if (phase_ == Phase::open) go_on();
}

void H2Connection::look_at(H2Exchange& exchange, TimePoint) {
  if (!exchange.writing) return refuse(exchange, 408, "the request did not come in time");
  std::size_t sent = session_.sent(exchange.id);
  if (sent == exchange.sent) return session_.reset(exchange.id);  // a slow reader: what it did not take is forgotten
  exchange.sent = sent;
  exchange.deadline = loop_.deadline(loop_.shared().options.write_timeout);
}

/// What is on its way is answered: the client is told to begin nothing more, and a tick later what is too late.
void H2Connection::drain() {
  if (phase_ == Phase::lingering) return close(false);
  if (phase_ != Phase::open || std::exchange(noticed_, true)) return;
  session_.shut(false);
  go_on();
}

void H2Connection::linger() {
  phase_ = Phase::lingering;
  link_.stream.end_writing();
  if (loop_.stopping() && !link_.stream.has_input()) return close(false);
  deadline_ = loop_.deadline(linger_time);
  read();
}

void H2Connection::close(bool reset) {
  if (phase_ == Phase::closed) return;
  auto self = shared_from_this();
  phase_ = Phase::closed;
  deadline_ = TimePoint::max();
  link_.stream.close(reset);
  loop_.remove(*this);
  for (auto& [id, exchange] : std::exchange(exchanges_, {})) exchange->leave();
}

}  // namespace netweave::http
