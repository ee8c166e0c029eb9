#include <algorithm>
#include <array>

#include "api/collection.hpp"
#include "api/ims/inventory.hpp"
#include "api/ims/writing.hpp"
#include "base/ids.hpp"

namespace netweave::api::ims {
namespace {

constexpr std::array<std::string_view, 2> subscription_optional = {"subscriptionId", "createdAt"};
model::Draft draft_of(const Subscription& subscription) {
  model::Draft draft;
  draft.kind = Kind::subscription;
  draft.id = subscription.subscription_id;
  draft.json = model::to_json(model::subscription_table(), subscription);
  return draft;
}

/// The callback's name is resolved on the pool: names can take seconds.
void with_callback_checked(const CallRef& call, const std::string& callback, std::function<void()> then) {
  bool queued = call->services.pool.offer([call, callback, then = std::move(then)] {
    auto fine = call->services.check_callback(callback);
    if (!fine) {
      Problem problem = to_problem(fine.error());
      if (problem.status == 400 && problem.faults.empty()) problem.faults.push_back({"callback", fine.error().message});
      return call->answer(problem);
    }
    then();
  });
  if (queued) return;
  Error busy = make_error(ErrorKind::exhausted, "too many subscriptions are being made");
  busy.retry_after = std::chrono::seconds(1);
  call->answer(busy);
}

void submit(const CallRef& call, state::Step step, state::Committed done) {
  if (call->services.writer.offer(std::move(step), std::move(done))) return;
  Error busy = make_error(ErrorKind::exhausted, "too many writes wait for the store");
  busy.retry_after = std::chrono::seconds(1);
  call->answer(busy);
}

struct Creation {
  Subscription subscription;
  NewWebhook webhook;
  model::ObjectRef made;
  std::string body;  // with the secret, which is shown this once
};

Result<void> stage_creation(state::Transaction& transaction, const Call& call, Creation& creation) {
  Subscription& subscription = creation.subscription;
  if (transaction.get(Kind::subscription, subscription.subscription_id))
    return make_error(ErrorKind::conflict, subscription.subscription_id + " is taken");
  subscription.created_at = subscription.updated_at = format_rfc3339(transaction.time());
  transaction.put(draft_of(subscription));
  model::Draft webhook;
  webhook.kind = model::webhook;
  webhook.id = subscription.subscription_id;
  webhook.json = creation.webhook.json;
  transaction.put(webhook);
  creation.made = transaction.get(Kind::subscription, subscription.subscription_id);
  creation.body = creation.made->json();
  creation.body.pop_back();
  creation.body += ",\"security\":" + creation.webhook.security.to_json() + "}";
  Idempotency::remember(transaction, call, 201, call.path + "/" + subscription.subscription_id, creation.body);
  return {};
}

void create(const CallRef& call, Idempotency& idempotency) {
  auto creation = std::make_shared<Creation>();
  Subscription& subscription = creation->subscription;
  if (!read_new(*call, model::subscription_table(), subscription_optional, subscription)) return;
  if (!idempotency.admit(call)) return;
  if (subscription.subscription_id.empty()) subscription.subscription_id = make_uuid();
  call->finished = [&idempotency, before = call->finished](const Call& done, int status) {
    idempotency.release(done);
    if (before) before(done, status);
  };
  with_callback_checked(call, subscription.callback, [call, creation] {
    creation->webhook = call->services.make_webhook(call->version);
    auto step = [call, creation](state::Transaction& transaction) {
      return stage_creation(transaction, *call, *creation);
    };
    submit(call, step, [call, creation](Result<model::Revision> committed) {
      if (!committed) return call->answer(committed.error());
      http::Response response;
      response.status = 201;
      response.headers.emplace_back("Content-Type", "application/json");
      response.headers.emplace_back("ETag", etag_of(call->services, *creation->made));
      response.headers.emplace_back("Location", call->path + "/" + creation->subscription.subscription_id);
      response.body = http::Body(creation->body);
      call->answer(std::move(response));
    });
  });
}

model::ObjectRef present(Call& call) {
  auto snapshot = call.services.state.snapshot();
  model::ObjectRef object = model::ObjectRef::share(snapshot->find(Kind::subscription, call.parts[0]));
  if (!object) call.answer(not_found("there is no subscription " + call.parts[0]));
  return object;
}

Error changed_meanwhile(const std::string& id) {
  return make_error(ErrorKind::precondition, id + " was changed meanwhile: read it again");
}

void update(const CallRef& call) {
  model::ObjectRef object = present(*call);
  if (!object) return;
  auto wanted = std::make_shared<Subscription>();
  Value patch;
  if (!read_update(*call, model::subscription_table(), *object, *wanted, patch)) return;
  if (!if_match_holds(*call, *object)) return;
  if (patch.empty()) return answer_written(*call, 200, object, {});
  bool conditional = call->header("If-Match") != nullptr;
  with_callback_checked(call, wanted->callback, [call, wanted, object, conditional] {
    auto made = std::make_shared<model::ObjectRef>();
    auto step = [wanted, object, conditional, made](state::Transaction& transaction) -> Result<void> {
      model::ObjectRef now = transaction.get(Kind::subscription, object->id());
      if (!now) return make_error(ErrorKind::not_found, "the subscription was deleted meanwhile");
      if (conditional && now->revision() != object->revision()) return changed_meanwhile(wanted->subscription_id);
      wanted->updated_at = format_rfc3339(transaction.time());
      transaction.put(draft_of(*wanted));
      *made = transaction.get(Kind::subscription, object->id());
      return {};
    };
    submit(call, step, [call, made](Result<model::Revision> committed) {
      if (!committed) return call->answer(committed.error());
      answer_written(*call, 200, *made, {});
    });
  });
}

void remove(const CallRef& call) {
  model::ObjectRef object = present(*call);
  if (!object || !if_match_holds(*call, *object)) return;
  bool conditional = call->header("If-Match") != nullptr;
  auto step = [object, conditional](state::Transaction& transaction) -> Result<void> {
    model::ObjectRef now = transaction.get(Kind::subscription, object->id());
    if (!now) return make_error(ErrorKind::not_found, "the subscription was deleted meanwhile");
    if (conditional && now->revision() != object->revision()) return changed_meanwhile(std::string(object->id()));
    transaction.remove(Kind::subscription, object->id());
    transaction.remove(model::webhook, object->id());
    return {};
  };
  submit(call, step, [call](Result<model::Revision> committed) {
    if (!committed) return call->answer(committed.error());
    http::Response response;
    response.status = 204;
    call->answer(std::move(response));
  });
}

/// Ends a suspension: from where it stopped, or with ?from=now past what it missed.
void resume(const CallRef& call) {
  if (!present(*call)) return;
  if (!call->services.resume_subscription(call->parts[0], call->parameters.find("from") != nullptr))
    return call->answer(not_found("there is no subscription " + call->parts[0]));
  http::Response response;
  response.status = 204;
  call->answer(std::move(response));
}

void get(const CallRef& call) {
  std::string extra;
  if (call->query.empty() && call->services.subscription_status)
    extra = ",\"status\":" + call->services.subscription_status(call->parts[0]).to_json();
  answer_object(*call, Kind::subscription, call->parts[0], extra);
}

}  // namespace

void add_subscriptions(Handlers& handlers, const std::string& version, Idempotency& idempotency) {
  auto list = [](const CallRef& call) { answer_list(*call, Kind::subscription); };
  auto make = [&idempotency](const CallRef& call) { create(call, idempotency); };
  handlers.add("listSubscriptions" + version, list, Faults::merged);
  handlers.add("createSubscription" + version, make, Faults::merged);
  handlers.add("getSubscription" + version, get, Faults::merged);
  handlers.add("replaceSubscription" + version, update, Faults::merged);
  handlers.add("deleteSubscription" + version, remove);
  handlers.add("resumeSubscription" + version, resume);
}

}  // namespace netweave::api::ims
