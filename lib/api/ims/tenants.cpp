#include <algorithm>
#include <array>

#include "api/collection.hpp"
#include "api/ims/inventory.hpp"
#include "api/ims/writing.hpp"
#include "api/validation.hpp"
#include "base/ids.hpp"
#include "state/groups.hpp"

/// Tenants, as documents of the store. Who may do what in one comes with multi-tenancy.
namespace netweave::api::ims {
namespace {

constexpr std::array<std::string_view, 3> optional_members = {"tenantId", "status", "createdAt"};
constexpr std::array<std::string_view, 3> states = {"active", "suspended", "pending_deletion"};

struct TenantWrite {
  Tenant wanted;
  model::ObjectRef present;  ///< of updates: what it was decided on
  bool conditional = false;
  model::ObjectRef made;
};
using WriteRef = std::shared_ptr<TenantWrite>;

Refusal check(const Tenant& tenant) {
  std::vector<Fault> faults;
  if (std::find(states.begin(), states.end(), tenant.status) == states.end())
    faults.push_back({"status", "must be active, suspended or pending_deletion"});
  const TenantQuota& quota = tenant.quota;
  for (auto [name, value] :
       {std::pair("maxSubscriptions", quota.max_subscriptions), std::pair("maxResourcePools", quota.max_resource_pools),
        std::pair("maxResources", quota.max_resources), std::pair("maxDeployments", quota.max_deployments),
        std::pair("maxUsers", quota.max_users), std::pair("maxRequestsPerMinute", quota.max_requests_per_minute)})
    if (value && (*value < 0 || *value != static_cast<double>(static_cast<std::int64_t>(*value))))
      faults.push_back({std::string("quota.") + name, "must be a whole number from 0 on"});
  if (faults.empty()) return {};
  return bad_request("the tenant is wrong", std::move(faults));
}

std::size_t count_of(const state::Snapshot& snapshot, Kind kind, std::string_view tenant) {
  const state::Postings& index = snapshot.index(kind);
  auto members = [&](std::uint64_t group) { return index.rank({group + 1, {}}) - index.rank({group, {}}); };
  if (tenant == model::default_tenant) return snapshot.table(kind).size() - members(state::owned_group());
  return members(state::group_of(kind, {"tenantId"}, tenant).value());
}

void put(state::Transaction& transaction, const Tenant& tenant) {
  model::Draft draft;
  draft.kind = Kind::tenant;
  draft.id = tenant.tenant_id;
  draft.json = model::to_json(model::tenant_table(), tenant);
  transaction.put(draft);
}

void submit(const CallRef& call, state::Step step, std::function<void()> answer) {
  auto then = [call, answer = std::move(answer)](const Result<model::Revision>& committed) {
    if (!committed) return call->answer(committed.error());
    answer();
  };
  if (call->services.writer.offer(std::move(step), std::move(then))) return;
  call->answer(busy("too many writes wait for the store"));
}

void create(const CallRef& call, Idempotency& idempotency) {
  auto write = std::make_shared<TenantWrite>();
  Tenant& tenant = write->wanted;
  Refusal refusal;
  if (call->body) refusal = read_new(*call, model::tenant_table(), optional_members, *call->body, tenant);
  if (!refusal && tenant.status.empty()) tenant.status = states[0];
  if (!refusal) refusal = check(tenant);
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  if (!idempotency.hold(call)) return;
  if (tenant.tenant_id.empty()) tenant.tenant_id = make_uuid();
  std::string location = call->path + "/" + tenant.tenant_id;
  auto step = [call, write, location](state::Transaction& transaction) -> Result<void> {
    if (transaction.get(Kind::tenant, write->wanted.tenant_id))
      return make_error(ErrorKind::conflict, write->wanted.tenant_id + " is taken");
    write->wanted.created_at = write->wanted.updated_at = format_rfc3339(transaction.time());
    put(transaction, write->wanted);
    write->made = transaction.get(Kind::tenant, write->wanted.tenant_id);
    Idempotency::remember(transaction, *call, 201, location, write->made->json());
    return {};
  };
  submit(call, std::move(step), [call, write, location] { answer_written(*call, 201, write->made, location); });
}

/// The tenant that the path names, or why there is nothing to do with it.
Refusal take_present(const Call& call, TenantWrite& into) {
  into.present = find(call, Kind::tenant, call.parts[0]);
  if (!into.present) return absent(Kind::tenant, call.parts[0]);
  into.conditional = call.header("If-Match") != nullptr;
  return check_if_match(call.services, call.header("If-Match"), *into.present);
}

Result<void> check_unchanged(const state::Transaction& transaction, const TenantWrite& write) {
  model::ObjectRef now = transaction.get(Kind::tenant, write.present->id());
  if (!now) return make_error(ErrorKind::not_found, "the tenant was deleted meanwhile");
  if (write.conditional && now->revision() != write.present->revision())
    return make_error(ErrorKind::precondition, "the tenant was changed meanwhile: read it again");
  return {};
}

void replace(const CallRef& call, const WriteRef& write, std::function<void()> answer) {
  auto step = [write](state::Transaction& transaction) -> Result<void> {
    if (auto same = check_unchanged(transaction, *write); !same) return same;
    write->wanted.updated_at = format_rfc3339(transaction.time());
    put(transaction, write->wanted);
    write->made = transaction.get(Kind::tenant, write->wanted.tenant_id);
    return {};
  };
  submit(call, std::move(step), std::move(answer));
}

void update(const CallRef& call) {
  auto write = std::make_shared<TenantWrite>();
  Value patch;
  Refusal refusal = take_present(*call, *write);
  if (!refusal && call->body) {
    Value body = *call->body;
    if (body.is_object() && body.find("status") == nullptr)
      body["status"] = Value::parse(write->present->json()).value_or(Value()).at("status");
    refusal = read_update(*call, model::tenant_table(), *write->present, {body, false, nullptr}, write->wanted, patch);
    if (!refusal) refusal = check(write->wanted);
  }
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  if (patch.empty()) return answer_written(*call, 200, write->present, {});
  replace(call, write, [call, write] { answer_written(*call, 200, write->made, {}); });
}

void remove(const CallRef& call) {
  auto write = std::make_shared<TenantWrite>();
  if (auto refusal = take_present(*call, *write)) return call->answer(*refusal);
  const std::string& id = call->parts[0];
  if (id == model::default_tenant) return call->answer(conflict("the default tenant is always there"));
  auto step = [write, id](state::Transaction& transaction) -> Result<void> {
    if (auto same = check_unchanged(transaction, *write); !same) return same;
    for (Kind kind : {Kind::resource_pool, Kind::resource, Kind::subscription})
      if (std::size_t count = count_of(transaction.base(), kind, id); count > 0)
        return make_error(ErrorKind::conflict, "the tenant still has " + std::to_string(count) + " of kind " +
                                                   std::string(to_string(kind)) + ": delete them first");
    transaction.remove(Kind::tenant, id);
    return {};
  };
  submit(call, std::move(step), [call] { call->answer_no_content(); });
}

Value quota_of(const model::Object& tenant) {
  Value json = Value::parse(tenant.json()).value_or(Value());
  const Value* quota = json.find("quota");
  return quota != nullptr ? *quota : Value::object();
}

void get_quotas(const CallRef& call) {
  TenantWrite write;
  if (auto refusal = take_present(*call, write)) return call->answer(*refusal);
  call->answer_json(quota_of(*write.present));
}

void put_quotas(const CallRef& call) {
  auto write = std::make_shared<TenantWrite>();
  if (auto refusal = refusal_of(*call, take_present(*call, *write))) return call->answer(*refusal);
  write->wanted = model::from_json<Tenant>(model::tenant_table(), write->present->json());
  write->wanted.quota = {};
  std::vector<Fault> faults;
  model::read_fields(*model::tenant_table().find("quota")->nested, *call->body, &write->wanted.quota, faults);
  if (!faults.empty()) return call->answer(bad_request("the quota is wrong", std::move(faults)));
  if (auto wrong = check(write->wanted)) return call->answer(*wrong);
  replace(call, write, [call, write] { call->answer_json(quota_of(*write->made)); });
}

void get_usage(const CallRef& call) {
  const std::string& id = call->parts[0];
  if (auto refusal = check_present(*call, Kind::tenant, id)) return call->answer(*refusal);
  auto snapshot = call->services.state.snapshot();
  auto count = [&](Kind kind) { return static_cast<std::int64_t>(count_of(*snapshot, kind, id)); };
  Value usage;
  usage["subscriptions"] = count(Kind::subscription);
  usage["resourcePools"] = count(Kind::resource_pool);
  usage["resources"] = count(Kind::resource);
  call->answer_json(usage);
}

}  // namespace

void add_tenants(Handlers& handlers, const std::string& version, Idempotency& idempotency) {
  auto list = [](const CallRef& call) { answer_list(call, Kind::tenant); };
  auto make = [&idempotency](const CallRef& call) { create(call, idempotency); };
  auto get = [](const CallRef& call) { answer_object(*call, Kind::tenant, call->parts[0]); };
  handlers.add("listTenants" + version, list, Faults::merged);
  handlers.add("createTenant" + version, make, Faults::merged);
  handlers.add("getTenant" + version, get, Faults::merged);
  handlers.add("replaceTenant" + version, update, Faults::merged);
  handlers.add("deleteTenant" + version, remove);
  handlers.add("getTenantQuotas" + version, get_quotas);
  handlers.add("replaceTenantQuotas" + version, put_quotas, Faults::merged);
  handlers.add("getTenantUsage" + version, get_usage);
}

Result<void> ensure_default_tenant(state::Transaction& transaction) {
  if (transaction.get(Kind::tenant, model::default_tenant)) return {};
  Tenant tenant;
  tenant.tenant_id = model::default_tenant;
  tenant.name = "Default";
  tenant.status = states[0];
  tenant.created_at = tenant.updated_at = format_rfc3339(transaction.time());
  put(transaction, tenant);
  return {};
}

}  // namespace netweave::api::ims
