#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/http/message.hpp"

#include "http/parser.hpp"

namespace netweave::http {

/// HTTP/2 of one connection (RFC 9113) from bytes to bytes, without sockets or clocks but one for floods: nghttp2,
/// which h2_session.cpp alone includes. Give what came to `feed`, do what `events` say, send what `pull` gives. One
/// thread.
class H2Session {
 public:
  struct Event {
    enum class Kind {
      opened,   ///< a request has begun
      headers,  ///< its header is whole, a body is to come
      request,  ///< it is whole: `take`
      refused,  ///< it will not be read on: answer `refusal`
      hungry,   ///< its answer's stream is asked for more: `more`
      closed    ///< both sides are through with it, or one broke it off: the stream is unknown from now on
    };
    Kind kind;
    std::int32_t stream;
  };

  explicit H2Session(const ParserLimits& limits);
  ~H2Session();

  /// Takes all of it.
  void feed(std::string_view bytes);
  /// What has happened since the last call. May be more after `feed`, `pull`, `respond` and `reset`.
  std::vector<Event> events();
  /// The next bytes to send; empty: none for now. Valid until the next call of anything.
  std::string_view pull();
  /// Nothing more will come of this connection, once all is sent.
  [[nodiscard]] bool over() const;

  /// What is known of the request so far.
  [[nodiscard]] const Request& request(std::int32_t stream) const;
  Request take(std::int32_t stream);
  [[nodiscard]] Refusal refusal(std::int32_t stream) const;
  /// Bytes of the answer's body that were given to `pull`: whether it makes progress.
  [[nodiscard]] std::size_t sent(std::int32_t stream) const;
  void respond(std::int32_t stream, Response response, std::string_view date);
  [[nodiscard]] BodyStream* body(std::int32_t stream) const;
  /// The answer's stream has more; nullopt: it has ended.
  void more(std::int32_t stream, std::optional<std::string> bytes);
  /// Breaks it off.
  void reset(std::int32_t stream);
  /// No new streams: first a notice, for those that are on their way; then for good (RFC 9113, 6.8).
  void shut(bool for_good);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netweave::http
