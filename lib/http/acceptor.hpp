#pragma once

#include <memory>
#include <string>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include "netweave/result.hpp"

#include "http/loop.hpp"

namespace netweave::http {

/// Listens on the first loop, and gives each connection to the loop that has fewest. (SO_REUSEPORT would spread few
/// long-lived connections unevenly, and let a second server of the same user take the port without an error.)
/// The first loop's thread, unless it says otherwise.
class Acceptor {
 public:
  Acceptor(std::shared_ptr<Shared> shared, std::vector<std::shared_ptr<Loop>> loops);

  /// Before the loops run. Errors: `invalid`, `unavailable`.
  Result<void> listen(const std::string& host, std::uint16_t port);
  [[nodiscard]] asio::ip::tcp::endpoint endpoint() const noexcept { return endpoint_; }
  void start();
  /// Takes what had come until now, and listens no more.
  void stop();

 private:
  void wait();
  bool take_waiting();
  bool take_one();

  std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<Loop>> loops_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::ip::tcp::endpoint endpoint_;
};

}  // namespace netweave::http
