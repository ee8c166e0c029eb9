#include "events/filter.hpp"

#include <random>

#include <doctest/doctest.h>

#include "events/roster.hpp"
#include "model/kinds.hpp"

using namespace netweave;
using namespace netweave::events;

namespace {

model::ObjectRef object(Kind kind, const std::string& id, const std::string& pool = "", const std::string& type = "",
                        const std::string& labels = "{}") {
  model::Draft draft;
  draft.kind = kind;
  draft.id = id;
  draft.pool = pool;
  draft.type = type;
  draft.json =
      R"({"id":")" + id + R"(","p":")" + pool + R"(","t":")" + type + R"(","extensions":{"labels":)" + labels + "}}";
  return model::Object::make(draft);
}

model::ObjectRef resource(const std::string& id, const std::string& pool, const std::string& type = "t",
                          const std::string& labels = "{}") {
  return object(Kind::resource, id, pool, type, labels);
}

bool matches(const Filter& filter, const store::Entry& entry) {
  const EventType* type = event_type_of(entry);
  return type != nullptr && filter.matches(Candidate(entry, *type));
}

Filter everything() { return make_filter(Subscription(), "v2"); }

Value labels(const std::string& json) { return *Value::parse(json); }

}  // namespace

TEST_CASE("an entry is named by its kind and by what became of the object") {
  auto name = [](const model::ObjectRef& prior, const model::ObjectRef& after) {
    const EventType* type = event_type_of({1, 0, after, prior});
    return type == nullptr ? std::string_view("none") : type->name;
  };
  auto node = resource("r", "p");
  auto pool = object(Kind::resource_pool, "p");
  auto type = object(Kind::resource_type, "t");
  auto manager = object(Kind::deployment_manager, "d");
  CHECK(name({}, node) == "ResourceCreated");
  CHECK(name(node, node) == "ResourceUpdated");
  CHECK(name(node, {}) == "ResourceDeleted");
  CHECK(name({}, pool) == "ResourcePoolCreated");
  CHECK(name(pool, {}) == "ResourcePoolDeleted");
  CHECK(name(type, type) == "ResourceTypeUpdated");
  CHECK(name(manager, manager) == "DeploymentManagerUpdated");
  CHECK(name({}, manager) == "none");
  for (Kind kind : {Kind::subscription, Kind::o_cloud, Kind::o_cloud_site, Kind::location, Kind::alarm_dictionary,
                    Kind::performance_dictionary, model::intent, model::tombstone, model::overlay, model::checkpoint,
                    model::answer, model::webhook})
    CHECK(name({}, object(kind, "x")) == "none");
}

TEST_CASE("an empty list of event types is the API version's own") {
  Subscription all;
  store::Entry pool{1, 0, object(Kind::resource_pool, "p"), {}};
  store::Entry type{1, 0, object(Kind::resource_type, "t"), {}};
  CHECK(matches(make_filter(all, "v1"), pool));
  CHECK_FALSE(matches(make_filter(all, "v1"), type));
  CHECK(matches(make_filter(all, "v2"), type));
  CHECK(matches(make_filter(all, "v3"), type));
}

TEST_CASE("event types that are named are the only ones") {
  Subscription some;
  some.event_types = {"ResourceDeleted", "ResourceTypeCreated"};
  Filter filter = make_filter(some, "v1");
  CHECK(matches(filter, {1, 0, {}, resource("r", "p")}));
  CHECK_FALSE(matches(filter, {1, 0, resource("r", "p"), {}}));
  CHECK(matches(filter, {1, 0, object(Kind::resource_type, "t"), {}}));
  some.event_types = {"NoSuchEvent"};
  CHECK_FALSE(matches(make_filter(some, "v1"), {1, 0, {}, resource("r", "p")}));
}

TEST_CASE("ids are any of those named, all members together") {
  Filter filter = everything();
  filter.pools = {"a", "b"};
  filter.types = {"server"};
  CHECK(matches(filter, {1, 0, resource("r", "a", "server"), {}}));
  CHECK(matches(filter, {1, 0, resource("r", "b", "server"), {}}));
  CHECK_FALSE(matches(filter, {1, 0, resource("r", "c", "server"), {}}));
  CHECK_FALSE(matches(filter, {1, 0, resource("r", "a", "switch"), {}}));
}

TEST_CASE("a pool is meant by its own id, and has no resource's id") {
  Filter filter = everything();
  filter.pools = {"a"};
  CHECK(matches(filter, {1, 0, object(Kind::resource_pool, "a"), {}}));
  CHECK_FALSE(matches(filter, {1, 0, object(Kind::resource_pool, "b"), {}}));
  filter.resources = {"a"};
  CHECK_FALSE(matches(filter, {1, 0, object(Kind::resource_pool, "a"), {}}));
}

TEST_CASE("an object that enters or leaves what is asked for is told of") {
  Filter filter = everything();
  filter.pools = {"a"};
  CHECK(matches(filter, {1, 0, resource("r", "b"), resource("r", "a")}));
  CHECK(matches(filter, {1, 0, resource("r", "a"), resource("r", "b")}));
  CHECK_FALSE(matches(filter, {1, 0, resource("r", "b"), resource("r", "c")}));
}

TEST_CASE("one state must fit all of the filter, not each half of it") {
  Filter filter = everything();
  filter.pools = {"a"};
  filter.types = {"server"};
  CHECK_FALSE(matches(filter, {1, 0, resource("r", "a", "switch"), resource("r", "b", "server")}));
}

TEST_CASE("labels must all be there, with their values, before or after") {
  Filter filter = everything();
  filter.labels = labels(R"({"zone":"1","tier":"gold"})");
  auto with = resource("r", "p", "t", R"({"zone":"1","tier":"gold","more":"x"})");
  auto half = resource("r", "p", "t", R"({"zone":"1"})");
  auto other = resource("r", "p", "t", R"({"zone":"1","tier":"iron"})");
  CHECK(matches(filter, {1, 0, with, {}}));
  CHECK_FALSE(matches(filter, {1, 0, half, {}}));
  CHECK_FALSE(matches(filter, {1, 0, other, half}));
  CHECK(matches(filter, {1, 0, other, with}));
  CHECK(matches(filter, {1, 0, {}, with}));
}

namespace {

std::string pick(std::mt19937& random, char kind) { return kind + std::to_string(random() % 4); }

std::vector<std::string> some(std::mt19937& random, char kind) {
  std::vector<std::string> ids;
  while (random() % 3 == 0) ids.push_back(pick(random, kind));
  return ids;
}

std::string some_labels(std::mt19937& random) {
  std::string json;
  for (const char* name : {"zone", "tier"})
    if (random() % 2 == 0)
      json.append(json.empty() ? "{" : ",").append("\"").append(name).append("\":\"").append(pick(random, 'v')) += '"';
  return json.empty() ? "{}" : json + "}";
}

model::ObjectRef random_object(std::mt19937& random) {
  switch (random() % 4) {
    case 0:
      return object(Kind::resource_pool, pick(random, 'p'));
    case 1:
      return object(Kind::resource_type, pick(random, 't'));
    default:
      return resource(pick(random, 'r'), pick(random, 'p'), pick(random, 't'), some_labels(random));
  }
}

}  // namespace

TEST_CASE("an expression is asked of the whole object, before or after") {
  Subscription subscription;
  subscription.filter.expression = "(in,extensions/labels/zone,a,b);(neq,p,x)";
  Filter filter = make_filter(subscription, "v2");
  auto in_a = resource("r", "p", "t", R"({"zone":"a"})");
  auto in_c = resource("r", "p", "t", R"({"zone":"c"})");
  CHECK(matches(filter, {1, 0, in_a, {}}));
  CHECK_FALSE(matches(filter, {1, 0, in_c, {}}));
  CHECK(matches(filter, {1, 0, in_c, in_a}));
  CHECK(matches(filter, {1, 0, {}, in_a}));
  CHECK_FALSE(matches(filter, {1, 0, resource("r", "x", "t", R"({"zone":"a"})"), {}}));
  subscription.filter.resource_pool_id = {"q"};
  CHECK_FALSE(matches(make_filter(subscription, "v2"), {1, 0, in_a, {}}));
}

TEST_CASE("the roster's shortcut finds exactly whom asking everybody finds") {
  std::mt19937 random(7);
  Roster roster;
  for (int i = 0; i < 200; ++i) {
    auto subscriber = std::make_unique<Subscriber>();
    subscriber->id = std::to_string(i);
    for (std::size_t version = 0; version < (i % 10 == 0 ? 2U : 1U); ++version) {
      Filter filter = everything();
      filter.pools = some(random, 'p');
      filter.types = some(random, 't');
      filter.resources = some(random, 'r');
      if (random() % 3 == 0) filter.labels = labels(some_labels(random));
      if (random() % 3 == 0) filter.events &= static_cast<EventMask>(random());
      subscriber->add_filter(version * 500, filter);
    }
    roster.add(std::move(subscriber));
  }
  for (int i = 0; i < 50; ++i) roster.remove(std::to_string(random() % 200));
  for (store::Revision revision = 1; revision <= 1000; ++revision) {
    auto after = random_object(random);
    auto prior = random() % 2 == 0
                     ? resource(std::string(after->id()), pick(random, 'p'), pick(random, 't'), some_labels(random))
                     : nullptr;
    if (prior && after->kind() != Kind::resource) prior = after;
    store::Entry entry{revision, 0, random() % 4 == 0 && prior ? nullptr : after, prior};
    const EventType* type = event_type_of(entry);
    REQUIRE(type != nullptr);
    Candidate candidate(entry, *type);
    std::vector<std::string> expected;
    for (const auto& [id, subscriber] : roster.all())
      if (subscriber->wants(candidate)) expected.push_back(id);
    std::vector<std::string> found;
    roster.each_near(candidate, [&](Subscriber& subscriber) {
      if (subscriber.wants(candidate)) found.push_back(subscriber.id);
    });
    std::sort(found.begin(), found.end());
    REQUIRE(found == expected);
  }
}

TEST_CASE("of the labels that a filter names, the one that the fewest name tells whom a change concerns") {
  Roster roster;
  for (int i = 0; i < 100; ++i) {
    auto subscriber = std::make_unique<Subscriber>();
    subscriber->id = std::to_string(i);
    Filter filter = everything();
    filter.labels = labels(R"({"role":"worker","rack":"rack-)" + std::to_string(i) + R"("})");
    subscriber->add_filter(0, filter);
    roster.add(std::move(subscriber));
  }
  store::Entry entry{1, 0, resource("r", "p", "t", R"({"rack":"rack-7","role":"worker"})"), {}};
  Candidate candidate(entry, *event_type_of(entry));
  std::vector<std::string> near;
  roster.each_near(candidate, [&](Subscriber& subscriber) { near.push_back(subscriber.id); });
  CHECK(std::count(near.begin(), near.end(), "7") == 1);
  CHECK(near.size() <= 3);  // the first ones came when no label was rarer than another
}
