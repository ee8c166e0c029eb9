#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netweave::query {

/// Percent-decodes (RFC 3986); with `plus`, + is a space, as in a query. nullopt: a broken escape, or bytes that are
/// not UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus = false);
std::string percent_encode(std::string_view text);

/// A query string's parameters, in order, repeats kept.
class Parameters {
 public:
  using Item = std::pair<std::string, std::string>;

  /// nullopt: a broken escape, or more than 200 parameters.
  static std::optional<Parameters> parse(std::string_view query);

  [[nodiscard]] const std::vector<Item>& items() const noexcept { return items_; }
  /// The first of that name; nullptr where there is none.
  [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  /// All but those of these names.
  [[nodiscard]] Parameters without(std::span<const std::string_view> names) const;

 private:
  std::vector<Item> items_;
};

}  // namespace netweave::query
