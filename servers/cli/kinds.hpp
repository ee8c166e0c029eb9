#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"
#include "netweave/value.hpp"

namespace netweave::cli {

enum class Cell {
  text,    ///< a scalar; lists joined by commas
  age,     ///< since that RFC 3339 time
  labels,  ///< an object as k=v,k2=v2
  json     ///< compact JSON
};

struct Column {
  std::string_view header;
  std::string_view path;  ///< dotted; steps into the objects of an array
  bool wide = false;      ///< shown by -o wide alone
  Cell cell = Cell::text;
  std::string_view absent = "<none>";
};

/// A kind of the API as the client knows it: data, so that a new kind is a row.
struct Kind {
  std::string_view name;       ///< "ResourcePool": the member `kind` of a document
  std::string_view path;       ///< "resourcePools", below the version
  std::string_view id;         ///< "resourcePoolId"; empty for what there is one of
  std::string_view shorts;     ///< what else people call it, separated by blanks
  std::string_view read_only;  ///< members that an answer has and a request must not, separated by blanks
  std::string_view exact;      ///< members that v1 filters by for equality, separated by blanks
  std::span<const Column> columns;
  int since = 1;       ///< the version of the API that brought it
  bool put = false;    ///< changed by PUT alone: a patch is read, merged, put
  bool labels = true;  ///< v1 has `labels` for it

  [[nodiscard]] bool single() const noexcept { return id.empty(); }
  /// "resourcepool", as in "resourcepool/pool-1".
  [[nodiscard]] std::string lower_name() const;
  /// "resourcepool/pool-1"; the name alone where there is one.
  [[nodiscard]] std::string reference(const Value& object) const;
  [[nodiscard]] std::string reference_to(std::string_view object_id) const;
};

std::span<const Kind> kinds() noexcept;

/// The kind that a person means: singular, plural, kebab or snake case, any capitals, or a short name. Errors:
/// `invalid`, with what is near and what there is.
Result<const Kind*> find_kind(std::string_view word);

/// What is at a dotted path, each value of it; arrays on the way are stepped into.
Value::Array values_at(const Value& object, std::string_view path);

/// A column's text for that object, not yet made printable. `now`: milliseconds since the epoch.
std::string cell_text(const Column& column, const Value& object, std::int64_t now);

/// The words of a text separated by blanks.
std::vector<std::string_view> words_of(std::string_view text);

}  // namespace netweave::cli
