#include <atomic>

#include "api/ims/batch.hpp"
#include "api/ims/subscription_write.hpp"

/// Batches of subscriptions. They are the gateway's own: an atomic batch is one step of the writer, so that all of it
/// is in one commit of the store, or nothing.
namespace netweave::api::ims {
namespace {

using netweave::ims::Operation;

class SubscriptionBatch : public std::enable_shared_from_this<SubscriptionBatch> {
 public:
  SubscriptionBatch(const CallRef& call, Batch batch) : run_(call, std::move(batch)), writes_(run_.outcomes.size()) {}

  void start() {
    for (std::size_t i = 0; i < writes_.size(); ++i)
      if (auto refusal = entry_refusal(run_.batch, i, prepare(i))) run_.fail(i, std::move(*refusal));
    if (run_.failed_as_a_whole()) return give_up();
    check_callbacks();
  }

 private:
  Refusal prepare(std::size_t index) {
    const Entry& entry = run_.batch.entries[index];
    const Call& call = *run_.call;
    switch (run_.batch.operation) {
      case Operation::create:
        return prepare_new_subscription(call, entry.body, writes_[index]);
      case Operation::update:
        return prepare_subscription_update(
            call, entry.id, {entry.body, true, entry.if_match ? &*entry.if_match : nullptr}, writes_[index]);
      case Operation::remove:
        break;
    }
    return prepare_subscription_removal(call, entry.id, nullptr, writes_[index]);
  }

  /// Each on the pool, which other requests share; the last one that ends goes on.
  void check_callbacks() {
    if (run_.batch.operation == Operation::remove) return commit();
    checks_ = writes_.size();
    for (std::size_t i = 0; i < writes_.size(); ++i) {
      auto check = [self = shared_from_this(), i] {
        if (self->run_.outcomes[i].status == 0)
          self->note(i, check_callback(self->run_.call->services, self->writes_[i]));
        self->checked();
      };
      if (run_.call->services.pool.offer(check)) continue;
      if (run_.outcomes[i].status == 0) note(i, to_problem(busy("too many subscriptions are being made")));
      checked();
    }
  }

  /// Of one entry, from its own job: the others touch other places.
  void note(std::size_t index, Refusal refusal) { refused_[index] = std::move(refusal); }

  /// Once all jobs have ended.
  void gather() {
    for (std::size_t i = 0; i < writes_.size(); ++i)
      if (auto refusal = std::exchange(refused_[i], std::nullopt))
        run_.fail(i, *entry_refusal(run_.batch, i, std::move(refusal)));
  }

  void checked() {
    if (--checks_ > 0) return;
    gather();
    if (run_.failed_as_a_whole()) return give_up();
    commit();
  }

  void commit() { run_.batch.atomic ? commit_all() : commit_each(); }

  void commit_all() {
    auto step = [self = shared_from_this()](state::Transaction& transaction) { return self->stage_all(transaction); };
    auto then = [self = shared_from_this()](Result<model::Revision> committed) {
      if (committed) return self->run_.send(self->run_.text());
      if (!self->staging_) return self->run_.call->answer(committed.error());
      self->run_.forget();
      self->run_.fail(*self->staging_, to_problem(committed.error()));
      self->give_up();
    };
    if (!run_.call->services.writer.offer(step, then)) run_.call->answer(busy("too many writes wait for the store"));
  }

  /// May run again: another gateway may have been faster.
  Result<void> stage_all(state::Transaction& transaction) {
    for (std::size_t i = 0; i < writes_.size(); ++i) {
      staging_ = i;
      if (auto staged = stage(*run_.call, transaction, writes_[i]); !staged) return staged;
      succeed(i);
    }
    staging_.reset();
    Idempotency::remember(transaction, *run_.call, run_.status(), {}, run_.text());
    return {};
  }

  void commit_each() {
    commits_ = writes_.size();
    for (std::size_t i = 0; i < writes_.size(); ++i) {
      if (run_.outcomes[i].status != 0) {
        committed();
        continue;
      }
      auto step = [self = shared_from_this(), i](state::Transaction& transaction) {
        return stage(*self->run_.call, transaction, self->writes_[i]);
      };
      auto then = [self = shared_from_this(), i](Result<model::Revision> outcome) {
        outcome ? self->succeed(i) : self->note(i, to_problem(outcome.error()));
        self->committed();
      };
      if (run_.call->services.writer.offer(step, then)) continue;
      note(i, to_problem(busy("too many writes wait for the store")));
      committed();
    }
  }

  void committed() {
    if (--commits_ > 0) return;
    gather();
    run_.keep_and_send();
  }

  void succeed(std::size_t index) {
    const SubscriptionWrite& write = writes_[index];
    switch (write.operation) {
      case Operation::create:
        return run_.outcomes[index].succeed(201, write.wanted.subscription_id, write.body);
      case Operation::update:
        return run_.outcomes[index].succeed(200, std::string(write.present->id()), write.body);
      case Operation::remove:
        return run_.outcomes[index].succeed(204, std::string(write.present->id()), {});
    }
  }

  void give_up() {
    if (auto refusal = run_.invalid()) return run_.call->answer(*refusal);
    run_.abandon_rest();
    run_.send(run_.text());
  }

  BatchRun run_;
  std::vector<SubscriptionWrite> writes_;
  std::vector<Refusal> refused_ = std::vector<Refusal>(writes_.size());  // found by jobs, each in its own place
  std::atomic<std::size_t> checks_{0};
  std::atomic<std::size_t> commits_{0};
  std::optional<std::size_t> staging_;  // the entry that a transaction is at; the writer's thread
};

}  // namespace

void run_on_subscriptions(const CallRef& call, Batch batch) {
  std::make_shared<SubscriptionBatch>(call, std::move(batch))->start();
}

}  // namespace netweave::api::ims
