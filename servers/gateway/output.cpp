#include "output.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>

#include "netweave/value.hpp"

namespace netweave::gateway {
namespace {

int rank(std::string_view level) noexcept {
  constexpr std::array<std::string_view, 5> levels = {"trace", "debug", "info", "warn", "error"};
  for (std::size_t i = 0; i < levels.size(); ++i)
    if (levels[i] == level) return static_cast<int>(i);
  return 2;
}

std::string now() {
  auto time = std::chrono::system_clock::now();
  auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &parts);
  std::string fraction = std::to_string(1000 + millis).substr(1);
  return std::string(text.data(), length) + fraction + "Z";
}

bool is_stream(std::string_view path) { return path == "stderr" || path == "stdout"; }

Error not_opened(const std::string& path) {
  return make_error(ErrorKind::unavailable, "the log \"" + path + "\" can't be opened: " + std::strerror(errno));
}

}  // namespace

Output::Output(const LoggingConfig& config)
    : path_(config.output), json_(config.format == LogFormat::json), level_(rank(config.level)) {}

Output::~Output() {
  if (file_ && !is_stream(path_)) std::fclose(file_);
}

Result<std::unique_ptr<Output>> Output::open(const LoggingConfig& config) {
  std::unique_ptr<Output> output(new Output(config));
  if (is_stream(config.output)) {
    output->file_ = config.output == "stderr" ? stderr : stdout;
  } else if (auto opened = output->reopen(); !opened) {
    return std::move(opened).error();
  }
  return output;
}

Result<void> Output::reopen() {
  if (is_stream(path_)) return {};
  std::FILE* fresh = std::fopen(path_.c_str(), "ae");
  if (!fresh) return not_opened(path_);
  std::lock_guard lock(mutex_);
  if (file_) std::fclose(file_);
  file_ = fresh;
  return {};
}

void Output::set_level(std::string_view level) noexcept { level_.store(rank(level), std::memory_order_relaxed); }

void Output::line(std::string_view level, std::string_view line) {
  if (rank(level) >= level_.load(std::memory_order_relaxed)) write(line);
}

void Output::say(std::string_view level, std::string_view message) {
  if (rank(level) < level_.load(std::memory_order_relaxed)) return;
  if (!json_)
    return write(now() + " " + std::string(level) + std::string(6 - level.size(), ' ') + std::string(message));
  Value line = Value::object();
  line["ts"] = now();
  line["level"] = level;
  line["msg"] = message;
  write(line.to_json());
}

void Output::write(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  std::lock_guard lock(mutex_);
  std::fwrite(whole.data(), 1, whole.size(), file_);
  std::fflush(file_);
}

}  // namespace netweave::gateway
