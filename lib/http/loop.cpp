#include "http/loop.hpp"

#include <algorithm>
#include <exception>

#include <unistd.h>

#include "http/h1_connection.hpp"
#include "http/handshake.hpp"
#include "http/head.hpp"

namespace netweave::http {
namespace {

using std::chrono::milliseconds;

/// One timer a loop, not one a request: each tick looks at every connection's deadline. A twentieth of the shortest
/// time-out, so that no time-out is much longer than it says; at most half a second, for the Date field.
milliseconds tick_of(const NativeOptions& options) {
  milliseconds shortest = std::min(
      {options.header_timeout, options.read_timeout, options.write_timeout, options.idle_timeout, milliseconds(10000)});
  return std::clamp(shortest / 20, milliseconds(5), milliseconds(500));
}

}  // namespace

thread_local const Loop* Loop::current_ = nullptr;

Accepted::~Accepted() {
  if (fd >= 0) ::close(fd);
}

// One thread runs it: Asio's own locks around its reactor are for nothing. `post` keeps those that it needs.
Loop::Loop(std::shared_ptr<Shared> shared)
    : shared_(std::move(shared)),
      context_(ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      timer_(context_),
      tick_(tick_of(shared_->options)) {}

Loop::~Loop() = default;

void Loop::start() {
  tick();
  thread_ = std::thread([this] { run(); });
}

void Loop::run() {
  current_ = this;
  for (bool running = true; running;) {
    try {
      context_.run();
      running = false;
    } catch (const std::exception& failure) {  // out of memory, most likely: one connection's fault, not the loop's
      shared_->log("error", std::string("http: ") + failure.what());
    }
  }
  current_ = nullptr;
}

void Loop::tick() {
  now_ = std::chrono::steady_clock::now();
  std::int64_t second =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch().count();
  if (second != std::exchange(second_, second)) date_ = format_date(second);
  // from the back: one that goes is replaced by the last, which was looked at
  for (std::size_t i = connections_.size(); i-- > 0;)
    if (connections_[i]->deadline() <= now_) std::shared_ptr(connections_[i])->expire();
  timer_.expires_after(tick_);
  timer_.async_wait([this](const asio::error_code& error) {
    if (!error) tick();
  });
}

void Loop::adopt(Accepted accepted) {
  ++load_;
  post([self = shared_from_this(), taken = std::move(accepted)]() mutable {
    if (self->ended_) return;
    try {
      auto connection = self->make(std::move(taken));
      connection->slot = self->connections_.size();
      self->connections_.push_back(connection);
      connection->start();
    } catch (const std::exception& failure) {
      --self->load_;
      self->shared_->log("warn", std::string("http: a connection could not be taken: ") + failure.what());
    }
  });
}

std::shared_ptr<Connection> Loop::make(Accepted accepted) {
  Link link(context_, std::move(accepted));
  if (shared_->certificates != nullptr) return std::make_shared<Handshake>(*this, std::move(link));
  return std::make_shared<H1Connection>(*this, std::move(link));
}

void Loop::replace(Connection& connection, std::shared_ptr<Connection> next) {
  next->slot = connection.slot;
  connections_[connection.slot] = std::move(next);
}

void Loop::remove(Connection& connection) {
  std::size_t slot = connection.slot;
  std::shared_ptr<Connection> gone = std::move(connections_[slot]);
  if (slot + 1 != connections_.size()) {
    connections_[slot] = std::move(connections_.back());
    connections_[slot]->slot = slot;
  }
  connections_.pop_back();
  --load_;
}

void Loop::drain() {
  stopping_ = true;
  for (std::size_t i = connections_.size(); i-- > 0;) std::shared_ptr(connections_[i])->drain();
}

void Loop::close_all() {
  while (!connections_.empty()) std::shared_ptr(connections_.back())->close(true);
}

void Loop::close() {
  {
    std::lock_guard lock(mutex_);
    open_ = false;
  }
  context_.stop();
}

void Loop::join() {
  if (thread_.joinable()) thread_.join();
  ended_ = true;
  close_all();
  timer_.cancel();
  context_.restart();
  context_.poll();  // what is left finds its connection closed; then nothing of an embedder's is held any more
}

}  // namespace netweave::http
