#include "output/terminal.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

#include "output/text.hpp"

namespace netweave::cli {
namespace {

constexpr std::chrono::milliseconds quiet{500};  // what is quicker needs no bar
constexpr std::chrono::milliseconds pace{100};   // between two drawings
constexpr std::size_t bar_width = 30;

bool set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

Terminal Terminal::detect() {
  const char* term = std::getenv("TERM");
  bool dumb = term != nullptr && std::string_view(term) == "dumb";
  Terminal terminal;
  terminal.output = ::isatty(STDOUT_FILENO) == 1;
  terminal.errors = ::isatty(STDERR_FILENO) == 1 && !dumb;
  terminal.colour = terminal.output && !dumb && !set("NO_COLOR");
  return terminal;
}

std::string coloured(std::string_view text, std::string_view name, bool colour) {
  if (!colour) return std::string(text);
  const char* code = name == "green" ? "32" : name == "yellow" ? "33" : "31";
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

Progress::Progress(const Terminal& terminal, std::string what)
    : active_(terminal.errors), what_(std::move(what)), begin_(Clock::now()) {}

Progress::~Progress() { clear(); }

void Progress::show(std::size_t done, std::size_t total) {
  auto now = Clock::now();
  if (!active_ || now - begin_ < quiet || (drawn_ && now - last_ < pace)) return;
  drawn_ = true;
  last_ = now;
  auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - begin_);
  std::fprintf(stderr, "\r\x1b[K%s", progress_line(what_, done, total, passed).c_str());
  std::fflush(stderr);
}

void Progress::clear() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

std::string progress_line(std::string_view what, std::size_t done, std::size_t total, std::chrono::seconds passed) {
  std::string line(what);
  if (total == 0) return line + "  " + format_age(passed);
  done = std::min(done, total);
  std::size_t filled = done * bar_width / total;
  std::string bar(filled, '=');
  if (filled < bar_width) bar += '>';
  bar.resize(bar_width, ' ');
  return line + "  [" + bar + "]  " + grouped(done) + "/" + grouped(total) + "  " + std::to_string(done * 100 / total) +
         "%";
}

}  // namespace netweave::cli
