#include "world.hpp"

#include <map>
#include <stdexcept>

#include <doctest/doctest.h>

#include "events/dead_letters.hpp"
#include "events/requests.hpp"

namespace netweave::testing {

World::World(SubscriptionsConfig config, std::unique_ptr<store::Store> store)
    : config_(std::move(config)), owned_(std::move(store)), store_(*owned_) {
  begin();
  start_delivery();
}

World::World(store::Store& shared, SubscriptionsConfig config) : config_(std::move(config)), store_(shared) {
  begin();
  make_delivery();
}

void World::begin() {
  std::vector<model::ObjectRef> objects;
  auto head = store_.log().load([&](model::ObjectRef object) { objects.push_back(std::move(object)); });
  state_.load(std::move(objects), *head, store_.log().epoch());
  writer_ = std::make_unique<state::Writer>(store_.log(), state_, state::WriterOptions());
  tail_ = std::make_unique<state::Tail>(store_.log(), state_, Log());
  tail_->observe([this](std::span<const store::Entry> entries) { observe(entries); });
  tail_->observe_epochs([this] {
    std::lock_guard lock(mutex_);
    if (delivery_) delivery_->on_epoch();
  });
  tail_->start();
}

World::~World() {
  tail_->stop();
  delivery_.reset();
  writer_->stop();
}

void World::observe(std::span<const store::Entry> entries) {
  std::lock_guard lock(mutex_);
  if (delivery_) delivery_->on_entries(entries);
}

void World::kill_delivery() {
  std::unique_ptr<events::Delivery> old;
  {
    std::lock_guard lock(mutex_);
    old = std::move(delivery_);
  }
  old->abandon();
}

void World::stop_delivery() {
  std::unique_ptr<events::Delivery> old;
  {
    std::lock_guard lock(mutex_);
    old = std::move(delivery_);
  }
  old->stop();
}

void World::start_delivery() {
  make_delivery();
  assume_all();
}

void World::make_delivery() {
  events::DeliveryContext context{store_, state_, *writer_, config_};
  context.clock = [this] { return std::chrono::system_clock::now() + std::chrono::milliseconds(clock_offset.load()); };
  context.unseal = [this](std::string_view sealed) { return events::unseal_with(key)(sealed); };
  auto made = std::move(events::Delivery::make(std::move(context))).value();
  std::lock_guard lock(mutex_);
  delivery_ = std::move(made);
  delivery_->start();
}

/// Nobody's time counts here: whoever asks is the next holder.
void World::assume_all() {
  static std::atomic<int> holders{0};
  std::string holder = "gateway-" + std::to_string(++holders);
  for (unsigned share = 0; share < events::Delivery::shares; ++share) {
    std::string lease = events::Delivery::lease_of(share);
    delivery_->assume(share, {lease, store_.leases().acquire(lease, holder, std::chrono::milliseconds(0)).value()});
  }
}

void World::yield_all() {
  for (unsigned share = 0; share < events::Delivery::shares; ++share) delivery_->yield(share);
  bool all = eventually([this] {
    for (unsigned share = 0; share < events::Delivery::shares; ++share)
      if (!delivery_->yielded(share)) return false;
    return true;
  });
  if (!all) throw std::runtime_error("a share was not yielded");
}

model::Revision World::put(const model::Draft& draft) {
  return *writer_->run([&](state::Transaction& transaction) -> Result<void> {
    transaction.put(draft);
    return {};
  });
}

model::Revision World::remove(Kind kind, const std::string& id) {
  return *writer_->run([&](state::Transaction& transaction) -> Result<void> {
    transaction.remove(kind, id);
    return {};
  });
}

model::Revision World::put_resource(const std::string& id, const std::string& pool, const std::string& type,
                                    const std::string& labels, const std::string& note) {
  model::Draft draft;
  draft.kind = Kind::resource;
  draft.id = id;
  draft.pool = pool;
  draft.type = type;
  draft.json = R"({"resourceId":")" + id + R"(","resourceTypeId":")" + type + R"(","resourcePoolId":")" + pool +
               R"(","description":")" + note + R"(","extensions":{"labels":)" + labels + "}}";
  return put(draft);
}

model::Revision World::put_pool(const std::string& id, const std::string& name) {
  model::Draft draft;
  draft.kind = Kind::resource_pool;
  draft.id = id;
  draft.json = R"({"resourcePoolId":")" + id + R"(","name":")" + name + R"(","oCloudId":"o"})";
  return put(draft);
}

model::Revision World::subscribe(const Subscription& subscription, const std::string& api,
                                 std::optional<model::Revision> from) {
  model::Draft draft;
  draft.kind = Kind::subscription;
  draft.id = subscription.subscription_id;
  draft.json = model::to_json(model::subscription_table(), subscription);
  bool is_new = state_.snapshot()->find(Kind::subscription, draft.id) == nullptr;
  if (!is_new) return put(draft);
  std::string secret = secrets_[draft.id] = events::make_secret();
  return *writer_->run([&](state::Transaction& transaction) -> Result<void> {
    transaction.put(draft);
    transaction.put(events::make_webhook(draft.id, {secret, api, from}, key));
    return {};
  });
}

void World::resume(const std::string& id, bool from_now) {
  REQUIRE(writer_->run([&](state::Transaction& transaction) {
    return events::ask_resume(transaction, id, from_now ? std::optional(transaction.base().revision()) : std::nullopt);
  }));
}

void World::redeliver(const std::string& id, const std::vector<std::string>& ids) {
  REQUIRE(writer_->run([&](state::Transaction& transaction) { return events::ask_redelivery(transaction, id, ids); }));
}

std::string World::rotate(const std::string& id, std::chrono::milliseconds grace) {
  std::string secret = events::make_secret();
  REQUIRE(writer_->run([&](state::Transaction& transaction) {
    return events::rotate_secret(transaction, id, secret, key, transaction.time() + grace.count());
  }));
  return std::exchange(secrets_[id], secret);
}

model::Revision World::unsubscribe(const std::string& id) {
  return *writer_->run([&](state::Transaction& transaction) -> Result<void> {
    transaction.remove(Kind::subscription, id);
    transaction.remove(model::webhook, id);
    return {};
  });
}

model::Revision World::stored_position(const std::string& id) {
  auto positions = store_.positions().load();
  for (const store::Position& position : *positions)
    if (position.reader == events::reader_name(id)) return position.revision;
  return 0;
}

std::vector<std::string> World::dead_letters(const std::string& id) {
  std::vector<std::string> letters;
  auto list = events::list_letters(store_.streams(), id);
  for (const events::LetterPlace& place : list->places)
    if (auto record = events::read_record(store_.streams(), id, place.record); *record) letters.push_back(**record);
  return letters;
}

Subscription subscription_to(const std::string& callback, const std::string& id) {
  Subscription subscription;
  subscription.subscription_id = id;
  subscription.callback = callback;
  subscription.consumer_subscription_id = "consumer-of-" + id;
  subscription.created_at = "2026-01-01T00:00:00.000Z";
  return subscription;
}

Value body_of(const std::string& body) {
  auto value = Value::parse(body);
  return value ? *value : Value();
}

ResourceIds resources_in(const Receiver& receiver) {
  ResourceIds ids;
  for (const Received& told : receiver.all())
    ids.emplace_back(body_of(told.body).at("resource").at("resourceId").as_text());
  return ids;
}

std::string text_of(const std::string& body, const std::string& member) {
  return std::string(body_of(body).at(member).as_text());
}

}  // namespace netweave::testing
