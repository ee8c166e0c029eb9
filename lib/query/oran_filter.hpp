#pragma once

#include <string_view>
#include <vector>

#include "netweave/result.hpp"

#include "query/condition.hpp"

namespace netweave::query {

/// Reads a filter in the grammar of ETSI GS NFV-SOL 013 clause 5.2.2: `(op,path,value[,value...])`, joined by `;`, all
/// of which must hold; op is eq, neq, gt, gte, lt, lte, in, nin, cont or ncont; segments of a path are joined by `/`.
/// A segment or a value may stand in single quotes, a quote inside doubled; a value must where it holds a comma, a
/// parenthesis, a semicolon or a quote. Blanks around the parts and a semicolon at the end are tolerated.
///
/// The conditions' paths are as written: whether there are such attributes is for who knows them. Text that can't be
/// read adds one fault, of the parameter `filter`, that says at which character, and gives nothing.
std::vector<Condition> parse_oran_filter(std::string_view text, std::vector<Fault>& faults);

/// A path as this grammar writes it, but for quotes.
std::string oran_path(const Path& path);

}  // namespace netweave::query
