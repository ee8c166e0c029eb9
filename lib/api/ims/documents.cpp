#include "api/ims/documents.hpp"

#include "api/collection.hpp"
#include "api/validation.hpp"
#include "base/ids.hpp"

namespace netweave::api::ims {
namespace {

std::string& id_of(Tenant& tenant) { return tenant.tenant_id; }
std::string& id_of(User& user) { return user.user_id; }
std::string& id_of(Role& role) { return role.role_id; }

/// A write that was checked and is not committed.
template <class T>
struct DocumentWrite {
  T wanted;
  std::string tenant;        ///< whose it is
  Value patch;               ///< of updates
  bool merge = false;        ///< `patch` is laid over what is there then
  bool conditional = false;  ///< it must be `present` still
  model::ObjectRef present;  ///< of updates and removals: what it was decided on
  model::ObjectRef made;
};
template <class T>
using WriteRef = std::shared_ptr<DocumentWrite<T>>;

/// What only the gateway writes is passed over.
Value without_server_members(const model::Table& table, Value body) {
  for (const model::Field& field : table.fields)
    if (field.server) body.erase(field.name);
  return body;
}

template <class T>
Refusal complete(const Documents<T>& documents, T& wanted) {
  std::vector<Fault> faults;
  documents.complete(wanted, faults);
  if (faults.empty()) return {};
  return bad_request("the " + std::string(to_string(documents.kind)) + " is wrong", std::move(faults));
}

std::string owner_of(const model::Object& object) {
  return std::string(object.kind() == Kind::tenant ? object.id() : object.owner());
}

template <class T>
Refusal take_present(const Call& call, const Documents<T>& documents, const std::string& id, DocumentWrite<T>& into) {
  into.present = find(call, documents.kind, id);
  if (!into.present) return absent(documents.kind, id);
  into.tenant = owner_of(*into.present);
  into.conditional = call.header("If-Match") != nullptr;
  return check_if_match(call.services, call.header("If-Match"), *into.present);
}

/// What the change is of, as it is by now.
template <class T>
Result<model::ObjectRef> take_now(const state::Transaction& transaction, const DocumentWrite<T>& write) {
  std::string id(write.present->id());
  model::ObjectRef now = transaction.get(write.present->kind(), id);
  if (!now) return make_error(ErrorKind::not_found, id + " was deleted meanwhile");
  if (write.conditional && now->revision() != write.present->revision())
    return make_error(ErrorKind::precondition, id + " was changed meanwhile: read it again");
  return now;
}

template <class T>
Result<void> stage_creation(const Call& call, state::Transaction& transaction, const Documents<T>& documents,
                            DocumentWrite<T>& write) {
  T& wanted = write.wanted;
  if (transaction.get(documents.kind, id_of(wanted)))
    return make_error(ErrorKind::conflict, id_of(wanted) + " is taken");
  wanted.created_at = wanted.updated_at = format_rfc3339(transaction.time());
  put_document(transaction, documents.kind, id_of(wanted), wanted,
               documents.kind == Kind::tenant ? model::default_tenant : std::string_view(write.tenant));
  write.made = transaction.get(documents.kind, id_of(wanted));
  return documents.decide({call, transaction, write.tenant, nullptr, &wanted});
}

template <class T>
Result<void> stage_update(const Call& call, state::Transaction& transaction, const Documents<T>& documents,
                          DocumentWrite<T>& write) {
  auto now = take_now(transaction, write);
  if (!now) return std::move(now).error();
  const model::Table& table = model::table_of(documents.kind);
  T before = model::from_json<T>(table, (*now)->json());
  T wanted = write.wanted;
  if (write.merge && (*now)->revision() != write.present->revision()) {
    Value value = Value::parse((*now)->json()).value_or(Value::object());
    merge_patch(value, write.patch);
    wanted = model::from_json<T>(table, value.to_json());
  }
  wanted.updated_at = format_rfc3339(transaction.time());
  put_document(transaction, documents.kind, id_of(wanted), wanted, (*now)->owner());
  write.made = transaction.get(documents.kind, id_of(wanted));
  return documents.decide({call, transaction, write.tenant, &before, &wanted});
}

template <class T>
Result<void> stage_removal(const Call& call, state::Transaction& transaction, const Documents<T>& documents,
                           const DocumentWrite<T>& write) {
  auto now = take_now(transaction, write);
  if (!now) return std::move(now).error();
  T before = model::from_json<T>(model::table_of(documents.kind), (*now)->json());
  transaction.remove(documents.kind, (*now)->id());
  return documents.decide({call, transaction, write.tenant, &before, nullptr});
}

}  // namespace

void commit_step(const CallRef& call, state::Step step, std::function<void()> answer) {
  auto then = [call, answer = std::move(answer)](const Result<model::Revision>& committed) {
    committed ? answer() : call->answer(committed.error());
  };
  if (!call->services.writer.offer(std::move(step), std::move(then)))
    call->answer(busy("too many writes wait for the store"));
}

template <class T>
void create_document(const CallRef& call, const Documents<T>& documents, Idempotency& idempotency) {
  auto write = std::make_shared<DocumentWrite<T>>();
  const model::Table& table = model::table_of(documents.kind);
  Refusal refusal;
  if (call->body) {
    refusal = read_new(*call, table, documents.optional, without_server_members(table, *call->body), write->wanted);
    if (!refusal) refusal = complete(documents, write->wanted);
  }
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  if (!idempotency.hold(call)) return;
  std::string& id = id_of(write->wanted);
  if (id.empty()) id = make_uuid();
  write->tenant = documents.kind == Kind::tenant ? id : tenant_of_new(*call, *call->body);
  std::string location = call->path + "/" + id;
  auto step = [call, &documents, write, location](state::Transaction& transaction) -> Result<void> {
    auto staged = stage_creation(*call, transaction, documents, *write);
    if (staged) Idempotency::remember(transaction, *call, 201, location, shown_json(*call, *write->made));
    return staged;
  };
  commit_step(call, step, [call, write, location] { answer_written(*call, 201, write->made, location); });
}

template <class T>
void update_document(const CallRef& call, const Documents<T>& documents, const std::string& id) {
  auto write = std::make_shared<DocumentWrite<T>>();
  const model::Table& table = model::table_of(documents.kind);
  write->merge = call->request.method == "PATCH";
  Refusal refusal = take_present(*call, documents, id, *write);
  if (!refusal && call->body) {
    Value body = without_server_members(table, *call->body);
    Value now = Value::parse(write->present->json()).value_or(Value::object());
    for (std::string_view name : documents.kept)
      if (!write->merge && body.is_object() && body.find(name) == nullptr) body[name] = now.at(name);
    refusal = read_update(*call, table, *write->present, {body, write->merge, nullptr}, write->wanted, write->patch);
    if (!refusal) refusal = complete(documents, write->wanted);
  }
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  if (write->patch.empty()) return answer_written(*call, 200, write->present, {});
  auto step = [call, &documents, write](state::Transaction& transaction) {
    return stage_update(*call, transaction, documents, *write);
  };
  commit_step(call, step, [call, write] { answer_written(*call, 200, write->made, {}); });
}

template <class T>
void remove_document(const CallRef& call, const Documents<T>& documents, const std::string& id) {
  auto write = std::make_shared<DocumentWrite<T>>();
  if (auto refusal = take_present(*call, documents, id, *write)) return call->answer(*refusal);
  auto step = [call, &documents, write](state::Transaction& transaction) {
    return stage_removal(*call, transaction, documents, *write);
  };
  commit_step(call, step, [call, write] {
    call->note(*write->present);
    call->answer_no_content();
  });
}

template void create_document(const CallRef&, const Documents<Tenant>&, Idempotency&);
template void create_document(const CallRef&, const Documents<User>&, Idempotency&);
template void create_document(const CallRef&, const Documents<Role>&, Idempotency&);
template void update_document(const CallRef&, const Documents<Tenant>&, const std::string&);
template void update_document(const CallRef&, const Documents<User>&, const std::string&);
template void update_document(const CallRef&, const Documents<Role>&, const std::string&);
template void remove_document(const CallRef&, const Documents<Tenant>&, const std::string&);
template void remove_document(const CallRef&, const Documents<User>&, const std::string&);
template void remove_document(const CallRef&, const Documents<Role>&, const std::string&);

}  // namespace netweave::api::ims
