#include "api/oran/view.hpp"

#include <algorithm>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "model/uuid.hpp"
#include "query/json_scan.hpp"
#include "state/columns.hpp"
#include "state/groups.hpp"

namespace netweave::api::oran {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

void append_texts(const Attribute& attribute, std::string_view json, std::string& out) {
  std::vector<std::string_view> found;
  query::JsonPath(stored_path(attribute)).find(json, found);
  out += '[';
  for (std::string_view raw : found) {
    if (!raw.starts_with('"')) continue;
    if (out.back() != '[') out += ',';
    out += raw;
  }
  out += ']';
}

void append_flags(std::string_view names, std::string& out) {
  std::vector<std::string_view> found;
  query::JsonPath({}).find(names, found);
  out += '{';
  for (std::string_view raw : found) {
    if (out.back() != '{') out += ',';
    out.append(raw).append(":true");
  }
  out += '}';
}

}  // namespace

std::string o_cloud_uuid(const OCloudConfig& config) {
  return model::is_uuid(config.id) ? lower(config.id) : make_uuid5(netweave_namespace, "oCloud/" + config.id);
}

View::View(const OCloudConfig& config, state::SnapshotRef snapshot, tenancy::Scope scope)
    : config_(config), snapshot_(std::move(snapshot)), scope_(std::move(scope)), o_cloud_(o_cloud_uuid(config_)) {}

View::View(const Call& call) : View(call.services.config.o_cloud, call.services.state.snapshot(), call.scope) {}

const model::Object* View::find(Kind kind, std::string_view id) const {
  const model::Object* object = model::is_uuid(id) ? state::find_by_uuid(snapshot_->index(kind), lower(id)) : nullptr;
  if (object == nullptr) object = snapshot_->find(kind, id);
  return object != nullptr && scope_.sees(*snapshot_, *object) ? object : nullptr;
}

std::vector<const model::Object*> View::pools() const {
  std::vector<const model::Object*> pools;
  for (auto pool = snapshot_->table(Kind::resource_pool).begin(); pool.valid(); pool.next())
    if (scope_.sees(*snapshot_, *pool)) pools.push_back(&*pool);
  return pools;
}

const std::string& View::uuid_of(Kind kind, std::string_view own) {
  auto [place, made] = uuids_[kind].try_emplace(std::string(own));
  if (!made) return place->second;
  const model::Object* object = snapshot_->find(kind, own);
  place->second = object != nullptr ? model::uuid_of(*object) : model::uuid_of(kind, {}, own);
  return place->second;
}

const model::Object* View::linked(const Attribute& link, std::span<const query::Scalar> values) const {
  auto named = std::find_if(values.begin(), values.end(),
                            [](const query::Scalar& value) { return value.type == query::Scalar::Type::text; });
  return named == values.end() ? nullptr : snapshot_->find(link.of, named->text);
}

const model::Object* View::linked(const Attribute& link, const model::Object& object) const {
  return linked(link, state::FieldReader(stored_path(link)).read(object));
}

const SiteRules& View::sites() {
  if (sites_ == nullptr) sites_ = std::make_unique<const SiteRules>(config_, *snapshot_);
  return *sites_;
}

std::string View::shown_beside(const Face& face, const model::Object& object) {
  std::string beside;
  for (const Attribute& attribute : face.attributes) {
    if (attribute.how == How::site) beside += sites().site_of(object).id;
    if (attribute.how != How::link && attribute.how != How::linked) continue;
    if (const model::Object* other = linked(attribute, object))
      beside.append(attribute.name).append(std::to_string(other->revision()));
  }
  return beside;
}

void View::append(const Face& face, const model::Object& object, std::string& out) {
  members_.clear();
  query::raw_members(object.json(), members_);
  for (const Attribute& attribute : face.attributes) {
    out.append(&attribute == face.attributes.data() ? "{\"" : ",\"").append(attribute.name).append("\":");
    append_value(face, attribute, object, out);
  }
  out += '}';
}

/// The raw value of a member of the stored object; empty where there is none.
std::string_view View::member(std::string_view name) const noexcept {
  auto found = std::find_if(members_.begin(), members_.end(), [&](const auto& one) { return one.first == name; });
  return found == members_.end() ? std::string_view() : found->second;
}

void View::append_linked(const Face& face, const model::Object& object, std::string& out) {
  Members around;
  around.swap(members_);
  append(face, object, out);
  members_.swap(around);
}

void View::append_value(const Face& face, const Attribute& attribute, const model::Object& object, std::string& out) {
  auto copy = [&](std::string_view otherwise) {
    std::string_view raw = member(attribute.from);
    out += raw.empty() ? otherwise : raw;
  };
  auto own = [&] { return query::scalar_of(member(attribute.from)).text; };
  switch (attribute.how) {
    case How::text:
      return copy("\"\"");
    case How::nullable:
      return copy("null");
    case How::list:
    case How::items:
      return copy("[]");
    case How::object:
      return copy("{}");
    case How::texts:
      return append_texts(attribute, object.json(), out);
    case How::flags:
      return append_flags(member(attribute.from), out);
    case How::self:
      return append_json_text(out, model::uuid_of(object));
    case How::id:
      return append_json_text(out, uuid_of(attribute.of, own()));
    case How::link:
    case How::linked: {
      const model::Object* other = linked(attribute, object);
      if (other == nullptr)
        out += "null";
      else if (attribute.how == How::linked)
        append_linked(face_of(attribute.of, face.version), *other, out);
      else
        append_json_text(out, uuid_of(attribute.of, other->id()));
      return;
    }
    case How::word:
      return append_json_text(out, shown_word(attribute.words, own()));
    case How::o_cloud:
      return append_json_text(out, o_cloud_);
    case How::site:
      return append_json_text(out, sites().site_of(object).id);
    case How::no_items:
      out += "[]";
      return;
  }
}

}  // namespace netweave::api::oran
