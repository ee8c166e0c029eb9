#include "api/idempotency.hpp"

#include "base/crypto.hpp"
#include "model/kinds.hpp"

namespace netweave::api {
namespace {

constexpr Millis kept_for = 24LL * 3600 * 1000;

/// The object's id: one for each key, path and who asks. Empty without a key.
std::string answer_id(const Call& call) {
  const std::string* key = call.header("Idempotency-Key");
  if (key == nullptr) return {};
  std::string text = call.path + "\n" + *key;
  if (call.access) text.append("\n").append(call.access->tenant).append("\n").append(call.access->subject);
  return crypto::to_hex(crypto::sha256(text));
}

std::string body_digest(const Call& call) { return crypto::to_hex(crypto::sha256(call.request.body)); }

/// The answer to a subscription's creation holds its secret: it is sealed as the secret itself is.
std::string seal_body(const std::string& key, std::string_view body) {
  return key.empty() ? std::string(body) : crypto::to_base64(crypto::seal(key, body));
}

std::optional<std::string> open_body(const std::string& key, const Value& kept) {
  std::string text(kept.at("body").as_text());
  if (!kept.at("sealed").as_bool()) return text;
  auto bytes = crypto::from_base64(text);
  return bytes && !key.empty() ? crypto::open(key, *bytes) : std::nullopt;
}

void replay(Call& call, const Value& kept) {
  auto body = open_body(call.services.sealing_key, kept);
  if (!body) return call.answer(conflict("this Idempotency-Key's answer was kept under another store.encryption_key"));
  http::Response response;
  response.status = static_cast<int>(kept.at("status").as_integer(200));
  response.headers.emplace_back("Content-Type", "application/json");
  if (!kept.at("location").empty()) response.headers.emplace_back("Location", kept.at("location").as_text());
  response.body = http::Body(std::move(*body));
  call.answer(std::move(response));
}

}  // namespace

bool Idempotency::hold(const CallRef& call) {
  if (!admit(call)) return false;
  call->finished = [this, before = call->finished](const Call& done, int status) {
    release(done);
    if (before) before(done, status);
  };
  return true;
}

bool Idempotency::admit(const CallRef& call) {
  std::string id = answer_id(*call);
  if (id.empty()) return true;
  {
    std::lock_guard lock(mutex_);
    if (in_use_.contains(id)) {
      call->answer(conflict("a request with this Idempotency-Key is still being answered"));
      return false;
    }
    auto snapshot = call->services.state.snapshot();
    const model::Object* object = snapshot->find(model::answer, id);
    if (object == nullptr) {
      in_use_.insert(id);
      return true;
    }
    Value kept = Value::parse(object->json()).value_or(Value());
    if (to_millis(call->services.clock()) - kept.at("time").as_integer() > kept_for) {
      in_use_.insert(id);
      return true;
    }
    if (kept.at("request").as_text() == body_digest(*call)) {
      replay(*call, kept);
      return false;
    }
  }
  call->answer(conflict("this Idempotency-Key was used with another body"));
  return false;
}

void Idempotency::remember(state::Transaction& transaction, const Call& call, int status, const std::string& location,
                           std::string_view body) {
  std::string id = answer_id(call);
  if (id.empty()) return;
  Value kept;
  kept["request"] = body_digest(call);
  kept["status"] = status;
  kept["location"] = location;
  kept["sealed"] = !call.services.sealing_key.empty();
  kept["body"] = seal_body(call.services.sealing_key, body);
  kept["time"] = transaction.time();
  model::Draft draft;
  draft.kind = model::answer;
  draft.id = id;
  draft.json = kept.to_json();
  transaction.put(draft);
}

void Idempotency::release(const Call& call) {
  std::string id = answer_id(call);
  if (id.empty()) return;
  std::lock_guard lock(mutex_);
  in_use_.erase(id);
}

Result<void> Idempotency::forget_old(state::Transaction& transaction) {
  constexpr std::size_t at_once = 500;
  std::size_t removed = 0;
  for (auto cursor = transaction.base().table(model::answer).begin(); cursor.valid() && removed < at_once;
       cursor.next()) {
    Value kept = Value::parse(cursor->json()).value_or(Value());
    if (transaction.time() - kept.at("time").as_integer() <= kept_for) continue;
    transaction.remove(model::answer, cursor->id());
    ++removed;
  }
  return {};
}

}  // namespace netweave::api
