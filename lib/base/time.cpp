#include "base/time.hpp"

#include <fmt/format.h>

namespace netweave {
namespace {

constexpr Millis day_millis = 86400000;

/// Reads `count` digits at `at`; moves `at` behind them; -1 where there is something else.
int digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    char c = text[at + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  at += count;
  return value;
}

bool letter(std::string_view text, std::size_t& at, std::string_view any_of) {
  if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
  ++at;
  return true;
}

/// The offset at the end of a date-time, in minutes.
std::optional<int> offset_minutes(std::string_view text, std::size_t& at) {
  if (letter(text, at, "zZ")) return 0;
  bool minus = at < text.size() && text[at] == '-';
  if (!letter(text, at, "+-")) return std::nullopt;
  int hours = digits(text, at, 2);
  if (hours < 0 || hours > 23 || !letter(text, at, ":")) return std::nullopt;
  int minutes = digits(text, at, 2);
  if (minutes < 0 || minutes > 59) return std::nullopt;
  return (minus ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

Millis to_millis(std::chrono::system_clock::time_point time) noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::string format_rfc3339(Millis time) {
  using namespace std::chrono;
  sys_time<milliseconds> point{milliseconds(time)};
  auto day = floor<days>(point);
  year_month_day date(day);
  hh_mm_ss<milliseconds> clock(point - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::optional<Millis> parse_rfc3339(std::string_view text) noexcept {
  using namespace std::chrono;
  std::size_t at = 0;
  int y = digits(text, at, 4);
  if (y < 0 || !letter(text, at, "-")) return std::nullopt;
  int mo = digits(text, at, 2);
  if (mo < 1 || !letter(text, at, "-")) return std::nullopt;
  int d = digits(text, at, 2);
  if (d < 1 || !letter(text, at, "Tt ")) return std::nullopt;
  int h = digits(text, at, 2);
  if (h < 0 || h > 23 || !letter(text, at, ":")) return std::nullopt;
  int mi = digits(text, at, 2);
  if (mi < 0 || mi > 59 || !letter(text, at, ":")) return std::nullopt;
  int s = digits(text, at, 2);
  if (s < 0 || s > 60) return std::nullopt;
  Millis fraction = 0;
  if (letter(text, at, ".")) {
    std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      if (at - begin < 3) fraction = fraction * 10 + (text[at] - '0');
      ++at;
    }
    if (at == begin) return std::nullopt;
    for (std::size_t i = at - begin; i < 3; ++i) fraction *= 10;
  }
  auto offset = offset_minutes(text, at);
  year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (!offset || at != text.size() || !date.ok()) return std::nullopt;
  Millis days_since = sys_days(date).time_since_epoch().count();
  return days_since * day_millis + ((h * 60 + mi - *offset) * 60LL + s) * 1000 + fraction;
}

}  // namespace netweave
