#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "http/connection.hpp"
#include "http/shared.hpp"

namespace netweave::http {

/// A socket that was accepted and belongs to nobody yet.
struct Accepted {
  Accepted(int descriptor, bool ipv6, std::string address, Admission counted)
      : fd(descriptor), v6(ipv6), peer(std::move(address)), admission(std::move(counted)) {}
  Accepted(Accepted&& other) noexcept
      : fd(std::exchange(other.fd, -1)),
        v6(other.v6),
        peer(std::move(other.peer)),
        admission(std::move(other.admission)) {}
  Accepted& operator=(Accepted&&) = delete;
  ~Accepted();

  int fd;
  bool v6;
  std::string peer;
  Admission admission;
};

/// One thread and the connections that are its own. Everything is its thread's, but `post`, `adopt`, `load` and `here`
/// are any thread's, and `start`, `close`, `join` the server's.
class Loop : public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(std::shared_ptr<Shared> shared);
  ~Loop();

  void start();
  /// Ends the loop, and drops what is posted from now on.
  void close();
  void join();

  /// `task` runs on the loop's thread, or is dropped when the loop is closed.
  template <class Task>
  void post(Task&& task) {
    std::lock_guard lock(mutex_);
    if (open_) asio::post(context_, std::forward<Task>(task));
  }
  [[nodiscard]] bool here() const noexcept { return current_ == this; }
  void adopt(Accepted accepted);
  [[nodiscard]] std::size_t load() const noexcept { return load_.load(std::memory_order_relaxed); }

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] Shared& shared() const noexcept { return *shared_; }
  /// When something that begins now has to end. Made of the last tick's time and a tick more: no clock is read for a
  /// request, and no time-out comes early.
  [[nodiscard]] TimePoint deadline(std::chrono::milliseconds timeout) const noexcept { return now_ + tick_ + timeout; }
  /// For the Date field.
  [[nodiscard]] const std::string& date() const noexcept { return date_; }
  [[nodiscard]] bool stopping() const noexcept { return stopping_; }

  /// No new requests; connections that are idle are closed, the others after their answer.
  void drain();
  void close_all();
  void remove(Connection& connection);
  /// `next` takes the place of `connection`.
  void replace(Connection& connection, std::shared_ptr<Connection> next);

 private:
  void run();
  void tick();
  std::shared_ptr<Connection> make(Accepted accepted);

  static thread_local const Loop* current_;

  std::shared_ptr<Shared> shared_;
  asio::io_context context_;
  asio::steady_timer timer_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::atomic<std::size_t> load_{0};
  std::chrono::milliseconds tick_;
  TimePoint now_;
  std::int64_t second_ = 0;
  std::string date_;
  bool stopping_ = false;
  bool ended_ = false;
  std::thread thread_;
  std::mutex mutex_;
  bool open_ = true;  // guarded by mutex_
};

}  // namespace netweave::http
