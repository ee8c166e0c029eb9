#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "netweave/result.hpp"

namespace netweave {

/// A JSON value (RFC 8259): null, boolean, integer, number, text, array, object. Objects keep the order in which
/// members were added and hold each name once. A plain value: copy, move, compare; no thread may write while
/// another reads.
class Value {
 public:
  using Array = std::vector<Value>;
  using Member = std::pair<std::string, Value>;
  using Object = std::vector<Member>;

  Value() noexcept = default;
  Value(std::nullptr_t) noexcept {}
  Value(bool flag) noexcept : data_(flag) {}
  Value(int number) noexcept : data_(static_cast<std::int64_t>(number)) {}
  Value(std::int64_t number) noexcept : data_(number) {}
  Value(double number) noexcept : data_(number) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(std::string text) noexcept : data_(std::move(text)) {}
  Value(Array items) noexcept : data_(std::move(items)) {}
  Value(Object members) noexcept : data_(std::move(members)) {}

  /// An empty object, an empty array.
  static Value object() { return Value(Object{}); }
  static Value array() { return Value(Array{}); }

  /// Reads one JSON text. Errors: `invalid`, with the byte offset; more than 64 levels deep, a repeated member
  /// name, bytes after the value, text that is not UTF-8, and a number out of a double's range are all refused.
  static Result<Value> parse(std::string_view text);

  /// Compact JSON, members in order, UTF-8. `append_json` adds to what `out` holds.
  [[nodiscard]] std::string to_json() const;
  void append_json(std::string& out) const;

  [[nodiscard]] bool is_null() const noexcept { return data_.index() == 0; }
  [[nodiscard]] bool is_bool() const noexcept { return data_.index() == 1; }
  [[nodiscard]] bool is_integer() const noexcept { return data_.index() == 2; }
  [[nodiscard]] bool is_number() const noexcept { return data_.index() == 2 || data_.index() == 3; }
  [[nodiscard]] bool is_text() const noexcept { return data_.index() == 4; }
  [[nodiscard]] bool is_array() const noexcept { return data_.index() == 5; }
  [[nodiscard]] bool is_object() const noexcept { return data_.index() == 6; }

  /// The value if it is of that type, else the fallback (empty text, empty array, empty object).
  [[nodiscard]] bool as_bool(bool fallback = false) const noexcept;
  [[nodiscard]] std::int64_t as_integer(std::int64_t fallback = 0) const noexcept;
  [[nodiscard]] double as_number(double fallback = 0) const noexcept;
  [[nodiscard]] std::string_view as_text(std::string_view fallback = {}) const noexcept;
  [[nodiscard]] const Array& as_array() const noexcept;
  [[nodiscard]] const Object& as_object() const noexcept;

  /// The member, or null where this is no object or has none of that name. `at` never fails: it gives a null Value.
  [[nodiscard]] const Value* find(std::string_view name) const noexcept;
  [[nodiscard]] const Value& at(std::string_view name) const noexcept;

  /// The member, made if need be; a value that is not an object becomes an empty one first.
  Value& operator[](std::string_view name);
  /// Adds a member that is known to be new, without the search: for building large objects.
  Value& add(std::string name, Value value);
  /// Adds an item; a value that is not an array becomes an empty one first.
  Value& push_back(Value item);
  /// Removes a member; false where there was none.
  bool erase(std::string_view name);

  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;

  /// JSON equality: objects compare as sets of members, 1 equals 1.0.
  friend bool operator==(const Value& a, const Value& b) noexcept { return a.equals(b); }

 private:
  [[nodiscard]] bool equals(const Value& other) const noexcept;

  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

/// Applies a JSON merge patch (RFC 7396): members of the patch replace, null removes.
void merge_patch(Value& target, const Value& patch);

}  // namespace netweave
