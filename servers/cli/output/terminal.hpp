#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace netweave::cli {

/// What the standard streams are.
struct Terminal {
  bool output = false;  ///< standard output is a terminal
  bool errors = false;  ///< standard error is one that can draw
  bool colour = false;  ///< standard output may be coloured: a terminal, without NO_COLOR and TERM=dumb

  static Terminal detect();
};

/// The text in the colour of that name (green, yellow, red), where `colour` allows it.
std::string coloured(std::string_view text, std::string_view name, bool colour);

/// A line on standard error that says how far something is. Drawn only on a terminal, not within the first half second,
/// and gone when this ends: nothing of it stays in what is piped or scrolled. One thread.
class Progress {
 public:
  Progress(const Terminal& terminal, std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `total` 0: not known, the time that has passed is shown instead.
  void show(std::size_t done, std::size_t total);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool active_;
  bool drawn_ = false;
  std::string what_;
  Clock::time_point begin_;
  Clock::time_point last_;
};

/// The line that Progress draws: "resources  [=====>    ]  500/1,000  50%".
std::string progress_line(std::string_view what, std::size_t done, std::size_t total, std::chrono::seconds passed);

}  // namespace netweave::cli
