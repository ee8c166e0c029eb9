#include "api/ims/writing.hpp"

#include "api/collection.hpp"
#include "base/ids.hpp"

namespace netweave::api::ims {
namespace {

std::string& id_of(ResourcePool& pool) { return pool.resource_pool_id; }
std::string& id_of(Resource& resource) { return resource.resource_id; }
std::string& id_of(Subscription& subscription) { return subscription.subscription_id; }
std::string& id_of(Tenant& tenant) { return tenant.tenant_id; }
std::string& id_of(User& user) { return user.user_id; }
std::string& id_of(Role& role) { return role.role_id; }

template <class T>
void check(const Call&, const T&, std::vector<Fault>&) {}

void check(const Call& call, const ResourcePool& pool, std::vector<Fault>& faults) {
  const std::string& own = call.services.config.o_cloud.id;
  if (!pool.o_cloud_id.empty() && pool.o_cloud_id != own)
    faults.push_back({"oCloudId", "this O-Cloud is " + own + ": leave oCloudId out, or give that"});
  if (!pool.global_location_id.empty() && !pool.global_location_id.starts_with("geo:"))
    faults.push_back({"globalLocationId", "must be a geo URI (geo:latitude,longitude)"});
}

void check(const Call&, const Resource& resource, std::vector<Fault>& faults) {
  if (!resource.global_asset_id.empty() && !resource.global_asset_id.starts_with("urn:"))
    faults.push_back({"globalAssetId", "must start with urn:"});
}

Refusal refuse(std::vector<Fault> faults) {
  if (faults.empty()) return {};
  std::string places = std::to_string(faults.size()) + (faults.size() == 1 ? " place" : " places");
  return bad_request("the body is wrong in " + places, std::move(faults));
}

/// What only the gateway or the backend writes, and what identifies, a PUT may leave out.
Value whole(const model::Table& table, const Value& now, Value wanted) {
  for (const model::Field& field : table.fields) {
    const Value* kept = now.find(field.name);
    bool carried = field.immutable || field.server || field.name == "extensions";
    if (carried && kept != nullptr && wanted.find(field.name) == nullptr) wanted[field.name] = *kept;
  }
  return wanted;
}

}  // namespace

/// The tenantId that a body gives, where this version and kind have one; nullptr where it gives none.
static const Value* given_tenant(const Call& call, const model::Table& table, const Value& body) {
  return dialect_of(call).tenants && model::has_tenant(table) ? body.find("tenantId") : nullptr;
}

std::string tenant_of_new(const Call& call, const Value& body) {
  const Value* given = dialect_of(call).tenants ? body.find("tenantId") : nullptr;
  return given != nullptr ? std::string(given->as_text()) : call.own_tenant();
}

static Value without_tenant(Value body) {
  body.erase("tenantId");
  return body;
}

/// Who may write for all tenants may write for one that is there; anybody else for its own.
static Value body_of_new(const Call& call, const model::Table& table, const Value& body, std::vector<Fault>& faults) {
  const Value* given = given_tenant(call, table, body);
  if (given == nullptr) return body;
  std::string tenant(given->as_text());
  bool may = tenant == call.own_tenant() || (call.scope.all() && find(call, Kind::tenant, tenant));
  if (!may && call.scope.all()) faults.push_back({"tenantId", "there is no tenant " + tenant});
  if (!may && !call.scope.all())
    faults.push_back({"tenantId", "this will be the tenant " + call.own_tenant() + "'s: leave it out, or give that"});
  return without_tenant(body);
}

static Value body_of_change(const Call& call, const model::Table& table, const Value& body, std::string_view owner,
                            std::vector<Fault>& faults) {
  const Value* given = given_tenant(call, table, body);
  if (given == nullptr) return body;
  if (given->as_text() != owner)
    faults.push_back({"tenantId", "this belongs to the tenant " + std::string(owner) + ": leave it out, or give that"});
  return without_tenant(body);
}

template <class T>
Refusal read_new(const Call& call, const model::Table& table, std::span<const std::string_view> optional,
                 const Value& body, T& into) {
  std::vector<Fault> faults;
  model::read_fields(table, body_of_new(call, table, body, faults), &into, faults);
  model::check_required(table, &into, optional, faults);
  if (!id_of(into).empty() && !valid_id(id_of(into)))
    faults.push_back({std::string(table.id), "must match [A-Za-z0-9][A-Za-z0-9._:-]{0,254}"});
  check(call, into, faults);
  return refuse(std::move(faults));
}

template <class T>
Refusal read_update(const Call& call, const model::Table& table, const model::Object& present, const Change& change,
                    T& into, Value& patch) {
  std::vector<Fault> faults;
  Value now = Value::parse(present.json()).value_or(Value::object());
  T before;
  model::read_fields(table, now, &before, faults);
  Value wanted = now;
  Value body = body_of_change(call, table, change.body, present.owner(), faults);
  if (change.merge) {
    for (const Value::Member& member : body.as_object())
      if (table.find(member.first) == nullptr)
        faults.push_back({member.first, "no such member of a " + std::string(table.name)});
    merge_patch(wanted, body);
  } else {
    wanted = whole(table, now, body);
    // who does not see it does not end it
    if (const Value* kept = now.find("shared"); kept != nullptr && !dialect_of(call).tenants) wanted["shared"] = *kept;
  }
  const Value* shared = table.find("shared") != nullptr ? wanted.find("shared") : nullptr;
  if (shared != nullptr && *shared == Value(false)) wanted.erase("shared");
  model::read_fields(table, wanted, &into, faults);
  model::check_immutable(table, &before, &into, faults);
  model::check_required(table, &into, {}, faults);
  check(call, into, faults);
  if (auto refusal = refuse(std::move(faults))) return refusal;
  patch = difference(now, wanted);
  return {};
}

Value difference(const Value& from, const Value& to) {
  Value patch = Value::object();
  for (const Value::Member& member : from.as_object())
    if (to.find(member.first) == nullptr) patch[member.first] = nullptr;
  for (const Value::Member& member : to.as_object()) {
    const Value* present = from.find(member.first);
    if (present != nullptr && *present == member.second) continue;
    bool both_objects = present != nullptr && present->is_object() && member.second.is_object();
    patch[member.first] = both_objects ? difference(*present, member.second) : member.second;
  }
  return patch;
}

template Refusal read_new(const Call&, const model::Table&, std::span<const std::string_view>, const Value&,
                          ResourcePool&);
template Refusal read_new(const Call&, const model::Table&, std::span<const std::string_view>, const Value&, Resource&);
template Refusal read_new(const Call&, const model::Table&, std::span<const std::string_view>, const Value&,
                          Subscription&);
template Refusal read_update(const Call&, const model::Table&, const model::Object&, const Change&, ResourcePool&,
                             Value&);
template Refusal read_update(const Call&, const model::Table&, const model::Object&, const Change&, Resource&, Value&);
template Refusal read_update(const Call&, const model::Table&, const model::Object&, const Change&, Subscription&,
                             Value&);
template Refusal read_new(const Call&, const model::Table&, std::span<const std::string_view>, const Value&, Tenant&);
template Refusal read_update(const Call&, const model::Table&, const model::Object&, const Change&, Tenant&, Value&);

template Refusal read_new(const Call&, const model::Table&, std::span<const std::string_view>, const Value&, User&);
template Refusal read_update(const Call&, const model::Table&, const model::Object&, const Change&, User&, Value&);
template Refusal read_new(const Call&, const model::Table&, std::span<const std::string_view>, const Value&, Role&);
template Refusal read_update(const Call&, const model::Table&, const model::Object&, const Change&, Role&, Value&);

}  // namespace netweave::api::ims
