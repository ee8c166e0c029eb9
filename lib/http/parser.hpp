#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "netweave/http/message.hpp"

namespace netweave::http {

struct ParserLimits {
  std::size_t header_bytes = 65536;  ///< request line, fields and the blank line; the same again for a body's trailer
  std::size_t uri_bytes = 8192;
  std::size_t body_bytes = 1048576;
};

/// Why a request is not accepted. `detail` is static text that says what to change.
struct Refusal {
  int status = 0;
  std::string_view detail;
};

/// Reads HTTP/1.0 and 1.1 requests (RFC 9112) from bytes, one after the other, and is stricter than most: whatever two
/// parsers could read in two ways is refused. Boost.Beast does the reading; its types stay in parser.cpp.
/// One thread at a time.
class RequestParser {
 public:
  enum class State {
    line,      ///< waits for the request line
    fields,    ///< has the request line
    body,      ///< has the header
    complete,  ///< has it all: `take`, then `next`
    refused    ///< `refusal` says why; nothing more can be read from this connection
  };

  explicit RequestParser(ParserLimits limits);
  ~RequestParser();

  /// Takes bytes from the front and returns how many. What it leaves must be given again, in one piece with what
  /// follows it. Takes nothing more once `complete` or `refused`.
  std::size_t feed(std::string_view bytes);

  [[nodiscard]] State state() const noexcept;
  [[nodiscard]] const Refusal& refusal() const noexcept;
  /// What is known of the request so far.
  [[nodiscard]] const Request& request() const noexcept;
  [[nodiscard]] bool http11() const noexcept;
  /// Whether the client wants the connection to go on (RFC 9112, 9.3); false while its header has not come.
  [[nodiscard]] bool keep_alive() const noexcept;
  /// The client waits for a 100 before it sends the body, none of which has come yet.
  [[nodiscard]] bool awaits_continue() const noexcept;

  /// The complete request: method, target in origin form, headers, body.
  Request take();
  /// Begins the next request.
  void next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netweave::http
