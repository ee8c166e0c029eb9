#pragma once

#include <string>
#include <string_view>

/// What JSON glue is needed beside netweave::Value. RapidJSON appears in json.cpp alone.
namespace netweave {

/// Adds `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
void append_json_text(std::string& out, std::string_view text);
/// Adds a number in its shortest form that reads back equal.
void append_json_number(std::string& out, double number);

bool valid_utf8(std::string_view text) noexcept;

}  // namespace netweave
