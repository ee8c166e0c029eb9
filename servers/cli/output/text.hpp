#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace netweave::cli {

/// The text with control characters as \n, \t or \xNN, so that what a server says can't move a terminal's cursor.
/// `lines` keeps line ends. Bytes from 0x80 on stay as they are, but for C1 controls (U+0080 to U+009F).
std::string printable(std::string_view text, bool lines = false);

/// How many columns a terminal gives to UTF-8 text: two for East Asian wide characters and emoji, none for combining
/// marks. A byte that is no UTF-8 counts as one.
std::size_t display_width(std::string_view text) noexcept;

/// A span as kubectl writes ages: "45s", "5m30s", "25m", "5h10m", "30h", "3d4h", "40d", "3y40d", "12y". Negative ones
/// of up to two seconds (clocks differ) are "0s", larger ones "<invalid>".
std::string format_age(std::chrono::seconds age);

/// "resourcePoolId" as "Resource Pool ID".
std::string title_of(std::string_view member);

/// 12345 as "12,345".
std::string grouped(std::size_t number);

}  // namespace netweave::cli
