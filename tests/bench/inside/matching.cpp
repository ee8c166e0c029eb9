// What it costs to find who wants a change, without telling them: bench-matching.
//
// For each way to narrow a subscription: 100 subscriptions that all match, then 10,000 of which the same 100 do. Prints
// a line each: the way, and the median microseconds of a change in both.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "events/roster.hpp"

using namespace netweave;

namespace {

constexpr unsigned matching = 100;
constexpr unsigned all = 10000;

model::ObjectRef resource(unsigned version) {
  model::Draft draft;
  draft.id = "resource-0";
  draft.pool = "pool-0";
  draft.type = "type-0";
  draft.revision = version;
  draft.json =
      R"({"resourceId":"resource-0","resourcePoolId":"pool-0","resourceTypeId":"type-0","description":"version )" +
      std::to_string(version) + R"(","extensions":{"cpu":{"cores":32},"labels":{"rack":"rack-0","role":"worker"},)" +
      R"("filler":")" + std::string(400, 'x') + R"("}})";
  return model::Object::make(draft);
}

/// Group 0 is what the change matches, of 100 groups.
using Narrow = std::function<void(Subscription&, const std::string& group)>;

events::Roster roster_of(unsigned count, const Narrow& narrow) {
  events::Roster roster;
  for (unsigned i = 0; i < count; ++i) {
    Subscription subscription;
    subscription.event_types = {"ResourceUpdated"};
    narrow(subscription, std::to_string(i / matching));
    auto subscriber = std::make_unique<events::Subscriber>();
    subscriber->id = "subscription-" + std::to_string(i);
    subscriber->add_filter(0, events::make_filter(subscription, "v2"));
    roster.add(std::move(subscriber));
  }
  return roster;
}

/// The median microseconds of a change.
double measure(unsigned count, const Narrow& narrow) {
  events::Roster roster = roster_of(count, narrow);
  model::ObjectRef before = resource(1);
  model::ObjectRef after = resource(2);
  std::vector<double> times;
  for (unsigned round = 0; round < 2000; ++round) {
    auto began = std::chrono::steady_clock::now();
    store::Entry entry{2, 0, after, before};
    events::Candidate candidate(entry, *events::event_type_of(entry));
    unsigned found = 0;
    roster.each_near(candidate, [&](events::Subscriber& subscriber) { found += subscriber.wants(candidate) ? 1 : 0; });
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count());
    if (found != matching) std::_Exit((std::fprintf(stderr, "%u match, not %u\n", found, matching), 1));
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main() {
  const std::vector<std::pair<const char*, Narrow>> ways = {
      {"pool", [](Subscription& s, const std::string& group) { s.filter.resource_pool_id = {"pool-" + group}; }},
      {"type", [](Subscription& s, const std::string& group) { s.filter.resource_type_id = {"type-" + group}; }},
      {"resource", [](Subscription& s, const std::string& group) { s.filter.resource_id = {"resource-" + group}; }},
      {"label", [](Subscription& s, const std::string& group) { s.filter.labels["rack"] = "rack-" + group; }},
      {"label_shared",
       [](Subscription& s, const std::string& group) {
         s.filter.labels["role"] = "worker";
         s.filter.labels["rack"] = "rack-" + group;
       }},
      {"event",
       [](Subscription& s, const std::string& group) {
         if (group != "0") s.event_types = {"ResourceDeleted"};
       }},
      {"expression",
       [](Subscription& s, const std::string& group) {
         s.filter.expression = "(eq,extensions/labels/rack,rack-" + group + ")";
       }},
  };
  for (const auto& [name, narrow] : ways)
    std::printf("%s %.2f %.2f\n", name, measure(matching, narrow), measure(all, narrow));
}
