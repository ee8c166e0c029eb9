#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "netweave/result.hpp"

namespace netweave {

enum class LogLevel { trace, debug, info, warn, error };

std::string_view to_string(LogLevel level) noexcept;
/// nullptr-like: false where `name` is none of the five.
bool parse_log_level(std::string_view name, LogLevel& level) noexcept;

struct LogField {
  std::string_view name;
  std::string value;
};

/// The log of one gateway; copies share one sink. Any thread. A line is one JSON object (ts, level, msg, the fields)
/// or a line for people. Secrets and bodies are never given to it.
class Log {
 public:
  using Sink = std::function<void(std::string_view level, std::string_view line)>;

  /// Logs nothing.
  Log() = default;
  /// Lines go to `sink`.
  static Log to_sink(Sink sink, LogLevel level, bool json);
  /// `output` is stderr, stdout or a file's path. Errors: `unavailable` where the file can't be opened.
  static Result<Log> to_output(const std::string& output, LogLevel level, bool json);

  [[nodiscard]] bool enabled(LogLevel level) const noexcept;
  void set_level(LogLevel level) const noexcept;
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {}) const;

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::info, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::warn, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::error, message, fields);
  }

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace netweave
