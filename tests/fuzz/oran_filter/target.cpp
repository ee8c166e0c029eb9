#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "query/oran_filter.hpp"

namespace {

using namespace netweave;
using namespace netweave::query;

void check(bool holds) {
  if (!holds) std::abort();
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

const char* operator_of(const Condition& condition) {
  switch (condition.test) {
    case Test::any_of:
      return "in";
    case Test::none_of:
      return "nin";
    case Test::greater:
      return "gt";
    case Test::greater_equal:
      return "gte";
    case Test::less:
      return "lt";
    case Test::less_equal:
      return "lte";
    case Test::contains:
      return "cont";
    default:
      return "ncont";
  }
}

/// The same filter with everything in quotes.
std::string written(const std::vector<Condition>& conditions) {
  std::string text;
  for (const Condition& condition : conditions) {
    text += std::string(text.empty() ? "" : ";") + "(" + operator_of(condition) + ",";
    for (const std::string& segment : condition.path)
      text += (&segment == condition.path.data() ? "" : "/") + quoted(segment);
    for (const Operand& operand : condition.operands) text += "," + quoted(operand.text);
    text += ")";
  }
  return text;
}

bool same(const std::vector<Condition>& a, const std::vector<Condition>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].test != b[i].test || a[i].path != b[i].path || a[i].operands.size() != b[i].operands.size()) return false;
    for (std::size_t j = 0; j < a[i].operands.size(); ++j)
      if (a[i].operands[j].text != b[i].operands[j].text) return false;
  }
  return true;
}

}  // namespace

/// A filter gives conditions or one fault, never both nor neither; written anew, it gives the same conditions.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Value object = Value::parse(R"({"name":"a","extensions":{"a":[{"b":1},{"b":"x"}],"n":null}})").value();
  std::vector<Fault> faults;
  auto conditions = parse_oran_filter(std::string_view(reinterpret_cast<const char*>(data), size), faults);
  check(conditions.empty() == (faults.size() == 1));
  for (const Condition& condition : conditions) {
    check(!condition.path.empty() && !condition.operands.empty());
    (void)meets(condition, object);
  }
  if (conditions.empty()) return 0;
  std::vector<Fault> none;
  check(same(parse_oran_filter(written(conditions), none), conditions) && none.empty());
  return 0;
}
