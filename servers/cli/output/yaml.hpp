#pragma once

#include <string>
#include <string_view>

#include "netweave/value.hpp"

namespace netweave::cli {

/// Block YAML that reads back as the same value: text that would be read otherwise stands in double quotes. Ends with a
/// line end. `indent`: blanks before each line.
std::string to_yaml(const Value& value, std::size_t indent = 0);

/// A scalar as it stands in YAML.
std::string yaml_scalar(const Value& value);

/// JSON over several lines, four blanks a level, without a line end; lines but the first begin with `indent` blanks.
std::string to_pretty_json(const Value& value, std::size_t indent = 0);

}  // namespace netweave::cli
