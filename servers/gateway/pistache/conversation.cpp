#include "pistache/conversation.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <sys/socket.h>

#include "http/problem.hpp"
#include "pistache/once.hpp"

namespace netweave::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

http::ParserLimits limits_of(const http::NativeOptions& options) {
  return {options.max_header_bytes, options.max_uri_bytes, options.max_body_bytes};
}

}  // namespace

void Hub::add(const std::shared_ptr<Conversation>& conversation) {
  std::lock_guard lock(mutex_);
  conversations_.emplace(conversation.get(), conversation);
}

void Hub::remove(Conversation* conversation) {
  std::lock_guard lock(mutex_);
  conversations_.erase(conversation);
  if (conversations_.empty()) empty_.notify_all();
}

std::vector<std::shared_ptr<Conversation>> Hub::all() {
  std::vector<std::shared_ptr<Conversation>> out;
  std::lock_guard lock(mutex_);
  for (auto& [key, weak] : conversations_)
    if (auto conversation = weak.lock()) out.push_back(std::move(conversation));
  return out;
}

bool Hub::wait_until_empty(milliseconds time) {
  std::unique_lock lock(mutex_);
  return empty_.wait_for(lock, time, [&] { return conversations_.empty(); });
}

void Hub::log(std::string_view level, std::string_view message) const {
  if (options.log) options.log(level, message);
}

Conversation::Conversation(std::shared_ptr<Hub> hub, Pistache::Tcp::Transport& transport, int fd, std::string peer)
    : hub_(std::move(hub)),
      transport_(transport),
      peer_(std::move(peer)),
      fd_(fd),
      deadline_(steady_clock::now() + std::min(hub_->options.header_timeout, hub_->options.idle_timeout)),
      parser_(limits_of(hub_->options)) {}

void Conversation::input(std::string_view bytes) {
  Lock lock(mutex_);
  if (gone_ || phase_ == Phase::lingering) return;
  input_ += bytes;
  // Pistache reads whatever comes: a client that pipelines without end is not held back, so it is cut off
  if (phase_ != Phase::receiving &&
      input_.size() > hub_->options.max_header_bytes + hub_->options.max_body_bytes + 65536)
    return reset_connection();
  run(lock);
}

void Conversation::run(Lock& lock) {
  if (running_) return;  // the loop below, on another thread or lower on this one's stack, goes on
  running_ = true;
  while (!gone_ && phase_ == Phase::receiving && !input_.empty()) {
    std::size_t before = input_.size();
    step(lock);
    if (phase_ == Phase::receiving && input_.size() == before) break;
  }
  running_ = false;
}

void Conversation::step(Lock& lock) {
  using State = http::RequestParser::State;
  if (!std::exchange(started_, true)) deadline_ = steady_clock::now() + hub_->options.header_timeout;
  State before = parser_.state();
  input_.erase(0, parser_.feed(input_));
  if (parser_.state() == State::refused) return refuse(lock, parser_.refusal().status, parser_.refusal().detail);
  if (parser_.state() == State::complete) return dispatch(lock);
  if (parser_.state() != State::body) return;
  if (before != State::body) deadline_ = steady_clock::now() + hub_->options.read_timeout;
  if (!parser_.awaits_continue() || !input_.empty() || std::exchange(continued_, true)) return;
  static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  if (::send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) != static_cast<ssize_t>(text.size()))
    reset_connection();
}

void Conversation::dispatch(Lock& lock) {
  deadline_ = TimePoint::max();
  to_head_ = parser_.request().method == "HEAD";
  phase_ = Phase::handling;
  if (hub_->in_flight.fetch_add(1) >= hub_->options.max_in_flight) {
    --hub_->in_flight;
    return refuse(lock, 503, "more requests are in flight than this server takes: try again");
  }
  http::Request request = parser_.take();
  request.peer.address = peer_;
  request.stop = stop_.get_token();
  lock.unlock();
  try {
    auto once = std::make_shared<Once<http::Response>>(shared_from_this(), &hub_->in_flight);
    hub_->handler(std::move(request),
                  [once = std::move(once)](http::Response response) { once->give(std::move(response)); });
  } catch (const std::exception& failure) {
    hub_->log("error", std::string("http: the handler threw: ") + failure.what());
  } catch (...) {
    hub_->log("error", "http: the handler threw");
  }
  lock.lock();
}

void Conversation::settle(std::optional<http::Response> response) {
  Lock lock(mutex_);
  if (gone_ || phase_ != Phase::handling) return;
  if (!response || response->status < 200 || response->status > 999) {
    hub_->log("error", "http: a completion was dropped, or its status is none");
    response = http::problem(500, "the request was not answered: see the server's log", parser_.request());
  }
  respond(lock, std::move(*response));
  run(lock);
}

void Conversation::refuse(Lock& lock, int status, std::string_view detail) {
  close_after_ = true;
  to_head_ = parser_.request().method == "HEAD";
  respond(lock, http::problem(status, detail, parser_.request()));
}

void Conversation::gone() {
  http::Response dropped;  // freed outside the lock: its owner is not ours
  {
    Lock lock(mutex_);
    if (std::exchange(gone_, true)) return;
    if (!pulling_) dropped = std::move(response_);
  }
  stop_.request_stop();
  hub_->remove(this);
}

void Conversation::check(TimePoint now) {
  Lock lock(mutex_);
  if (gone_ || now < deadline_) return;
  deadline_ = TimePoint::max();
  if (phase_ == Phase::writing) return reset_connection();
  if (phase_ != Phase::receiving || !started_) {
    ::shutdown(fd_, SHUT_RDWR);
    return;
  }
  bool body = parser_.state() == http::RequestParser::State::body;
  refuse(lock, 408, body ? "the body did not come in time" : "the header did not come in time");
}

void Conversation::drain() {
  Lock lock(mutex_);
  if (gone_) return;
  if (phase_ == Phase::lingering || (phase_ == Phase::receiving && !started_)) ::shutdown(fd_, SHUT_RDWR);
}

void Conversation::cut() {
  Lock lock(mutex_);
  if (!gone_) ::shutdown(fd_, SHUT_RDWR);
}

}  // namespace netweave::gateway
