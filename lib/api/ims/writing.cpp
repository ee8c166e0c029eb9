#include "api/ims/writing.hpp"

#include "api/validation.hpp"
#include "base/ids.hpp"

namespace netweave::api::ims {
namespace {

std::string& id_of(ResourcePool& pool) { return pool.resource_pool_id; }
std::string& id_of(Resource& resource) { return resource.resource_id; }
std::string& id_of(Subscription& subscription) { return subscription.subscription_id; }

/// What the document can't say: it does not know this O-Cloud.
template <class T>
void check(const Call&, const T&, std::vector<Fault>&) {}

template <>
void check(const Call& call, const ResourcePool& pool, std::vector<Fault>& faults) {
  const std::string& own = call.services.config.o_cloud.id;
  if (!pool.o_cloud_id.empty() && pool.o_cloud_id != own)
    faults.push_back({"oCloudId", "this O-Cloud is " + own + ": leave oCloudId out, or give that"});
}

}  // namespace

template <class T>
bool read_new(Call& call, const model::Table& table, std::span<const std::string_view> optional, T& into) {
  if (!call.body) return !refuse(call, {});
  std::vector<Fault> faults;
  model::read_fields(table, *call.body, &into, faults);
  model::check_required(table, &into, optional, faults);
  if (!id_of(into).empty() && !valid_id(id_of(into)))
    faults.push_back({std::string(table.id), "must match [A-Za-z0-9][A-Za-z0-9._:-]{0,254}"});
  check(call, into, faults);
  return !refuse(call, std::move(faults));
}

template <class T>
bool read_update(Call& call, const model::Table& table, const model::Object& present, T& into, Value& patch) {
  if (!call.body) return !refuse(call, {});
  std::vector<Fault> faults;
  Value now = Value::parse(present.json()).value_or(Value::object());
  T before;
  model::read_fields(table, now, &before, faults);
  Value wanted = now;
  if (call.request.method == "PATCH") {
    merge_patch(wanted, *call.body);
  } else {
    // what only the gateway or the backend writes, and what identifies, a PUT may leave out
    wanted = *call.body;
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
