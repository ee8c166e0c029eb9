#include "api/audit_trail.hpp"

#include <algorithm>
#include <array>

#include "api/openapi/operation.hpp"
#include "model/fields.hpp"
#include "tenancy/audit.hpp"

namespace netweave::api {
namespace {

constexpr std::size_t longest_agent = 256;

/// What of a document says who may do what: shown in the events of its changes.
constexpr std::array<std::string_view, 6> telling = {"roles", "enabled", "permissions", "scope", "status", "quota"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

/// "resourcePools" is of resourcePool, "policies" of policy.
std::string singular(std::string_view resource) {
  if (resource.ends_with("ies")) return std::string(resource.substr(0, resource.size() - 3)) + "y";
  if (resource.ends_with("s")) resource.remove_suffix(1);
  return std::string(resource);
}

std::string_view done_word(std::string_view action) {
  if (action == "create") return "created";
  if (action == "update") return "updated";
  if (action == "delete") return "deleted";
  return action;
}

std::string address_of(const std::string& peer) {
  std::string_view host = std::string_view(peer).substr(0, peer.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

/// What is the same of all events of a call.
tenancy::AuditEvent event_of(const Call& call) {
  tenancy::AuditEvent event;
  event.subject = call.access ? call.access->subject : call.subject;
  event.client_ip = address_of(call.request.peer.address);
  if (const std::string* agent = call.header("User-Agent")) event.user_agent = agent->substr(0, longest_agent);
  event.request_id = call.request_id;
  if (call.access) {
    event.user_id = call.access->user_id;
    event.tenant = call.access->tenant;
  }
  if (call.asked == nullptr) return event;
  std::string_view permission = call.asked->permission;
  if (permission.starts_with("platform ")) permission.remove_prefix(9);
  std::size_t colon = permission.find(':');
  event.action = colon == std::string_view::npos ? std::string("read") : std::string(permission.substr(colon + 1));
  if (colon != std::string_view::npos) event.resource_type = singular(permission.substr(0, colon));
  if (!call.parts.empty()) event.resource_id = call.parts.back();
  event.details["operation"] = call.asked->id;
  return event;
}

void refuse(const Call& call, tenancy::AuditEvent event, int status) {
  event.type = call.access ? "access.denied" : "auth.failure";
  event.details["status"] = status;
  event.details["reason"] = call.refused;
  if (!call.access && !event.subject.empty()) {
    auto snapshot = call.services.state.snapshot();
    if (const model::Object* user = tenancy::find_user(*snapshot, event.subject)) {
      event.user_id = user->id();
      event.tenant = user->owner();
    }
  }
  call.services.audit->record(std::move(event));
}

std::string type_of(const Call& call, const tenancy::AuditEvent& event, int status) {
  if (call.asked->id.starts_with("replaceTenantQuotas")) return "quota.updated";
  std::string type = lower(event.resource_type.empty() ? "api" : event.resource_type) + ".";
  return status < 400 ? type.append(done_word(event.action)) : type.append(event.action).append("_failed");
}

/// An event for what was written, where the handler says what that is.
void fill_in(const Note& note, tenancy::AuditEvent& event) {
  if (!note.id.empty()) event.resource_id = note.id;
  if (!note.tenant.empty()) event.tenant = note.tenant;
  for (const Value::Member& detail : note.details.as_object()) event.details[detail.first] = detail.second;
}

}  // namespace

void Call::note(const model::Object& object) {
  Note& note = notes.emplace_back();
  note.id = object.id();
  note.tenant = object.kind() == Kind::tenant ? object.id() : object.owner();
  if (object.kind() != Kind::user && object.kind() != Kind::role && object.kind() != Kind::tenant) return;
  Value json = Value::parse(object.json()).value_or(Value());
  for (std::string_view name : telling)
    if (const Value* value = json.find(name)) note.details[name] = *value;
}

bool is_audited(const Services& services, const openapi::Operation& operation) {
  return operation.method != "GET" || services.config.multi_tenancy.audit_reads;
}

void audit_answer(const Call& call, int status) {
  if (status == 401 || status == 403) return refuse(call, event_of(call), status);
  if (!call.access || !is_audited(call.services, *call.asked)) return;
  if (status >= 400 && status < 500 && call.notes.empty()) return;
  tenancy::AuditEvent event = event_of(call);
  bool replayed = event.action == "create" && status < 400 && call.notes.empty();  // to an Idempotency-Key
  if (replayed) return;
  event.details["status"] = status;
  if (call.asked->id.starts_with("createTenant") && !call.asked->id.starts_with("createTenantUser") && status == 201 &&
      !call.notes.empty())
    call.services.audit->begin_tenant(call.notes.front().id);
  event.type = type_of(call, event, call.notes.empty() ? status : 200);
  if (call.notes.empty()) return call.services.audit->record(std::move(event));
  for (const Note& note : call.notes) {
    tenancy::AuditEvent one = event;
    fill_in(note, one);
    call.services.audit->record(std::move(one));
  }
}

void audit_recognition(const Call& call) {
  tenancy::AuditEvent event = event_of(call);
  event.type = "auth.success";
  event.resource_type.clear();
  event.resource_id.clear();
  event.action.clear();
  call.services.audit->record(std::move(event));
}

}  // namespace netweave::api
