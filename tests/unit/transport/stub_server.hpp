#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// A small real HTTP/1.1 server on a free loopback port: a thread a connection, one script for all requests. It notes
/// what it was sent. What the script does to the connection is what a bad network would do.
class StubServer {
 public:
  /// One connection, in the script's hands.
  class Peer {
   public:
    explicit Peer(int socket) : socket_(socket) {}
    /// Bytes as they are; false when the client is gone.
    bool write(std::string_view bytes) const;
    /// A whole answer that keeps the connection open.
    bool answer(int status, std::string_view body, std::string_view extra_headers = {}) const;
    /// Ends the connection, with whatever was promised left unsaid.
    void cut() const;
    /// Blocks until the client ends the connection.
    void wait_for_end() const;

   private:
    int socket_;
  };

  struct Request {
    std::string head;  ///< request line and headers
    std::string body;
    unsigned connection = 0;  ///< counted from 1: which of the server's connections it came on
  };

  using Script = std::function<void(const Request&, const Peer&)>;

  explicit StubServer(Script script);
  ~StubServer();
  StubServer(const StubServer&) = delete;
  StubServer& operator=(const StubServer&) = delete;

  [[nodiscard]] std::string url(std::string_view path = "/") const;
  [[nodiscard]] std::vector<Request> requests() const;

 private:
  void accept_all();
  void serve(int socket, unsigned number);

  Script script_;
  int listener_ = -1;
  unsigned port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};
