#include "events/requests.hpp"

#include <algorithm>
#include <functional>

namespace netweave::events {
namespace {

Result<void> change(state::Transaction& transaction, std::string_view id, const std::function<void(Value&)>& edit) {
  model::ObjectRef present = transaction.get(model::webhook, id);
  if (!present) return make_error(ErrorKind::not_found, "there is no subscription " + std::string(id));
  Value json = Value::parse(present->json()).value_or(Value::object());
  // its own revision tells no longer when the subscription began; 0: it is being made in this very commit
  if (json.find("since") == nullptr && present->revision() != 0)
    json["since"] = static_cast<std::int64_t>(present->revision());
  edit(json);
  model::Draft draft;
  draft.kind = model::webhook;
  draft.id = id;
  draft.json = json.to_json();
  if (draft.json != present->json()) transaction.put(draft);
  return {};
}

/// Wishes of both sorts are counted together, and the count outlives them.
std::int64_t next_number(Value& json) {
  std::int64_t number = json.at("asked").as_integer() + 1;
  json["asked"] = number;
  return number;
}

}  // namespace

Result<void> ask_resume(state::Transaction& transaction, std::string_view id, std::optional<model::Revision> after) {
  return change(transaction, id, [&](Value& json) {
    Value resume = Value::object();
    resume["number"] = next_number(json);
    if (after) resume["after"] = static_cast<std::int64_t>(*after);
    json["resume"] = std::move(resume);
  });
}

Result<void> ask_redelivery(state::Transaction& transaction, std::string_view id, const std::vector<std::string>& ids) {
  return change(transaction, id, [&](Value& json) {
    const Value* former = json.find("redelivery");
    bool all = ids.empty() || (former != nullptr && former->find("ids") == nullptr);
    Value named = former != nullptr ? former->at("ids") : Value();
    for (const std::string& one : ids) {
      const auto& known = named.as_array();
      if (std::find(known.begin(), known.end(), Value(one)) == known.end()) named.push_back(one);
    }
    Value redelivery = Value::object();
    redelivery["number"] = next_number(json);
    if (!all) redelivery["ids"] = std::move(named);
    json["redelivery"] = std::move(redelivery);
  });
}

Result<void> end_redelivery(state::Transaction& transaction, std::string_view id, std::uint64_t number) {
  if (!transaction.get(model::webhook, id)) return {};
  return change(transaction, id, [&](Value& json) {
    if (json.at("redelivery").at("number").as_integer() == static_cast<std::int64_t>(number)) json.erase("redelivery");
  });
}

Result<void> rotate_secret(state::Transaction& transaction, std::string_view id, std::string_view secret,
                           std::string_view key, Millis until) {
  return change(transaction, id, [&](Value& json) {
    Value former = Value::object();
    former["secret"] = json.at("secret");
    former["sealed"] = json.at("sealed");
    former["until"] = until;
    merge_patch(json, kept_secret(secret, key));
    json.erase("former");
    if (until > transaction.time()) json["former"] = std::move(former);
  });
}

}  // namespace netweave::events
