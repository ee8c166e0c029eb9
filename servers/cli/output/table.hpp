#pragma once

#include <string>
#include <vector>

namespace netweave::cli {

/// Rows of cells in aligned columns, three blanks apart, as kubectl prints them. Cells are made printable.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

  void add(std::vector<std::string> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// What was added since the last time, each line with its end; the columns do not become narrower. With `header`, the
  /// first text begins with the names of the columns.
  std::string take_text(bool header);

 private:
  void append_line(std::string& out, const std::vector<std::string>& row) const;

  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
  bool headed_ = false;
};

}  // namespace netweave::cli
