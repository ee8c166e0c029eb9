#pragma once

#include <string>

#include "netweave/value.hpp"

#include "python.hpp"

namespace netweave::python {

/// UTF-8 of a str. Raises TypeError for anything else, UnicodeEncodeError for lone surrogates.
std::string utf8(py::handle object);

/// dict, list, str, int, float, bool, None.
py::object to_python(const Value& value);

/// The other way; tuples are lists. Raises TypeError with the path of what JSON has not (a set, a key that is no str),
/// ValueError for numbers that JSON has not, and for more than 64 levels.
Value to_value(py::handle object, const std::string& path = {}, int depth = 0);

}  // namespace netweave::python
