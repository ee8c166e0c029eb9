#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "events/delivery.hpp"
#include "model/fields.hpp"
#include "state/writer.hpp"

/// A gateway's inner parts without its outside: a store, the state, the writer, the tail, and the delivery on top.
namespace netweave::testing {

inline SubscriptionsConfig quick() {
  SubscriptionsConfig config;
  config.backoff = std::chrono::milliseconds(2);
  config.max_backoff = std::chrono::milliseconds(20);
  config.timeout = std::chrono::milliseconds(10000);
  return config;
}

/// Waits for a condition without a trace of a timing assumption but the deadline.
template <class Condition>
bool eventually(Condition condition, std::chrono::seconds longest = std::chrono::seconds(60)) {
  auto until = std::chrono::steady_clock::now() + longest;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

class World {
 public:
  explicit World(SubscriptionsConfig config = quick(), std::unique_ptr<store::Store> store = store::open_memory());
  /// One more gateway on a store that outlives it; it delivers nothing yet.
  explicit World(store::Store& shared, SubscriptionsConfig config = quick());
  ~World();

  /// The delivery ends and begins anew over the same store; the former as by a kill, or in order.
  void kill_delivery();
  void stop_delivery();
  void start_delivery();
  /// Begins to deliver everything, under new leases, and to deliver nothing, in order.
  void assume_all();
  void yield_all();

  model::Revision put(const model::Draft& draft);
  model::Revision remove(Kind kind, const std::string& id);
  model::Revision put_resource(const std::string& id, const std::string& pool = "pool-1",
                               const std::string& type = "type-1", const std::string& labels = "{}",
                               const std::string& note = "");
  model::Revision put_pool(const std::string& id, const std::string& name = "a pool");
  /// Creates it with a new secret, or changes it.
  model::Revision subscribe(const Subscription& subscription, const std::string& api = "v1",
                            std::optional<model::Revision> from = std::nullopt);
  model::Revision unsubscribe(const std::string& id);
  /// As the API asks for it: through the log.
  void resume(const std::string& id, bool from_now);
  void redeliver(const std::string& id, const std::vector<std::string>& ids = {});
  /// Gives the former secret.
  std::string rotate(const std::string& id, std::chrono::milliseconds grace);
  [[nodiscard]] const std::string& secret(const std::string& id) const { return secrets_.at(id); }

  store::Store& store() { return store_; }
  const state::State& state() const { return state_; }
  events::Delivery& delivery() { return *delivery_; }
  /// A blank one before the delivery knows the subscription.
  events::DeliveryStatus status(const std::string& id) {
    return delivery_->status(id).value_or(events::DeliveryStatus());
  }
  state::Writer& writer() { return *writer_; }

  /// The position that the store holds; 0: none.
  model::Revision stored_position(const std::string& id);
  std::vector<std::string> dead_letters(const std::string& id);

  std::string key;  ///< secrets are sealed under it where it is not empty
  std::atomic<Millis> clock_offset{0};

 private:
  void begin();
  void make_delivery();
  void observe(std::span<const store::Entry> entries);

  SubscriptionsConfig config_;
  std::unique_ptr<store::Store> owned_;
  store::Store& store_;
  state::State state_;
  std::unique_ptr<state::Writer> writer_;
  std::unique_ptr<state::Tail> tail_;
  std::mutex mutex_;  // the delivery comes and goes while the tail calls it
  std::unique_ptr<events::Delivery> delivery_;
  std::map<std::string, std::string> secrets_;
};

Subscription subscription_to(const std::string& callback, const std::string& id = "sub-1");
/// The members of a received body.
Value body_of(const std::string& body);
using ResourceIds = std::vector<std::string>;
/// The resourceId of each notification, in order of arrival.
ResourceIds resources_in(const Receiver& receiver);
std::string text_of(const std::string& body, const std::string& member);

}  // namespace netweave::testing
