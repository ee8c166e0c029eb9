#include "query/condition.hpp"

#include <algorithm>
#include <charconv>

#include <re2/re2.h>

namespace netweave::query {
namespace {

std::optional<double> read_number(std::string_view text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool plain = !text.empty() && (text.front() == '-' || (text.front() >= '0' && text.front() <= '9'));
  if (!plain || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// How a value stands to an operand; nullopt where they are of different types.
std::optional<int> order(const Scalar& value, const Operand& operand) {
  auto side = [](auto a, auto b) { return a < b ? -1 : a > b ? 1 : 0; };
  switch (value.type) {
    case Scalar::Type::number:
      return operand.number ? std::optional(side(value.number, *operand.number)) : std::nullopt;
    case Scalar::Type::boolean:
      return operand.boolean ? std::optional(side(value.number != 0, *operand.boolean)) : std::nullopt;
    case Scalar::Type::text:
      if (operand.time)
        if (auto time = parse_rfc3339(value.text)) return side(*time, *operand.time);
      return side(value.text.compare(operand.text), 0);
    default:
      return std::nullopt;
  }
}

bool text_test(const Condition& condition, const std::string& text) {
  if (condition.test == Test::regex) return condition.regex && condition.regex->found_in(text);
  return std::any_of(condition.operands.begin(), condition.operands.end(), [&](const Operand& operand) {
    return condition.test == Test::prefix ? text.starts_with(operand.text)
                                          : text.find(operand.text) != std::string::npos;
  });
}

/// What the negative tests deny.
bool holds(const Condition& condition, const Scalar& value) {
  auto any = [&](auto&& fits) {
    return std::any_of(condition.operands.begin(), condition.operands.end(), [&](const Operand& operand) {
      auto side = order(value, operand);
      return side && fits(*side);
    });
  };
  switch (condition.test) {
    case Test::any_of:
    case Test::none_of:
      return any([](int side) { return side == 0; });
    case Test::greater:
      return any([](int side) { return side > 0; });
    case Test::greater_equal:
      return any([](int side) { return side >= 0; });
    case Test::less:
      return any([](int side) { return side < 0; });
    case Test::less_equal:
      return any([](int side) { return side <= 0; });
    default:
      return value.type == Scalar::Type::text && text_test(condition, value.text);
  }
}

}  // namespace

Scalar Scalar::of(const Value& value) {
  if (value.is_number()) return {Type::number, value.as_number(), {}};
  if (value.is_text()) return {Type::text, 0, std::string(value.as_text())};
  if (value.is_bool()) return {Type::boolean, value.as_bool() ? 1.0 : 0.0, {}};
  return {};
}

Value Scalar::to_value() const {
  switch (type) {
    case Type::number:
      return number;
    case Type::text:
      return text;
    case Type::boolean:
      return number != 0;
    default:
      return nullptr;
  }
}

int compare(const Scalar& a, const Scalar& b, bool descending) noexcept {
  bool last_a = a.type == Scalar::Type::absent;
  bool last_b = b.type == Scalar::Type::absent;
  if (last_a || last_b) return static_cast<int>(last_a) - static_cast<int>(last_b);
  int side = 0;
  if (a.type != b.type)
    side = a.type < b.type ? -1 : 1;
  else if (a.type == Scalar::Type::text)
    side = a.text.compare(b.text);
  else
    side = a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
  return descending ? -side : side;
}

Operand::Operand(std::string given) : text(std::move(given)), number(read_number(text)), time(parse_rfc3339(text)) {
  if (text == "true" || text == "false") boolean = text == "true";
}

struct Regex::Impl {
  explicit Impl(const std::string& pattern) : re(pattern, options()) {}
  static re2::RE2::Options options() {
    re2::RE2::Options quiet;
    quiet.set_log_errors(false);
    return quiet;
  }
  re2::RE2 re;
};

Regex::Regex() = default;
Regex::~Regex() = default;

Result<std::shared_ptr<const Regex>> Regex::make(const std::string& pattern) {
  auto regex = std::shared_ptr<Regex>(new Regex());
  regex->impl_ = std::make_unique<Impl>(pattern);
  if (!regex->impl_->re.ok()) return make_error(ErrorKind::invalid, regex->impl_->re.error());
  return std::shared_ptr<const Regex>(std::move(regex));
}

bool Regex::found_in(std::string_view text) const {
  return re2::RE2::PartialMatch({text.data(), text.size()}, impl_->re);
}

bool meets(const Condition& condition, std::span<const Scalar> values) {
  std::vector<Scalar> read;
  if (condition.reading) values = read = (*condition.reading)(values);
  bool any = std::any_of(values.begin(), values.end(), [&](const Scalar& value) { return holds(condition, value); });
  return any != condition.negative();
}

bool meets(const Condition& condition, const Value& object) {
  std::vector<Scalar> values;
  at_path(object, condition.path, 0, [&](const Value& value) { values.push_back(Scalar::of(value)); });
  return meets(condition, values);
}

Scalar first_at(const Value& object, const Path& path) {
  Scalar first;
  at_path(object, path, 0, [&](const Value& value) {
    if (first.type == Scalar::Type::absent) first = Scalar::of(value);
  });
  return first;
}

}  // namespace netweave::query
