#include "adapters/reconcile.hpp"

#include <algorithm>
#include <array>

#include "base/ids.hpp"
#include "model/fields.hpp"
#include "state/groups.hpp"

namespace netweave::ims {

Kind kind_of(const Observed& observed) noexcept {
  static_assert(std::variant_size_v<decltype(observed.object)> == model::observed_kinds.size());
  return model::observed_kinds[observed.object.index()];
}

std::string_view id_of(const Observed& observed) noexcept {
  struct Id {
    std::string_view operator()(const DeploymentManager& o) const { return o.deployment_manager_id; }
    std::string_view operator()(const ResourcePool& o) const { return o.resource_pool_id; }
    std::string_view operator()(const ResourceType& o) const { return o.resource_type_id; }
    std::string_view operator()(const Resource& o) const { return o.resource_id; }
    std::string_view operator()(const OCloudSite& o) const { return o.o_cloud_site_id; }
    std::string_view operator()(const Location& o) const { return o.global_location_id; }
    std::string_view operator()(const AlarmDictionary& o) const { return o.alarm_dictionary_id; }
    std::string_view operator()(const PerformanceDictionary& o) const { return o.performance_dictionary_id; }
  };
  return std::visit(Id(), observed.object);
}

}  // namespace netweave::ims

namespace netweave::adapters {
namespace {

using model::ObjectRef;
using state::Transaction;

void set_id(ims::Observed& observed, const std::string& id) {
  struct SetId {
    const std::string& id;
    void operator()(DeploymentManager& o) const { o.deployment_manager_id = id; }
    void operator()(ResourcePool& o) const { o.resource_pool_id = id; }
    void operator()(ResourceType& o) const { o.resource_type_id = id; }
    void operator()(Resource& o) const { o.resource_id = id; }
    void operator()(OCloudSite& o) const { o.o_cloud_site_id = id; }
    void operator()(Location& o) const { o.global_location_id = id; }
    void operator()(AlarmDictionary& o) const { o.alarm_dictionary_id = id; }
    void operator()(PerformanceDictionary& o) const { o.performance_dictionary_id = id; }
  };
  std::visit(SetId{id}, observed.object);
}

/// The text of a member that the gateway itself wrote at the top of an object's JSON. A string's own quotes are
/// escaped, and extensions come last: the first match is the member.
std::string_view top_text(std::string_view json, std::string_view quoted_name) {
  std::size_t at = json.find(quoted_name);
  if (at == std::string_view::npos) return {};
  at += quoted_name.size();
  return json.substr(at, json.find('"', at) - at);
}

constexpr std::string_view created_member = R"("createdAt":")";
constexpr std::string_view updated_member = R"("updatedAt":")";

std::optional<Overlay> overlay_for(const Transaction& transaction, Kind kind, std::string_view native_id) {
  ObjectRef object = transaction.get(model::overlay, overlay_id(kind, native_id));
  if (!object) return std::nullopt;
  return to_overlay(*object);
}

/// A creation's own object arrives through the feed, perhaps before the creation's answer: its intent says which id
/// and which fields it was given.
std::optional<Overlay> adopt_intent(Transaction& transaction, const ims::Observed& observed) {
  if (observed.client_token.empty()) return std::nullopt;
  ObjectRef object = transaction.get(model::intent, observed.client_token);
  if (!object) return std::nullopt;
  Intent intent = to_intent(*object);
  Kind kind = ims::kind_of(observed);
  if (intent.operation != "create" || intent.kind != kind) return std::nullopt;
  Overlay overlay;
  overlay.kind = kind;
  overlay.adapter = object->adapter();
  overlay.native_id = ims::id_of(observed);
  // of two creations under one id, the second keeps the backend's
  overlay.id = intent.id.empty() || transaction.get(kind, intent.id) ? overlay.native_id : intent.id;
  overlay.uid = observed.uid;
  overlay.kept = observed.kept;
  ims::Observed wanted;
  std::vector<Fault> none;
  if (kind == Kind::resource_pool) {
    ResourcePool pool;
    model::read_fields(model::resource_pool_table(), intent.body, &pool, none);
    wanted.object = pool;
  } else {
    Resource resource;
    model::read_fields(model::resource_table(), intent.body, &resource, none);
    wanted.object = resource;
  }
  overlay.fields = fields_beyond(wanted, observed);
  overlay.tenant = intent.tenant;
  transaction.put(to_draft(overlay));
  transaction.remove(model::intent, observed.client_token);  // settled: the object is known
  return overlay;
}

template <class T>
void apply_fields(T& object, const Value& fields) {
  std::vector<Fault> none;
  Value rest = fields;
  const Value& extensions = fields.at("extensions");
  rest.erase("extensions");
  Kind kind = std::is_same_v<T, ResourcePool> ? Kind::resource_pool : Kind::resource;
  model::read_fields(model::table_of(kind), rest, &object, none);
  for (const Value::Member& member : extensions.as_object()) object.extensions[member.first] = member.second;
}

void apply_overlay(ims::Observed& observed, const Overlay& overlay) {
  set_id(observed, overlay.id);
  if (auto* pool = std::get_if<ResourcePool>(&observed.object)) apply_fields(*pool, overlay.fields);
  if (auto* resource = std::get_if<Resource>(&observed.object)) apply_fields(*resource, overlay.fields);
}

/// Fills in what the gateway adds to every object: its O-Cloud, the given ids of pool and type, times.
void complete(const Transaction& transaction, const Source& source, ims::Observed& observed, const ObjectRef& prior) {
  std::visit(
      [&](auto& object) {
        if constexpr (requires { object.o_cloud_id; }) object.o_cloud_id = source.o_cloud_id;
        if constexpr (requires { object.created_at; }) {
          std::string now = format_rfc3339(transaction.time());
          if (prior) object.created_at = top_text(prior->json(), created_member);
          if (object.created_at.empty()) object.created_at = now;
          object.updated_at = prior ? std::string(top_text(prior->json(), updated_member)) : now;
        }
      },
      observed.object);
  if (auto* resource = std::get_if<Resource>(&observed.object)) {
    resource->resource_pool_id = known_id(transaction, Kind::resource_pool, resource->resource_pool_id);
    resource->resource_type_id = known_id(transaction, Kind::resource_type, resource->resource_type_id);
  }
}

model::Draft draft_of(const Source& source, const ims::Observed& observed, std::string_view native_id) {
  model::Draft draft;
  draft.kind = ims::kind_of(observed);
  draft.id = ims::id_of(observed);
  draft.adapter = source.adapter;
  if (draft.id != native_id) draft.reference = native_id;
  draft.uid = observed.uid;
  draft.version = observed.version;
  const model::Table& table = model::table_of(draft.kind);
  std::visit([&](const auto& object) { draft.json = model::to_json(table, object); }, observed.object);
  if (const auto* resource = std::get_if<Resource>(&observed.object)) {
    draft.pool = resource->resource_pool_id;
    draft.type = resource->resource_type_id;
  }
  return draft;
}

bool holds(const Assignment& assignment, std::string_view pool, const Value& labels) {
  auto same = [&](const Value::Member& label) {
    const Value* value = labels.find(label.first);
    return value != nullptr && *value == label.second;
  };
  const auto& asked = assignment.labels.as_object();
  return (assignment.pool.empty() || assignment.pool == pool) && std::all_of(asked.begin(), asked.end(), same);
}

/// Whose an object of the backend's is: the store's word, the first assignment's, its pool's, the adapter's.
std::string tenant_of(const Transaction& transaction, const Source& source, const ims::Observed& observed,
                      const std::optional<Overlay>& overlay) {
  const auto* pool = std::get_if<ResourcePool>(&observed.object);
  const auto* resource = std::get_if<Resource>(&observed.object);
  if (pool == nullptr && resource == nullptr) return {};
  std::string tenant = overlay ? overlay->tenant : std::string();
  const std::string& stands_in = pool != nullptr ? pool->resource_pool_id : resource->resource_pool_id;
  const Value& labels = (pool != nullptr ? pool->extensions : resource->extensions).at("labels");
  for (const Assignment& assignment : source.assignments)
    if (tenant.empty() && holds(assignment, stands_in, labels)) tenant = assignment.tenant;
  if (tenant.empty() && resource != nullptr)
    if (ObjectRef around = transaction.get(Kind::resource_pool, stands_in)) tenant = around->tenant();
  if (tenant.empty()) tenant = source.tenant;
  return tenant == model::default_tenant ? std::string() : tenant;
}

void set_updated(ims::Observed& observed, Millis time) {
  std::visit(
      [&](auto& object) {
        if constexpr (requires { object.updated_at; }) object.updated_at = format_rfc3339(time);
      },
      observed.object);
}

/// Resources that were seen before their pool's creation was answered stand under the backend's id of it: they move to
/// the given one. Some at a time; the next list moves the rest.
void move_in(Transaction& transaction, const Source& source, const Overlay& pool) {
  constexpr std::size_t at_once = 400;
  if (pool.id == pool.native_id) return;
  const state::Postings& index = transaction.base().index(Kind::resource);
  auto cursor = index.lower_bound({state::group_of(Kind::resource, {"resourcePoolId"}, pool.native_id).value(), {}});
  for (std::size_t i = 0; i < at_once && cursor.valid() && cursor->pool() == pool.native_id; ++i, cursor.next()) {
    if (cursor->adapter() != source.adapter) continue;
    ims::Observed resident = to_observed(transaction.base(), *cursor);
    set_id(resident, std::string(cursor->id()));
    complete(transaction, source, resident, ObjectRef::share(&*cursor));
    set_updated(resident, transaction.time());
    model::Draft draft = draft_of(source, resident, cursor->native_id());
    draft.tenant = cursor->tenant();
    transaction.put(draft);
  }
}

/// Two texts of the same JSON may order their members differently (a dictionary of Python's): that is no change.
bool same_content(std::string_view a, std::string_view b) {
  if (a == b) return true;
  auto left = Value::parse(a);
  auto right = Value::parse(b);
  return left && right && *left == *right;
}

/// Whether a removed object is what the backend still, or again, shows; a tombstone that has served goes.
bool buried(Transaction& transaction, Kind kind, const ims::Observed& observed, Seen seen) {
  std::string id = tombstone_id(kind, ims::id_of(observed), observed.uid);
  ObjectRef object = transaction.get(model::tombstone, id);
  if (!object) return false;
  Tombstone tombstone = to_tombstone(*object);
  bool expired = transaction.time() > tombstone.deadline;
  bool from_before = seen.pass_began != 0 && seen.pass_began < tombstone.revision;
  if (!expired && (!observed.uid.empty() || tombstone.pending || from_before)) return true;
  transaction.remove(model::tombstone, id);
  return false;
}

/// Whether the report is older than what is known.
bool outdated(const model::Object& prior, const ims::Observed& observed, Seen seen) {
  if (observed.version != 0 && prior.version() != 0) return observed.version < prior.version();
  return seen.pass_began != 0 && prior.revision() > seen.pass_began;
}

/// Notes that no list may remove the object.
Overlay keep(Transaction& transaction, const Source& source, const ims::Observed& observed,
             std::optional<Overlay> overlay) {
  std::string native_id(ims::id_of(observed));
  if (!overlay) overlay = Overlay{ims::kind_of(observed), source.adapter, native_id, native_id, observed.uid};
  overlay->kept = true;
  transaction.put(to_draft(*overlay));
  return std::move(*overlay);
}

/// Whether what is known under the id was made for another object of the backend's.
bool another(const ObjectRef& prior, const std::optional<Overlay>& overlay, std::string_view uid) {
  auto differs = [&](std::string_view known) { return !uid.empty() && !known.empty() && known != uid; };
  return (prior && differs(prior->uid())) || (overlay && differs(overlay->uid));
}

/// A backend without a tag for the client token may list a creation before its answer says whose it is: what was
/// told under the backend's own id goes, now that the given one is known.
void drop_twin(Transaction& transaction, const Source& source, Kind kind, std::string_view native_id) {
  ObjectRef twin = transaction.get(kind, native_id);
  if (twin && twin->adapter() == source.adapter && twin->native_id() == native_id) transaction.remove(kind, native_id);
}

}  // namespace

std::optional<Error> fault_of(const ims::Observed& observed) {
  constexpr std::size_t longest_uid = 65535;
  auto refuse = [](std::string_view what, std::string_view text) {
    return make_error(ErrorKind::invalid, std::string(what).append(" can't be \"").append(text.substr(0, 300)) + '"');
  };
  if (!valid_id(ims::id_of(observed))) return refuse("an identifier", ims::id_of(observed));
  if (observed.uid.size() > longest_uid) return refuse("a uid", observed.uid);
  if (const auto* resource = std::get_if<Resource>(&observed.object))
    for (const std::string& id : {resource->resource_pool_id, resource->resource_type_id})
      if (!id.empty() && !valid_id(id)) return refuse("the identifier of a resource's pool or type", id);
  return std::nullopt;
}

std::string known_id(const Transaction& transaction, Kind kind, std::string_view native_id) {
  auto overlay = overlay_for(transaction, kind, native_id);
  return overlay ? overlay->id : std::string(native_id);
}

ObjectRef upsert(Transaction& transaction, const Source& source, const ims::Observed& reported, Seen seen) {
  Kind kind = ims::kind_of(reported);
  const std::string native_id(ims::id_of(reported));
  if (buried(transaction, kind, reported, seen)) return {};
  auto overlay = overlay_for(transaction, kind, native_id);
  if (!overlay && (overlay = adopt_intent(transaction, reported)) && overlay->id != native_id) {
    drop_twin(transaction, source, kind, native_id);
    if (kind == Kind::resource_pool) move_in(transaction, source, *overlay);
  }
  ObjectRef prior = transaction.get(kind, overlay ? overlay->id : native_id);
  if (prior && (prior->adapter() != source.adapter || prior->native_id() != native_id)) return {};
  if (prior && outdated(*prior, reported, seen)) return prior;
  if (another(prior, overlay, reported.uid)) {  // the old one went unseen: Deleted, then Created
    remove(transaction, source, kind, native_id, {});
    transaction.again();
    return {};
  }
  if (reported.kept && (!overlay || !overlay->kept)) overlay = keep(transaction, source, reported, std::move(overlay));
  ims::Observed observed = reported;
  if (prior && observed.uid.empty()) observed.uid = prior->uid();
  if (overlay) apply_overlay(observed, *overlay);
  const std::string id(ims::id_of(observed));
  complete(transaction, source, observed, prior);
  model::Draft draft = draft_of(source, observed, native_id);
  std::string tenant = tenant_of(transaction, source, observed, overlay);
  bool same = prior && prior->uid() == observed.uid && prior->tenant() == tenant;
  if (same && same_content(prior->json(), draft.json)) {
    if (observed.version > prior->version()) prior->seen_at(observed.version);
    return prior;
  }
  if (prior) {
    set_updated(observed, transaction.time());
    draft = draft_of(source, observed, native_id);
  }
  draft.tenant = std::move(tenant);
  transaction.put(draft);
  return transaction.get(kind, id);
}

ObjectRef share(Transaction& transaction, const Source& source, const model::Object& pool, bool shared) {
  std::string native_id(pool.native_id());
  auto overlay = overlay_for(transaction, Kind::resource_pool, native_id);
  if (!overlay)
    overlay = Overlay{Kind::resource_pool, source.adapter, native_id, std::string(pool.id()), std::string(pool.uid())};
  if (shared)
    overlay->fields["shared"] = true;
  else
    overlay->fields.erase("shared");
  transaction.put(to_draft(*overlay));
  ims::Observed observed = to_observed(transaction.base(), pool);
  std::get<ResourcePool>(observed.object).shared.reset();
  return upsert(transaction, source, observed, {});
}

void remove(Transaction& transaction, const Source& source, Kind kind, std::string_view native_id,
            std::string_view uid) {
  transaction.remove(model::tombstone, tombstone_id(kind, native_id, uid));
  ObjectRef object = transaction.get(kind, known_id(transaction, kind, native_id));
  if (!object || object->adapter() != source.adapter) return;
  if (!uid.empty() && !object->uid().empty() && object->uid() != uid) return;
  transaction.remove(kind, object->id());
  transaction.remove(model::overlay, overlay_id(kind, native_id));
}

bool may_sweep(const Transaction& transaction, const Source& source, const model::Object& object,
               model::Revision began) {
  if (object.revision() > began) return false;
  auto created = parse_rfc3339(top_text(object.json(), created_member));
  if (created && transaction.time() - *created < source.grace.count()) return false;
  auto overlay = overlay_for(transaction, object.kind(), object.native_id());
  return !overlay || !overlay->kept;
}

void forget_tombstones(Transaction& transaction, const Source& source) {
  constexpr std::size_t at_once = 200;
  std::size_t forgotten = 0;
  const state::Tree& all = transaction.base().table(model::tombstone);
  for (auto cursor = all.begin(); cursor.valid() && forgotten < at_once; cursor.next()) {
    if (cursor->adapter() != source.adapter || to_tombstone(*cursor).deadline >= transaction.time()) continue;
    transaction.remove(model::tombstone, cursor->id());
    ++forgotten;
  }
}

ims::Observed to_observed(const state::Snapshot& snapshot, const model::Object& object) {
  ims::Observed observed;
  observed.uid = object.uid();
  observed.version = object.version();
  auto native = [&](Kind kind, const std::string& id) {
    const model::Object* known = snapshot.find(kind, id);
    return known != nullptr ? std::string(known->native_id()) : id;
  };
  switch (object.kind()) {
    case Kind::deployment_manager:
      observed.object = model::from_json<DeploymentManager>(model::deployment_manager_table(), object.json());
      break;
    case Kind::resource_pool:
      observed.object = model::from_json<ResourcePool>(model::resource_pool_table(), object.json());
      break;
    case Kind::resource_type:
      observed.object = model::from_json<ResourceType>(model::resource_type_table(), object.json());
      break;
    case Kind::o_cloud_site:
      observed.object = model::from_json<OCloudSite>(model::o_cloud_site_table(), object.json());
      break;
    case Kind::location:
      observed.object = model::from_json<Location>(model::location_table(), object.json());
      break;
    case Kind::alarm_dictionary:
      observed.object = model::from_json<AlarmDictionary>(model::alarm_dictionary_table(), object.json());
      break;
    case Kind::performance_dictionary:
      observed.object = model::from_json<PerformanceDictionary>(model::performance_dictionary_table(), object.json());
      break;
    default: {
      auto resource = model::from_json<Resource>(model::resource_table(), object.json());
      resource.resource_pool_id = native(Kind::resource_pool, resource.resource_pool_id);
      resource.resource_type_id = native(Kind::resource_type, resource.resource_type_id);
      observed.object = std::move(resource);
    }
  }
  set_id(observed, std::string(object.native_id()));
  return observed;
}

Value fields_beyond(const ims::Observed& wanted, const ims::Observed& got) {
  Value fields = Value::object();
  auto text = [&](std::string_view name, const std::string& want, const std::string& have) {
    if (!want.empty() && want != have) fields[name] = want;
  };
  auto members = [&](const Value& want, const Value& have) {
    for (const Value::Member& member : want.as_object())
      if (have.find(member.first) == nullptr) fields["extensions"][member.first] = member.second;
  };
  const auto* pool = std::get_if<ResourcePool>(&wanted.object);
  const auto* pool_now = std::get_if<ResourcePool>(&got.object);
  if (pool != nullptr && pool_now != nullptr) {
    text("name", pool->name, pool_now->name);
    text("description", pool->description, pool_now->description);
    text("location", pool->location, pool_now->location);
    text("globalLocationId", pool->global_location_id, pool_now->global_location_id);
    members(pool->extensions, pool_now->extensions);
    if (pool->shared == true && pool_now->shared != true) fields["shared"] = true;
  }
  const auto* resource = std::get_if<Resource>(&wanted.object);
  const auto* resource_now = std::get_if<Resource>(&got.object);
  if (resource != nullptr && resource_now != nullptr) {
    text("description", resource->description, resource_now->description);
    text("globalAssetId", resource->global_asset_id, resource_now->global_asset_id);
    members(resource->extensions, resource_now->extensions);
  }
  return fields;
}

}  // namespace netweave::adapters
