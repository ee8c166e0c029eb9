#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// A subscriber's end: a small HTTP/1.1 server that keeps what it was sent and answers as it was told.
namespace netweave::testing {

struct Received {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::chrono::steady_clock::time_point at;
};

struct Answer {
  int status = 204;
  std::string headers;  ///< whole lines, each with its CRLF
  std::string body;
  bool hang = false;  ///< never answers
};

class Receiver {
 public:
  using Script = std::function<Answer(const Received&)>;

  explicit Receiver(Script script = {});
  ~Receiver();

  [[nodiscard]] std::string url(const std::string& path = "/hook") const;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void answer_with(Script script);

  /// What has come so far, in order of arrival.
  [[nodiscard]] std::vector<Received> all() const;
  /// Waits until at least so many have come; false at the deadline.
  bool wait_for(std::size_t count, std::chrono::seconds longest = std::chrono::seconds(20)) const;
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.load(); }
  /// The most requests that were being answered at one time.
  [[nodiscard]] std::size_t most_at_once() const;

 private:
  void accept_all();
  void serve(int socket);
  Answer receive(Received request);

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> connections_{0};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Script script_;
  std::vector<Received> received_;
  std::size_t now_ = 0;
  std::size_t most_ = 0;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace netweave::testing
