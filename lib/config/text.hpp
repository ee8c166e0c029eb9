#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/value.hpp"

/// How values are written in a configuration, and how names are compared.
namespace netweave::config {

/// "500ms", "10s", "5m", "24h", "14d", "1h30m", and "0"; milliseconds. nullopt: none of these, or over 100 years.
std::optional<std::int64_t> parse_duration(std::string_view text) noexcept;
/// In the largest unit up to hours that leaves no rest.
std::string format_duration(std::int64_t millis);

/// Decimal digits, perhaps after a minus.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

/// What a plain scalar of the free-form section means: null, true, false, a number, or text. Digits behind a zero
/// are text, since they are an identifier or an octal number and never a decimal one.
Value plain_value(std::string_view text);

/// "a, b,c" without the space around the commas; "" is no items.
std::vector<std::string> split_list(std::string_view text);
/// The words of "a|b|c".
std::vector<std::string_view> split_choices(std::string_view choices);

/// "SERVER_PORT" for "server.port".
std::string upper_name(std::string_view path);
std::string lower(std::string_view text);

/// The candidate that a person most likely meant by `written`; empty where none is near.
std::string_view nearest(std::string_view written, std::span<const std::string_view> candidates);

/// Names whose values are never printed: they end in key, secret, password, passphrase, token, credential(s).
bool names_secret(std::string_view name);
/// The text without what only its reader may know: a URL's user and password, a private key.
std::string without_secrets(std::string_view text);

}  // namespace netweave::config
