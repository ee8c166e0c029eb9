#include "state/columns.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/json.hpp"
#include "model/uuid.hpp"

namespace netweave::state {
namespace {

constexpr std::size_t most_columns = 16;

std::string key_of(const query::Path& path) {
  std::string key;
  for (const std::string& segment : path) append_json_text(key, segment);
  return key;
}

std::size_t bytes_of(const std::vector<query::Scalar>& values) {
  std::size_t bytes = sizeof(values);
  for (const query::Scalar& value : values) bytes += sizeof(value) + value.text.capacity();
  return bytes;
}

std::shared_ptr<const Column> make_column(std::span<const Object* const> objects, const FieldReader& field) {
  auto column = std::make_shared<Column>();
  std::unordered_map<std::string, std::uint8_t> codes;
  std::vector<std::string_view> found;
  std::string scratch;
  std::string key;
  for (std::size_t at = 0; at < objects.size(); ++at) {
    found.clear();
    key.clear();
    field.find(*objects[at], scratch, found);
    for (std::string_view raw : found) key.append(raw).append("\x1f");
    auto [place, made] = codes.try_emplace(key, static_cast<std::uint8_t>(column->values.size()));
    column->code[at] = place->second;
    if (!made) continue;
    std::vector<query::Scalar>& values = column->values.emplace_back();
    for (std::string_view raw : found) values.push_back(query::scalar_of(raw));
    column->bytes += bytes_of(values);
  }
  column->bytes += sizeof(Column);
  return column;
}

}  // namespace

FieldReader::FieldReader(const query::Path& path)
    : path_(path), key_(key_of(path)), tenant_(path.size() == 1 && path[0] == "tenantId"), uuid_(path == uuid_path) {}

void FieldReader::find(const Object& object, std::string& scratch, std::vector<std::string_view>& found) const {
  bool beside = uuid_ || (tenant_ && object.kind() != Kind::tenant);
  if (!beside) return path_.find(object.json(), found);
  scratch.clear();
  append_json_text(scratch, uuid_ ? model::uuid_of(object) : object.owner());
  found.emplace_back(scratch);
}

std::vector<query::Scalar> FieldReader::read(const Object& object) const {
  std::vector<query::Scalar> values;
  std::vector<std::string_view> found;
  std::string scratch;
  find(object, scratch, found);
  for (std::string_view raw : found) values.push_back(query::scalar_of(raw));
  return values;
}

const query::Scalar& Column::first(std::size_t at) const noexcept {
  static const query::Scalar absent;
  for (const query::Scalar& value : values[code[at]])
    if (value.type != query::Scalar::Type::absent) return value;
  return absent;
}

bool ColumnBudget::take(std::size_t bytes) noexcept {
  if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= most_) return true;
  give(bytes);
  return false;
}

LeafColumns::~LeafColumns() {
  for (const Kept& kept : kept_) budget_.give(kept.column->bytes);
}

std::shared_ptr<const Column> LeafColumns::get(std::span<const Object* const> objects, const FieldReader& field) {
  std::lock_guard lock(mutex_);
  auto place = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) { return kept.key == field.key(); });
  if (place != kept_.end()) {
    if (place + 1 != kept_.end()) std::rotate(place, place + 1, kept_.end());
    return kept_.back().column;
  }
  auto column = make_column(objects, field);
  keep(field, column);
  return column;
}

/// What there is no room for is made again the next time.
void LeafColumns::keep(const FieldReader& field, const std::shared_ptr<const Column>& column) {
  bool room = kept_.size() < most_columns && budget_.take(column->bytes);
  while (!room && !kept_.empty()) {
    budget_.give(kept_.front().column->bytes);
    kept_.erase(kept_.begin());
    room = budget_.take(column->bytes);
  }
  if (room) kept_.push_back({field.key(), column});
}

std::shared_ptr<const Column> column_of(const Tree::LeafCursor& leaf, const FieldReader& field, ColumnBudget& budget) {
  LeafColumns* columns = leaf.head().columns.load(std::memory_order_acquire);
  if (columns == nullptr) {
    auto made = std::make_unique<LeafColumns>(budget);
    if (leaf.head().columns.compare_exchange_strong(columns, made.get(), std::memory_order_acq_rel))
      columns = made.release();
  }
  return columns->get(leaf.items(), field);
}

}  // namespace netweave::state
