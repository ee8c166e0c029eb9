#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace netweave::events {

/// Reads what a server answers to one POST (RFC 9112) from bytes: interim answers (1xx) are passed over, the body is
/// counted and thrown away. Boost.Beast does the reading; its types stay in answer_parser.cpp. One thread at a time.
class AnswerParser {
 public:
  static constexpr std::size_t max_head_bytes = 65536;  ///< with all interim answers
  static constexpr std::size_t max_body_bytes = 65536;

  enum class State {
    head,      ///< the answer's head has not come whole
    body,      ///< it has; the body has not
    complete,  ///< all there is to be read, or as much of the body as is read of any
    refused    ///< no answer: `fault` says why
  };

  AnswerParser();
  ~AnswerParser();
  AnswerParser(AnswerParser&&) noexcept;
  AnswerParser& operator=(AnswerParser&&) noexcept;

  /// Takes all of the bytes, whatever it makes of them.
  void feed(std::string_view bytes);
  /// The connection has ended: a body whose length nobody said is complete by that.
  void end();
  /// Begins the next answer.
  void next();

  [[nodiscard]] State state() const noexcept;
  /// Static text.
  [[nodiscard]] std::string_view fault() const noexcept;
  /// Whether any byte has come.
  [[nodiscard]] bool begun() const noexcept;
  // From the head on
  [[nodiscard]] int status() const noexcept;  ///< 200 to 999
  /// Whether another request may follow on the connection (RFC 9112, 9.3), once complete: nobody can doubt where this
  /// answer ended, and nothing came behind it.
  [[nodiscard]] bool keeps_connection() const noexcept;
  /// Retry-After, seconds or a date (RFC 9110, 10.2.3), as from now on; at most a day.
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netweave::events
