#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "netweave/http/message.hpp"

namespace netweave::http {

/// How a response goes over the wire (RFC 9112, 6 and 9).
struct Framing {
  bool http11 = true;
  bool to_head = false;  ///< it answers a HEAD
  bool close = false;    ///< the connection ends behind it
};

/// No body on the wire: HEAD, 204, 304.
bool sends_no_body(const Response& response, const Framing& framing) noexcept;
/// A stream in HTTP/1.1: its pieces are chunks. In 1.0 the connection's end is the body's.
bool sends_chunks(const Response& response, const Framing& framing) noexcept;
/// The handler asked for the end of the connection.
bool wants_close(const Response& response) noexcept;

/// Adds the status line, the fields and the blank line. The engine's own fields (Date, Content-Length,
/// Transfer-Encoding, Connection) win over the handler's; a field that could not be read back as one field (a CR in
/// its value) is left out.
void append_head(std::string& out, const Response& response, const Framing& framing, std::string_view date);

/// What stands before a chunk's bytes; CR LF stands behind them.
std::string chunk_head(std::size_t size);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), without the locale.
std::string format_date(std::int64_t unix_seconds);

}  // namespace netweave::http
