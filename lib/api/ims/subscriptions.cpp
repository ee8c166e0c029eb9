#include "api/collection.hpp"
#include "api/ims/inventory.hpp"
#include "api/ims/subscription_write.hpp"
#include "api/validation.hpp"

namespace netweave::api::ims {
namespace {

using SubscriptionWriteRef = std::shared_ptr<SubscriptionWrite>;

/// The callback's name is resolved on the pool: names can take seconds.
void with_callback_checked(const CallRef& call, const SubscriptionWriteRef& write, std::function<void()> then) {
  bool queued = call->services.pool.offer([call, write, then = std::move(then)] {
    if (auto refusal = check_callback(call->services, *write)) return call->answer(*refusal);
    then();
  });
  if (!queued) call->answer(busy("too many subscriptions are being made"));
}

/// Commits the write and, along with it, what is told of it; then answers.
void commit(const CallRef& call, const SubscriptionWriteRef& write, std::function<void()> answer) {
  auto step = [call, write](state::Transaction& transaction) -> Result<void> {
    auto staged = stage(*call, transaction, *write);
    if (staged && write->operation == netweave::ims::Operation::create)
      Idempotency::remember(transaction, *call, 201, call->path + "/" + write->wanted.subscription_id, write->body);
    return staged;
  };
  auto then = [call, answer = std::move(answer)](Result<model::Revision> committed) {
    if (!committed) return call->answer(committed.error());
    answer();
  };
  if (!call->services.writer.offer(std::move(step), std::move(then)))
    call->answer(busy("too many writes wait for the store"));
}

void create(const CallRef& call, Idempotency& idempotency) {
  auto write = std::make_shared<SubscriptionWrite>();
  Refusal refusal = call->body ? prepare_new_subscription(*call, *call->body, *write) : Refusal();
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  if (!idempotency.hold(call)) return;
  with_callback_checked(call, write, [call, write] {
    commit(call, write, [call, write] {
      call->note(*write->made);
      http::Response response;
      response.status = 201;
      response.headers.emplace_back("Content-Type", "application/json");
      response.headers.emplace_back("ETag", etag_of(call->services, *write->made));
      response.headers.emplace_back("Location", call->path + "/" + write->wanted.subscription_id);
      response.body = http::Body(write->body);
      call->answer(std::move(response));
    });
  });
}

void update_subscription(const CallRef& call) {
  auto write = std::make_shared<SubscriptionWrite>();
  Refusal refusal;
  if (call->body)
    refusal =
        prepare_subscription_update(*call, call->parts[0], {*call->body, false, call->header("If-Match")}, *write);
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  auto answer = [call, write] { answer_written(*call, 200, write->made, {}); };
  if (write->patch.empty()) return answer();
  with_callback_checked(call, write, [call, write, answer] { commit(call, write, answer); });
}

void remove_subscription(const CallRef& call) {
  auto write = std::make_shared<SubscriptionWrite>();
  if (auto refusal = prepare_subscription_removal(*call, call->parts[0], call->header("If-Match"), *write))
    return call->answer(*refusal);
  commit(call, write, [call, write] {
    call->note(*write->present);
    call->answer_no_content();
  });
}

void get_subscription(const CallRef& call) {
  const std::string& id = call->parts[0];
  auto answer = [call](const Value& status) {
    answer_object(*call, Kind::subscription, call->parts[0], ",\"status\":" + status.to_json());
  };
  bool there = static_cast<bool>(find(*call, Kind::subscription, id));
  if (!there || !call->query.empty()) return answer_object(*call, Kind::subscription, id);
  if (auto status = call->services.known_status(id)) return answer(*status);
  bool queued = call->services.scans.offer([call, answer] {
    auto status = call->services.stored_status(call->parts[0]);
    status ? answer(*status) : call->answer(status.error());
  });
  if (!queued) answer_busy(*call);
}

}  // namespace

void add_subscriptions(Handlers& handlers, const std::string& version, Idempotency& idempotency) {
  auto list = [](const CallRef& call) { answer_list(call, Kind::subscription); };
  auto make = [&idempotency](const CallRef& call) { create(call, idempotency); };
  handlers.add("listSubscriptions" + version, list, Faults::merged);
  handlers.add("createSubscription" + version, make, Faults::merged);
  handlers.add("getSubscription" + version, get_subscription, Faults::merged);
  handlers.add("replaceSubscription" + version, update_subscription, Faults::merged);
  handlers.add("deleteSubscription" + version, remove_subscription);
  add_delivery(handlers, version, idempotency);
}

}  // namespace netweave::api::ims
