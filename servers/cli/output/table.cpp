#include "output/table.hpp"

#include <algorithm>

#include "output/text.hpp"

namespace netweave::cli {
namespace {
constexpr std::size_t gap = 3;
}

void Table::add(std::vector<std::string> row) {
  for (std::string& cell : row) cell = printable(cell);
  rows_.push_back(std::move(row));
}

std::string Table::take_text(bool header) {
  bool heads = header && !headed_;
  widths_.resize(header_.size());
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (heads) widths_[i] = std::max(widths_[i], header_[i].size());
    for (const auto& row : rows_) widths_[i] = std::max(widths_[i], display_width(row[i]));
  }
  std::string out;
  if (heads) append_line(out, header_);
  for (const auto& row : rows_) append_line(out, row);
  headed_ = headed_ || heads;
  rows_.clear();
  return out;
}

void Table::append_line(std::string& out, const std::vector<std::string>& row) const {
  for (std::size_t i = 0; i < row.size(); ++i) {
    out += row[i];
    if (i + 1 < row.size()) out.append(widths_[i] - std::min(widths_[i], display_width(row[i])) + gap, ' ');
  }
  out += '\n';
}

}  // namespace netweave::cli
