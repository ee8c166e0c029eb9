#pragma once

#include "model/fields.hpp"
#include "query/selection.hpp"

/// The parts that the grammars share, and what each adds. For this folder alone.
namespace netweave::query {

/// Whether the first segment is a member of the kind, and the path ends in it or steps into an object. Else a fault.
bool check_path(Dialect dialect, const model::Table& table, const Path& path, std::string_view parameter,
                std::vector<Fault>& faults);

/// Reads v1's parameter of that name; false where the kind has none.
bool read_simple(Kind kind, const std::string& name, const std::string& value, Selection& selection,
                 std::vector<Fault>& faults);

/// Reads `field[op]=value`; false where the name has no operator.
bool read_operator(Dialect dialect, Kind kind, const std::string& name, const std::string& value, Selection& selection,
                   std::vector<Fault>& faults);

}  // namespace netweave::query
