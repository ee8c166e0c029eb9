#include "query/selection.hpp"

namespace netweave::query {
namespace {

void copy_path(const Value& from, const Path& path, std::size_t at, Value& to);

/// The items of an array, each with what the path names in it; those that hold nothing of it stay as empty objects,
/// so that an item keeps its place.
void copy_items(const Value& from, const Path& path, std::size_t at, Value& to) {
  const Value::Array& items = from.as_array();
  if (!to.is_array()) to = Value(Value::Array(items.size(), Value::object()));
  Value::Array merged = to.as_array();
  for (std::size_t i = 0; i < items.size(); ++i) copy_path(items[i], path, at, merged[i]);
  to = Value(std::move(merged));
}

bool holds(const Value& value, const Path& path, std::size_t at) {
  if (at == path.size()) return true;
  if (value.is_array()) {
    for (const Value& item : value.as_array())
      if (holds(item, path, at)) return true;
    return false;
  }
  const Value* member = value.find(path[at]);
  return member != nullptr && holds(*member, path, at + 1);
}

void copy_path(const Value& from, const Path& path, std::size_t at, Value& to) {
  if (!holds(from, path, at)) return;
  if (at == path.size()) {
    to = from;
  } else if (from.is_array()) {
    copy_items(from, path, at, to);
  } else {
    copy_path(*from.find(path[at]), path, at + 1, to[path[at]]);
  }
}

}  // namespace

Value project(const Value& object, const std::vector<Path>& fields, std::string_view id) {
  Value out = Value::object();
  if (const Value* member = object.find(id)) out[id] = *member;
  for (const Path& path : fields) copy_path(object, path, 0, out);
  return out;
}

}  // namespace netweave::query
