#include "fleet/duties.hpp"

#include <map>
#include <memory>
#include <set>

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::fleet;
using namespace std::chrono_literals;

namespace {

/// Leases that a test can make unreachable.
class GateLeases final : public store::Leases {
 public:
  explicit GateLeases(store::Leases& behind) : behind_(behind) {}
  bool cut = false;

  Result<std::uint64_t> acquire(const std::string& name, const std::string& holder,
                                std::chrono::milliseconds ttl) override {
    if (cut) return away();
    return behind_.acquire(name, holder, ttl);
  }
  Result<void> release(const std::string& name, const std::string& holder) override {
    if (cut) return away();
    return behind_.release(name, holder);
  }
  Result<std::vector<store::Lease>> list(const std::string& prefix) override {
    if (cut) return away();
    return behind_.list(prefix);
  }

 private:
  static Error away() { return make_error(ErrorKind::unavailable, "cut off"); }
  store::Leases& behind_;
};

/// A gateway's duties, and what was asked of them; a round is made when the test says so.
struct Member {
  Member(store::Leases& shared, const std::string& name, std::chrono::milliseconds ttl = 60s, bool ends_at_once = true)
      : leases(shared), duties(leases, name, {ttl, 500ms, 50ms}, {}) {
    for (int i = 0; i < 8; ++i) {
      std::string duty = "share/" + std::to_string(i);
      duties.add({duty, [this, duty](const store::Fence& fence) { fences[duty] = fence; },
                  [this, duty, ends_at_once] {
                    if (ends_at_once) fences.erase(duty);
                  },
                  [this, duty] { return !fences.contains(duty); }});
    }
  }
  [[nodiscard]] std::set<std::string> does() const {
    std::set<std::string> names;
    for (const auto& [name, fence] : fences) names.insert(name);
    return names;
  }

  std::map<std::string, store::Fence> fences;
  GateLeases leases;
  Duties duties;
};

std::set<std::string> all() {
  std::set<std::string> names;
  for (int i = 0; i < 8; ++i) names.insert("share/" + std::to_string(i));
  return names;
}

struct Fleet {
  std::unique_ptr<store::Store> store = store::open_memory();
  store::Leases& leases = store->leases();
};

/// Rounds until nothing moves any more.
void settle(std::initializer_list<Member*> members) {
  for (int i = 0; i < 4; ++i)
    for (Member* member : members) member->duties.round();
}

}  // namespace

TEST_CASE("one gateway alone takes everything before start returns, and gives it back at stop") {
  Fleet fleet;
  Member one(fleet.leases, "one");
  one.duties.start();
  CHECK(one.does() == all());
  CHECK(one.duties.holds("share/3"));
  CHECK(one.duties.members() == std::vector<std::string>{"one"});
  one.duties.stop();
  CHECK(one.does().empty());
  CHECK(fleet.leases.list("").value().empty());
}

TEST_CASE("a second gateway gets its share, and no duty is done by both or by none") {
  Fleet fleet;
  Member one(fleet.leases, "one");
  Member two(fleet.leases, "two");
  settle({&one});
  settle({&one, &two});
  auto first = one.does();
  auto second = two.does();
  CHECK_FALSE(first.empty());
  CHECK_FALSE(second.empty());
  for (const std::string& duty : all()) CHECK(first.contains(duty) != second.contains(duty));
}

TEST_CASE("a duty is handed over after it has ended, not before") {
  Fleet fleet;
  Member slow(fleet.leases, "slow", 60s, false);
  Member other(fleet.leases, "other");
  settle({&slow});
  settle({&slow, &other});
  CHECK(slow.does() == all());
  CHECK(other.does().empty());
  slow.fences.clear();  // they have ended
  settle({&slow, &other});
  CHECK_FALSE(other.does().empty());
}

TEST_CASE("who leaves gives its duties back at once") {
  Fleet fleet;
  Member one(fleet.leases, "one");
  Member two(fleet.leases, "two");
  settle({&one, &two});
  one.duties.stop();
  two.duties.round();
  CHECK(two.does() == all());
}

TEST_CASE("a dead gateway's duties are taken over when its leases have run out, under new tokens") {
  Fleet fleet;
  auto dead = std::make_unique<Member>(fleet.leases, "dead", 0ms);
  dead->duties.round();
  auto before = dead->fences;
  dead->leases.cut = true;  // a kill: nothing is given back
  Member two(fleet.leases, "two");
  two.duties.round();
  CHECK(two.does() == all());
  for (const auto& [duty, fence] : before) {
    CHECK(two.fences[duty].token > fence.token);
    store::Commit late;
    late.fences = {fence};
    CHECK(fleet.store->log().commit(late).error().kind == ErrorKind::denied);
  }
}

TEST_CASE("who wakes from a freeze ends what another has taken, and does what it is preferred for anew") {
  Fleet fleet;
  Member frozen(fleet.leases, "frozen", 0ms);
  frozen.duties.round();
  Member other(fleet.leases, "other");
  other.duties.round();
  REQUIRE(other.does() == all());
  frozen.duties.round();
  CHECK(frozen.does().empty());
}

TEST_CASE("a lease that ran out, though nobody took it, begins its duty anew under a new token") {
  Fleet fleet;
  Member one(fleet.leases, "one", 0ms);
  one.duties.round();
  auto before = one.fences;
  for (int i = 0; i < 2; ++i) one.duties.round();
  CHECK(one.does() == all());
  for (const auto& [duty, fence] : before) CHECK(one.fences[duty].token > fence.token);
}

TEST_CASE("who can't reach the store for as long as a lease lasts ends its duties; before that it goes on") {
  Fleet fleet;
  Member patient(fleet.leases, "patient", 60s);
  Member hasty(fleet.leases, "hasty", 0ms);
  patient.duties.round();
  patient.leases.cut = true;
  patient.duties.round();
  CHECK(patient.does() == all());
  Fleet another;
  Member alone(another.leases, "hasty", 0ms);
  alone.duties.round();
  alone.leases.cut = true;
  alone.duties.round();
  CHECK(alone.does().empty());
}

TEST_CASE("restart ends every duty and begins it under a new token") {
  Fleet fleet;
  Member one(fleet.leases, "one");
  one.duties.round();
  auto before = one.fences;
  one.duties.restart();
  for (int i = 0; i < 2; ++i) one.duties.round();
  CHECK(one.does() == all());
  for (const auto& [duty, fence] : before) CHECK(one.fences[duty].token > fence.token);
}

TEST_CASE("a gateway lives from its first round until it stops, and where the store can't say") {
  Fleet fleet;
  Member one(fleet.leases, "one");
  Member two(fleet.leases, "two");
  CHECK_FALSE(one.duties.lives("two"));
  two.duties.round();
  CHECK(one.duties.lives("two"));
  CHECK_FALSE(one.duties.lives("tw"));
  two.duties.stop();
  CHECK_FALSE(one.duties.lives("two"));
  one.leases.cut = true;
  CHECK(one.duties.lives("two"));
  one.leases.cut = false;
}

TEST_CASE("stop waits for what ends, but not for ever") {
  Fleet fleet;
  Member stuck(fleet.leases, "stuck", 60s, false);
  stuck.duties.round();
  stuck.duties.stop();
  CHECK(fleet.leases.list("share/").value().size() == 8);  // not given back: somebody may still be at them
  CHECK(fleet.leases.list("member/").value().empty());
}

TEST_CASE("all reckon the same preferred member, and a member's going moves only what it did") {
  std::vector<std::string> three = {"a", "b", "c"};
  std::vector<std::string> two = {"c", "a"};
  std::map<std::string, int> shares;
  for (int i = 0; i < 300; ++i) {
    std::string duty = "deliver/" + std::to_string(i);
    std::string best = preferred(three, duty);
    ++shares[best];
    CHECK(best == preferred({"c", "b", "a"}, duty));
    if (best != "b") CHECK(preferred(two, duty) == best);
  }
  for (const auto& [member, count] : shares) CHECK(count > 60);
  CHECK(preferred({}, "x").empty());
}

TEST_CASE("no two gateways have one name") { CHECK(make_member_name() != make_member_name()); }
