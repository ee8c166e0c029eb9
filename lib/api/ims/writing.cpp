#include "api/ims/writing.hpp"

#include "base/ids.hpp"

namespace netweave::api::ims {
namespace {

std::string& id_of(ResourcePool& pool) { return pool.resource_pool_id; }
std::string& id_of(Resource& resource) { return resource.resource_id; }
std::string& id_of(Subscription& subscription) { return subscription.subscription_id; }

void check(const Call&, const Subscription&, std::vector<Fault>&) {}

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

bool refuse(Call& call, std::vector<Fault> faults) {
  if (faults.empty()) return false;
  call.answer(
      bad_request("the body is wrong in " + std::to_string(faults.size()) + (faults.size() == 1 ? " place" : " places"),
                  std::move(faults)));
  return true;
}

}  // namespace

template <class T>
bool read_new(Call& call, const model::Table& table, std::span<const std::string_view> optional, T& into) {
  Problem problem;
  auto json = read_json(call, false, problem);
  if (!json) {
    call.answer(problem);
    return false;
  }
  std::vector<Fault> faults;
  model::read_fields(table, *json, &into, faults);
  model::check_required(table, &into, optional, faults);
  if (!id_of(into).empty() && !valid_id(id_of(into)))
    faults.push_back({std::string(table.id), "must match [A-Za-z0-9][A-Za-z0-9._:-]{0,254}"});
  check(call, into, faults);
  return !refuse(call, std::move(faults));
}

template <class T>
bool read_update(Call& call, const model::Table& table, const model::Object& present, T& into, Value& patch) {
  bool merge = call.request.method == "PATCH";
  Problem problem;
  auto json = read_json(call, merge, problem);
  if (!json) {
    call.answer(problem);
    return false;
  }
  std::vector<Fault> faults;
  Value now = Value::parse(present.json()).value_or(Value::object());
  T before;
  model::read_fields(table, now, &before, faults);
  Value wanted = now;
  if (merge) {
    for (const Value::Member& member : json->as_object())
      if (table.find(member.first) == nullptr)
        faults.push_back({member.first, "no such member of a " + std::string(table.name)});
    merge_patch(wanted, *json);
  } else {
    // what only the gateway or the backend writes, and what identifies, a PUT may leave out
    wanted = *json;
    for (const model::Field& field : table.fields) {
      const Value* kept = now.find(field.name);
      bool carried = field.immutable || field.server || field.name == "extensions";
      if (carried && kept != nullptr && wanted.find(field.name) == nullptr) wanted[field.name] = *kept;
    }
  }
  model::read_fields(table, wanted, &into, faults);
  model::check_immutable(table, &before, &into, faults);
  model::check_required(table, &into, {}, faults);
  check(call, into, faults);
  if (refuse(call, std::move(faults))) return false;
  patch = difference(now, wanted);
  return true;
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

template bool read_new(Call&, const model::Table&, std::span<const std::string_view>, ResourcePool&);
template bool read_new(Call&, const model::Table&, std::span<const std::string_view>, Resource&);
template bool read_new(Call&, const model::Table&, std::span<const std::string_view>, Subscription&);
template bool read_update(Call&, const model::Table&, const model::Object&, ResourcePool&, Value&);
template bool read_update(Call&, const model::Table&, const model::Object&, Resource&, Value&);
template bool read_update(Call&, const model::Table&, const model::Object&, Subscription&, Value&);

}  // namespace netweave::api::ims
