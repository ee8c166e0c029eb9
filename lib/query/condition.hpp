#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"
#include "netweave/value.hpp"

#include "base/time.hpp"

/// What a filter of any grammar asks of an object's values, and how values compare.
namespace netweave::query {

/// The members to step into, outermost first.
using Path = std::vector<std::string>;

/// One value as it is compared and sorted: numbers before text before booleans.
struct Scalar {
  enum class Type : std::uint8_t { number, text, boolean, absent };
  Type type = Type::absent;
  double number = 0;  ///< a boolean's 1 or 0 as well
  std::string text;

  /// Absent for null, an array, an object.
  static Scalar of(const Value& value);
  [[nodiscard]] Value to_value() const;
};

/// Below 0, 0 or above, in the direction asked for; what is absent is last in both.
int compare(const Scalar& a, const Scalar& b, bool descending) noexcept;

/// What a condition compares with: text, and what else that text can be read as.
struct Operand {
  Operand(std::string given);
  Operand(std::string_view given) : Operand(std::string(given)) {}
  Operand(const char* given) : Operand(std::string(given)) {}

  std::string text;
  std::optional<double> number;
  std::optional<Millis> time;
  std::optional<bool> boolean;
};

enum class Test : std::uint8_t {
  any_of,   ///< equal to one of the operands
  none_of,  ///< equal to none
  greater,
  greater_equal,
  less,
  less_equal,
  contains,      ///< text that holds one of the operands
  not_contains,  ///< holds none
  regex,         ///< text in which the pattern is found
  prefix         ///< text that begins with one of the operands
};

/// Which object a condition looks at: the listed one, or what it stands in.
enum class Subject : std::uint8_t { self, pool, type };

/// A pattern of RE2, whose time is linear in its input.
class Regex {
 public:
  /// `invalid` with what is wrong with the pattern.
  static Result<std::shared_ptr<const Regex>> make(const std::string& pattern);
  /// Whether it is found anywhere in the text.
  [[nodiscard]] bool found_in(std::string_view text) const;
  ~Regex();

 private:
  Regex();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Another wire family's values, made of the stored ones at a condition's path.
using Reading = std::function<std::vector<Scalar>(std::span<const Scalar>)>;

struct Condition {
  std::string parameter = {};  ///< of the request, that it came from; empty: the path sets it
  Subject subject = Subject::self;
  Path path;
  Test test = Test::any_of;
  std::vector<Operand> operands;
  std::shared_ptr<const Regex> regex = {};      ///< of `regex` alone; operands hold its text
  std::shared_ptr<const Reading> reading = {};  ///< what the test is asked of; nullptr: the stored values themselves

  /// Whether it holds where there is no value, and of values when it holds of none of them.
  [[nodiscard]] bool negative() const noexcept { return test == Test::none_of || test == Test::not_contains; }
};

/// Whether a condition holds of the values at its path: a number with a number as a number, an RFC 3339 time with a
/// time as a time, a boolean with true or false, all else as bytes. One value is enough, for a negative test none may.
bool meets(const Condition& condition, std::span<const Scalar> values);
/// The same of an object.
bool meets(const Condition& condition, const Value& object);

/// The values at a path, stepping into the objects of arrays; calls `each` for every value found.
template <class Each>
void at_path(const Value& value, const Path& path, std::size_t at, Each&& each) {
  if (value.is_array()) {
    for (const Value& item : value.as_array()) at_path(item, path, at, each);
  } else if (at == path.size()) {
    each(value);
  } else if (const Value* member = value.find(path[at])) {
    at_path(*member, path, at + 1, each);
  }
}

/// What an object is sorted by: the first value at the path.
Scalar first_at(const Value& object, const Path& path);

}  // namespace netweave::query
