#include <algorithm>
#include <array>

#include "api/collection.hpp"
#include "api/ims/documents.hpp"
#include "api/ims/inventory.hpp"
#include "api/validation.hpp"
#include "tenancy/quota.hpp"
#include "tenancy/rules.hpp"

/// Tenants, as documents of the store, with what each may have and has.
namespace netweave::api::ims {
namespace {

constexpr std::array<std::string_view, 2> optional_members = {"tenantId", "status"};
constexpr std::array<std::string_view, 1> kept_members = {"status"};
constexpr std::array<std::string_view, 3> states = {"active", "suspended", "pending_deletion"};

void check_quota(const TenantQuota& quota, std::vector<Fault>& faults) {
  for (const tenancy::QuotaPart& part : tenancy::quota_parts)
    if (const auto& value = quota.*part.most;
        value && (*value < 0 || *value != static_cast<double>(static_cast<std::int64_t>(*value))))
      faults.push_back({"quota." + std::string(part.name), "must be a whole number from 0 on"});
}

void complete(Tenant& tenant, std::vector<Fault>& faults) {
  if (tenant.status.empty()) tenant.status = states[0];
  if (std::find(states.begin(), states.end(), tenant.status) == states.end())
    faults.push_back({"status", "must be active, suspended or pending_deletion"});
  check_quota(tenant.quota, faults);
}

Result<void> decide_removal(const DocumentChange<Tenant>& change) {
  if (change.tenant == model::default_tenant)
    return make_error(ErrorKind::conflict, "the default tenant is always there");
  for (Kind kind : {Kind::resource_pool, Kind::resource, Kind::subscription, Kind::user, Kind::role})
    if (std::size_t count = tenancy::count_with_staged(change.transaction, kind, change.tenant); count > 0)
      return make_error(ErrorKind::conflict, "the tenant still has " + std::to_string(count) + " of kind " +
                                                 std::string(to_string(kind)) + ": delete them first");
  tenancy::touch_quotas(change.transaction, change.tenant);
  return {};
}

Result<void> decide(const DocumentChange<Tenant>& change) {
  if (change.after == nullptr) return decide_removal(change);
  bool stops = change.before != nullptr && change.before->status == "active" && change.after->status != "active";
  return stops && change.call.access ? tenancy::keep_an_admin(change.transaction) : Result<void>();
}

constexpr Documents<Tenant> documents{Kind::tenant, optional_members, kept_members, complete, decide};

Value usage_of(const Services& services, std::string_view tenant) {
  auto snapshot = services.state.snapshot();
  Value usage = Value::object();
  for (const tenancy::QuotaPart& part : tenancy::quota_parts)
    if (part.kind) usage[part.usage] = static_cast<std::int64_t>(tenancy::count_of(*snapshot, *part.kind, tenant));
  return usage;
}

void get(const CallRef& call, const std::string& id) {
  if (!find(*call, Kind::tenant, id)) return answer_object(*call, Kind::tenant, id);
  answer_object(*call, Kind::tenant, id, ",\"usage\":" + usage_of(call->services, id).to_json());
}

/// What holds for the tenant: its own numbers, and the default's where it has none.
Value quota_of(const Services& services, const model::Object& tenant) {
  auto own = model::from_json<Tenant>(model::tenant_table(), tenant.json()).quota;
  return Value::parse(model::to_json(*model::tenant_table().find("quota")->nested,
                                     services.quotas != nullptr ? services.quotas->of(own) : own))
      .value_or(Value::object());
}

void get_quotas(const CallRef& call) {
  model::ObjectRef tenant = find(*call, Kind::tenant, call->parts[0]);
  if (!tenant) return call->answer(absent(Kind::tenant, call->parts[0]));
  call->answer_json(quota_of(call->services, *tenant));
}

/// A PUT of the tenant in which nothing but its quota changes.
void put_quotas(const CallRef& call) {
  struct QuotaWrite {
    TenantQuota wanted;
    model::ObjectRef present;
    model::ObjectRef made;
  };
  auto write = std::make_shared<QuotaWrite>();
  write->present = find(*call, Kind::tenant, call->parts[0]);
  Refusal refusal = write->present ? check_if_match(call->services, call->header("If-Match"), *write->present)
                                   : absent(Kind::tenant, call->parts[0]);
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  std::vector<Fault> faults;
  model::read_fields(*model::tenant_table().find("quota")->nested, *call->body, &write->wanted, faults);
  check_quota(write->wanted, faults);
  if (!faults.empty()) return call->answer(bad_request("the quota is wrong", std::move(faults)));
  auto step = [call, write](state::Transaction& transaction) -> Result<void> {
    std::string id = call->parts[0];
    model::ObjectRef now = transaction.get(Kind::tenant, id);
    if (!now) return make_error(ErrorKind::not_found, "the tenant was deleted meanwhile");
    if (call->header("If-Match") != nullptr && now->revision() != write->present->revision())
      return make_error(ErrorKind::precondition, "the tenant was changed meanwhile: read it again");
    auto tenant = model::from_json<Tenant>(model::tenant_table(), now->json());
    tenant.quota = write->wanted;
    tenant.updated_at = format_rfc3339(transaction.time());
    put_document(transaction, Kind::tenant, id, tenant, model::default_tenant);
    write->made = transaction.get(Kind::tenant, id);
    return {};
  };
  commit_step(call, step, [call, write] {
    call->note(*write->made);
    call->answer_json(quota_of(call->services, *write->made));
  });
}

void get_usage(const CallRef& call) {
  const std::string& id = call->parts[0];
  if (auto refusal = check_present(*call, Kind::tenant, id)) return call->answer(*refusal);
  call->answer_json(usage_of(call->services, id));
}

void get_own(const CallRef& call) { get(call, call->own_tenant()); }

}  // namespace

void add_tenants(Handlers& handlers, const std::string& version, Idempotency& idempotency) {
  auto list = [](const CallRef& call) { answer_list(call, Kind::tenant); };
  auto make = [&idempotency](const CallRef& call) { create_document(call, documents, idempotency); };
  auto change = [](const CallRef& call) { update_document(call, documents, call->parts[0]); };
  handlers.add("listTenants" + version, list, Faults::merged);
  handlers.add("createTenant" + version, make, Faults::merged);
  handlers.add(
      "getTenant" + version, [](const CallRef& call) { get(call, call->parts[0]); }, Faults::merged);
  handlers.add("replaceTenant" + version, change, Faults::merged);
  handlers.add("deleteTenant" + version, [](const CallRef& call) { remove_document(call, documents, call->parts[0]); });
  handlers.add("getTenantQuotas" + version, get_quotas);
  handlers.add("replaceTenantQuotas" + version, put_quotas, Faults::merged);
  handlers.add("getTenantUsage" + version, get_usage);
  if (!version.empty()) return;
  handlers.add("patchTenant", change, Faults::merged);
  handlers.add("getOwnTenant", get_own, Faults::merged);
}

Result<void> ensure_default_tenant(state::Transaction& transaction) {
  if (transaction.get(Kind::tenant, model::default_tenant)) return {};
  Tenant tenant;
  tenant.tenant_id = model::default_tenant;
  tenant.name = "Default";
  tenant.status = states[0];
  tenant.created_at = tenant.updated_at = format_rfc3339(transaction.time());
  put_document(transaction, Kind::tenant, tenant.tenant_id, tenant, model::default_tenant);
  return {};
}

}  // namespace netweave::api::ims
