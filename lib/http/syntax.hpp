#pragma once

#include <string_view>

/// The character rules of RFC 9110 and RFC 3986 that the engine checks.
namespace netweave::http {

bool is_token_char(char c) noexcept;
bool is_token(std::string_view text) noexcept;
bool is_digits(std::string_view text) noexcept;
bool same_text(std::string_view a, std::string_view b) noexcept;  ///< ASCII, without regard to case
/// What a field value may hold: no control character but the tab.
bool is_field_value(std::string_view text) noexcept;
/// A Host field's value: no user, no path, no list. An empty one is allowed (RFC 9112, 3.2).
bool is_host(std::string_view text) noexcept;
/// Visible ASCII without '#': what a request target is made of, laxer than RFC 3986 about brackets, quotes and bars,
/// which clients send unescaped in queries.
bool is_target(std::string_view text) noexcept;

}  // namespace netweave::http
