#include "query/oran_filter.hpp"

#include <algorithm>
#include <array>

namespace netweave::query {
namespace {

struct OranOperator {
  std::string_view name;
  Test test;
  bool several = false;  ///< takes more than one value
};

constexpr std::array oran_operators = {
    OranOperator{"eq", Test::any_of},
    OranOperator{"neq", Test::none_of},
    OranOperator{"gt", Test::greater},
    OranOperator{"gte", Test::greater_equal},
    OranOperator{"lt", Test::less},
    OranOperator{"lte", Test::less_equal},
    OranOperator{"in", Test::any_of, true},
    OranOperator{"nin", Test::none_of, true},
    OranOperator{"cont", Test::contains, true},
    OranOperator{"ncont", Test::not_contains, true},
};

constexpr std::string_view ends_name = "/,()';";
constexpr std::string_view ends_value = ",()';";

std::size_t characters(std::string_view text) {
  auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

/// Whole characters of at most so many bytes.
std::string_view begin_of(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U) --most;
  return text.substr(0, most);
}

class FilterReader {
 public:
  explicit FilterReader(std::string_view text) : text_(text) {}

  /// False where it can't be read: `reason` says why.
  bool run(std::vector<Condition>& conditions) {
    do {
      if (!condition(conditions.emplace_back())) return false;
      blanks();
      if (at_end()) return true;
      if (!take(';')) return expected("; or the end");
      blanks();
    } while (!at_end());
    return true;
  }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  bool condition(Condition& into) {
    into.parameter = "filter";
    blanks();
    if (!take('(')) return expected("( of (op,path,value)");
    blanks();
    std::size_t begin = at_;
    const OranOperator* op = find_operator(plain(ends_name));
    if (op == nullptr) return fail(begin, "expected one of eq, neq, gt, gte, lt, lte, in, nin, cont, ncont");
    into.test = op->test;
    if (!take(',')) return expected(", and a path");
    if (!path(into.path)) return false;
    if (!take(',')) return expected(", and a value");
    do {
      std::size_t value = at_;
      if (!op->several && !into.operands.empty())
        return fail(value, std::string(op->name) + " takes one value; one that holds a comma stands in single quotes");
      if (!operand(into.operands)) return false;
    } while (take(','));
    return take(')') || expected(") or , (a value that holds such a character stands in single quotes)");
  }

  bool path(Path& into) {
    do {
      blanks();
      std::size_t begin = at_;
      if (peek() == '\'') {
        if (!quoted(into.emplace_back())) return false;
      } else {
        into.emplace_back(plain(ends_name));
      }
      if (into.back().empty()) return fail(begin, "expected an attribute's name");
      blanks();
    } while (take('/'));
    return true;
  }

  bool operand(std::vector<Operand>& into) {
    blanks();
    std::string text;
    if (peek() == '\'') {
      if (!quoted(text)) return false;
      blanks();
    } else {
      text = plain(ends_value);
      if (text.empty()) return expected("a value ('' is the empty one)");
    }
    into.emplace_back(std::move(text));
    return true;
  }

  /// Text between quotes, one inside doubled.
  bool quoted(std::string& into) {
    std::size_t begin = at_++;
    while (!at_end()) {
      char c = text_[at_++];
      if (c == '\'' && peek() != '\'') return true;
      if (c == '\'') ++at_;
      into += c;
    }
    return fail(begin, "this quote is not closed");
  }

  /// Text up to one of those characters, without the blanks before it.
  std::string_view plain(std::string_view ends) {
    std::size_t end = std::min(text_.find_first_of(ends, at_), text_.size());
    std::string_view text = text_.substr(at_, end - at_);
    at_ = end;
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
  }

  static const OranOperator* find_operator(std::string_view name) {
    const auto* found = std::find_if(oran_operators.begin(), oran_operators.end(),
                                     [&](const OranOperator& op) { return op.name == name; });
    return found == oran_operators.end() ? nullptr : found;
  }

  static bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
  void blanks() noexcept {
    while (!at_end() && is_blank(text_[at_])) ++at_;
  }
  [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
  [[nodiscard]] char peek() const noexcept { return at_end() ? '\0' : text_[at_]; }
  bool take(char c) noexcept {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool expected(const std::string& what) { return fail(at_, "expected " + what); }
  bool fail(std::size_t at, const std::string& what) {
    reason_ = at >= text_.size() ? std::string("at its end: ")
                                 : "at character " + std::to_string(characters(text_.substr(0, at)) + 1) + ", before " +
                                       std::string(begin_of(text_.substr(at), 20)) + ": ";
    reason_ += what;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string reason_;
};

}  // namespace

std::vector<Condition> parse_oran_filter(std::string_view text, std::vector<Fault>& faults) {
  std::vector<Condition> conditions;
  FilterReader reader(text);
  if (reader.run(conditions)) return conditions;
  faults.push_back({"filter", reader.reason()});
  return {};
}

std::string oran_path(const Path& path) {
  std::string text;
  for (const std::string& segment : path) text += (text.empty() ? "" : "/") + segment;
  return text;
}

}  // namespace netweave::query
