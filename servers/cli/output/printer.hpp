#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"

#include "kinds.hpp"

namespace netweave::cli {

enum class Format { table, wide, json, yaml, name };

/// The values of -o, as the flag's type.
inline constexpr std::string_view formats = "table|wide|json|yaml|name";
Result<Format> find_format(std::string_view word);

struct Layout {
  Format format = Format::table;
  bool header = true;
  bool list = true;                        ///< several objects may come; false: one, printed by itself
  bool prefixed = false;                   ///< ids as kind/id, where several kinds are shown
  bool labels = false;                     ///< a column of all labels
  std::vector<std::string> label_columns;  ///< a column for each of these labels
};

/// Prints objects as they come. `write` gets text that is ready for standard output. One thread.
class Printer {
 public:
  using Write = std::function<void(std::string_view)>;
  virtual ~Printer() = default;
  virtual void object(const Kind& kind, const Value& object) = 0;
  /// Prints a change: "ADDED", "MODIFIED", "DELETED".
  virtual void event(std::string_view event, const Kind& kind, const Value& object) = 0;
  /// What was held back for alignment.
  virtual void flush() = 0;
  /// After the last object.
  virtual void end() = 0;
};

/// `colour`: events are coloured.
std::unique_ptr<Printer> make_printer(const Layout& layout, bool colour, Printer::Write write);

/// The object with its kind in front, as -o json and -o yaml show it and create -f takes it.
Value with_kind(const Kind& kind, const Value& object);

}  // namespace netweave::cli
