#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "netweave/http/message.hpp"

#include "wire.hpp"

namespace conformance {

/// The least that is a request.
inline constexpr std::string_view get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

/// A response as it came over the wire. `body` is decoded where it came in chunks.
struct Answer {
  std::string version;
  int status = 0;
  netweave::http::Headers headers;
  std::string body;
  std::size_t chunks = 0;

  /// The header's value; empty where there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  /// How often that header stands.
  [[nodiscard]] std::size_t count(std::string_view name) const;
};

/// A client that sends exactly the bytes it is told, and reads answers strictly.
class Client {
 public:
  /// How long anything is awaited before the case fails.
  static constexpr std::chrono::milliseconds patience{3000};

  explicit Client(std::uint16_t port, int receive_buffer = 0);
  explicit Client(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}

  /// False when the server closed before it took everything.
  bool send(std::string_view bytes) { return wire_->send(bytes); }
  /// The next answer; nullopt when none came whole, or what came is no HTTP. Answers of 100 are answers.
  std::optional<Answer> answer(bool to_head = false);
  /// `send` and `answer`.
  std::optional<Answer> ask(std::string_view bytes) {
    send(bytes);
    return answer();
  }
  /// The server closes: an end or a reset, with nothing before it.
  bool closed();
  /// Waits for the connection's end without reading what came; true when it came.
  bool torn();
  /// Nothing has come until now.
  bool silent();
  /// All bytes until the end.
  std::string rest();
  void end_writing() { wire_->end_writing(); }
  void close() { wire_.reset(); }
  [[nodiscard]] std::string local_address() const;

 private:
  bool more();
  bool line(std::string& out);
  bool take(std::size_t count, std::string& out);
  bool read_head(Answer& answer);
  bool read_chunks(Answer& answer);

  std::unique_ptr<Wire> wire_;
  bool at_end_ = false;
  std::string bytes_;
};

}  // namespace conformance
