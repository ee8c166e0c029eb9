#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct ssl_ctx_st;

/// A server that answers with whatever bytes its script says.
namespace netweave::testing {

struct RawAnswer {
  std::string bytes;
  bool closes = false;  ///< ends the connection behind them
};

class RawServer {
 public:
  /// Given the connection's and the request's number in it, each from 0.
  using Script = std::function<RawAnswer(std::size_t connection, std::size_t request)>;

  /// `tls`: must outlive it; nullptr: plain. `hasty`: answers before anything was asked.
  explicit RawServer(Script script, bool v6 = false, ssl_ctx_st* tls = nullptr, bool hasty = false);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  [[nodiscard]] std::string url(const std::string& host) const;
  [[nodiscard]] std::size_t connections() const { return connections_; }
  /// The heads of all requests so far, in order of arrival.
  [[nodiscard]] std::vector<std::string> heads() const;
  /// Waits until so many requests have come.
  bool wait_for(std::size_t requests) const;
  /// Waits until so many connections have been ended by the client.
  bool wait_ended(std::size_t count) const;

 private:
  void serve(int socket, std::size_t number);

  Script script_;
  bool secure_;
  bool hasty_;
  ssl_ctx_st* tls_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> connections_{0};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> heads_;
  std::size_t ended_ = 0;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace netweave::testing
