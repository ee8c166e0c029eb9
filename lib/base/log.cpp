#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/json.hpp"
#include "base/time.hpp"

namespace netweave {
namespace {

constexpr std::array<std::string_view, 5> level_names = {"trace", "debug", "info", "warn", "error"};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  constexpr std::array map = {spdlog::level::trace, spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                              spdlog::level::err};
  return map.at(static_cast<std::size_t>(level));
}

std::string now() { return format_rfc3339(to_millis(std::chrono::system_clock::now())); }

std::string json_line(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = R"({"ts":")" + now() + R"(","level":")";
  line += to_string(level);
  line += R"(","msg":)";
  append_json_text(line, message);
  for (const LogField& field : fields) {
    line += ',';
    append_json_text(line, field.name);
    line += ':';
    append_json_text(line, field.value);
  }
  return line += '}';
}

std::string console_line(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line = now();
  line += ' ';
  line += to_string(level);
  line.append(6 - to_string(level).size(), ' ');
  line += message;
  for (const LogField& field : fields) {
    line.append(" ").append(field.name).append("=");
    if (field.value.find_first_of(" \"\n\t") == std::string::npos)
      line += field.value;
    else
      append_json_text(line, field.value);
  }
  std::replace(line.begin(), line.end(), '\n', ' ');  // one event is one line, whatever a backend said
  return line;
}

}  // namespace

struct Log::Shared {
  std::atomic<LogLevel> level;
  bool json;
  Sink sink;
  std::unique_ptr<spdlog::logger> logger;  // ours alone: spdlog's registry is the embedder's
};

std::string_view to_string(LogLevel level) noexcept { return level_names[static_cast<std::size_t>(level)]; }

bool parse_log_level(std::string_view name, LogLevel& level) noexcept {
  auto place = std::find(level_names.begin(), level_names.end(), name);
  if (place == level_names.end()) return false;
  level = static_cast<LogLevel>(place - level_names.begin());
  return true;
}

Log Log::to_sink(Sink sink, LogLevel level, bool json) {
  Log log;
  log.shared_ = std::make_shared<Shared>();
  log.shared_->level = level;
  log.shared_->json = json;
  log.shared_->sink = std::move(sink);
  return log;
}

Result<Log> Log::to_output(const std::string& output, LogLevel level, bool json) {
  Log log = to_sink({}, level, json);
  try {
    spdlog::sink_ptr sink;
    if (output == "stderr")
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else if (output == "stdout")
      sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
    else
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(output);
    auto logger = std::make_unique<spdlog::logger>("netweave", std::move(sink));
    logger->set_level(spdlog::level::trace);
    logger->set_pattern("%v");
    logger->flush_on(spdlog::level::trace);
    log.shared_->logger = std::move(logger);
  } catch (const spdlog::spdlog_ex& failure) {
    return make_error(ErrorKind::unavailable, std::string("the log can't be opened: ") + failure.what());
  }
  return log;
}

bool Log::enabled(LogLevel level) const noexcept {
  return shared_ && level >= shared_->level.load(std::memory_order_relaxed);
}

void Log::set_level(LogLevel level) const noexcept {
  if (shared_) shared_->level.store(level, std::memory_order_relaxed);
}

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const {
  if (!enabled(level)) return;
  std::string line = shared_->json ? json_line(level, message, fields) : console_line(level, message, fields);
  if (shared_->sink)
    shared_->sink(to_string(level), line);
  else
    shared_->logger->log(to_spdlog(level), line);
}

}  // namespace netweave
