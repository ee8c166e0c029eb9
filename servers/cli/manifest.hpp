#pragma once

#include <string>
#include <vector>

#include "netweave/value.hpp"

#include "kinds.hpp"

namespace netweave::cli {

/// One object that a file describes.
struct Document {
  const Kind* kind = nullptr;
  Value body;         ///< without `kind` and what only an answer has
  std::string where;  ///< "pools.yaml, document 2"

  [[nodiscard]] std::string id() const { return std::string(body.at(kind->id).as_text()); }
};

/// The objects of the files, in order: JSON (one value, or several in a row) or YAML (documents parted by ---), each an
/// object with a `kind`, a list of such, or a List with `items`. "-" is standard input. `given` is the kind of those
/// that name none. Errors: `invalid`, which says where.
Result<std::vector<Document>> read_manifests(const std::vector<std::string>& files, const Kind* given);

/// The values in a text: JSON or YAML, as above. `name` is the file's, for errors.
Result<std::vector<Value>> read_values(const std::string& text, const std::string& name);

/// All of a file, or of standard input for "-". Errors: `invalid`.
Result<std::string> read_file(const std::string& path);

}  // namespace netweave::cli
