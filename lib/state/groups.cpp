#include "state/groups.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/hash.hpp"
#include "model/kinds.hpp"
#include "model/uuid.hpp"
#include "query/json_scan.hpp"

namespace netweave::state {
namespace {

constexpr std::string_view separator = "\x1f";
constexpr std::string_view label_field = "extensions.labels";
constexpr std::string_view uuid_field = "\x1duuid";

std::uint64_t number_of(std::string_view field, std::string_view key, std::string_view value) {
  std::string text;
  text.reserve(field.size() + key.size() + value.size() + 2);
  text.append(field).append(separator).append(key).append(separator).append(value);
  return seeded_hash(text) >> 1U;  // there is a number after each
}

std::uint64_t other_number(std::string_view key) { return number_of(label_field, key, "\x1e"); }

bool is_label(const query::Path& path) { return path.size() == 3 && path[0] == "extensions" && path[1] == "labels"; }

bool has_labels(Kind kind) { return kind == Kind::resource || kind == Kind::resource_pool; }

void label_groups(const Object& object, std::vector<std::uint64_t>& groups) {
  static const query::JsonPath path({"extensions", "labels"});
  thread_local std::vector<std::string_view> found;
  found.clear();
  path.find(object.json(), found);
  for (std::string_view labels : found)
    query::each_member(labels, [&](std::string_view name, std::string_view raw) {
      bool text = !raw.empty() && raw.front() == '"';
      groups.push_back(text ? number_of(label_field, name, query::scalar_of(raw).text) : other_number(name));
    });
}

template <class Each>
void each_value(const query::JsonPath& path, const Object& object, Each&& each) {
  thread_local std::vector<std::string_view> found;
  found.clear();
  path.find(object.json(), found);
  for (std::string_view raw : found) each(query::scalar_of(raw));
}

void pool_groups(const Object& object, std::vector<std::uint64_t>& groups) {
  static const query::JsonPath location({"location"});
  static const query::JsonPath shared({"shared"});
  each_value(location, object, [&](const query::Scalar& at) { groups.push_back(number_of("location", {}, at.text)); });
  each_value(shared, object, [&](const query::Scalar& is) {
    if (is.type == query::Scalar::Type::boolean && is.number != 0) groups.push_back(shared_group());
  });
}

void subject_group(const Object& object, std::vector<std::uint64_t>& groups) {
  static const query::JsonPath subject({"subject"});
  each_value(subject, object, [&](const query::Scalar& of) { groups.push_back(number_of("subject", {}, of.text)); });
}

}  // namespace

void groups_of(const Object& object, std::vector<std::uint64_t>& groups) {
  groups.clear();
  if (model::has_uuid(object.kind())) groups.push_back(number_of(uuid_field, {}, model::uuid_of(object)));
  if (object.owner() != model::default_tenant) {
    groups.push_back(number_of("tenantId", {}, object.owner()));
    groups.push_back(owned_group());
  }
  if (object.kind() == Kind::resource) {
    groups.push_back(number_of("resourcePoolId", {}, object.pool()));
    groups.push_back(number_of("resourceTypeId", {}, object.type()));
  }
  if (object.kind() == Kind::resource_pool) pool_groups(object, groups);
  if (object.kind() == model::intent && !object.type().empty())
    groups.push_back(creation_group(object.type(), object.owner()));
  if (object.kind() == Kind::user) subject_group(object, groups);
  if (has_labels(object.kind())) label_groups(object, groups);
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
}

std::optional<std::uint64_t> group_of(Kind kind, const query::Path& path, std::string_view value) {
  if (has_labels(kind) && is_label(path)) return number_of(label_field, path[2], value);
  if (path.size() != 1) return std::nullopt;
  if (path[0] == "tenantId" && value != model::default_tenant) return number_of(path[0], {}, value);
  bool resource = kind == Kind::resource && (path[0] == "resourcePoolId" || path[0] == "resourceTypeId");
  bool pool = kind == Kind::resource_pool && path[0] == "location";
  bool user = kind == Kind::user && path[0] == "subject";
  return resource || pool || user ? std::optional(number_of(path[0], {}, value)) : std::nullopt;
}

const Object* find_by_uuid(const Postings& index, std::string_view uuid) {
  std::uint64_t group = number_of(uuid_field, {}, uuid);
  for (auto cursor = index.lower_bound({group, {}}); cursor.valid() && cursor.group() == group; cursor.next())
    if (model::uuid_of(*cursor) == uuid) return &*cursor;
  return nullptr;
}
std::uint64_t owned_group() { return number_of("tenantId", "owned", {}); }

std::uint64_t creation_group(std::string_view kind, std::string_view tenant) {
  return number_of("creates", kind, tenant);
}

std::uint64_t shared_group() { return number_of("shared", {}, "true"); }

std::uint64_t other_group(const query::Path& path) { return other_number(is_label(path) ? path[2] : ""); }

}  // namespace netweave::state
