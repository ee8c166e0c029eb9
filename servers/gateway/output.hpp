#pragma once

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "netweave/config.hpp"

namespace netweave::gateway {

/// Where the program's log goes: the library's lines and the shell's own, one writer for both. Any thread.
class Output {
 public:
  /// Opens what `logging.output` names. Errors: `unavailable`.
  static Result<std::unique_ptr<Output>> open(const LoggingConfig& config);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// A finished line of the library's.
  void line(std::string_view level, std::string_view line);
  /// The shell's own words, in the configured format.
  void say(std::string_view level, std::string_view message);

  /// What is less than `level` is left out from now on.
  void set_level(std::string_view level) noexcept;
  /// Opens the file anew, for rotation; no effect on stderr and stdout. Errors: `unavailable`; the old file stays.
  Result<void> reopen();

 private:
  explicit Output(const LoggingConfig& config);
  void write(std::string_view line);

  std::string path_;
  bool json_;
  std::atomic<int> level_;
  std::mutex mutex_;
  std::FILE* file_ = nullptr;  ///< guarded by mutex_
};

}  // namespace netweave::gateway
