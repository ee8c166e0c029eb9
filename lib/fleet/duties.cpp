#include "fleet/duties.hpp"

#include <algorithm>
#include <array>

#include <unistd.h>

#include "base/crypto.hpp"

namespace netweave::fleet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view member_prefix = "member/";

/// FNV-1a with a last mix: the same in every process, and the names are ours, so nobody outside can choose them.
std::uint64_t score(std::string_view member, std::string_view duty) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  auto add = [&hash](std::string_view text) {
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash = (hash ^ 0xffU) * 0x100000001b3ULL;
  };
  add(duty);
  add(member);
  hash ^= hash >> 33U;
  hash *= 0xff51afd7ed558ccdULL;
  hash ^= hash >> 33U;
  return hash;
}

const store::Lease* find(const std::vector<store::Lease>& held, const std::string& name) {
  auto place = std::find_if(held.begin(), held.end(), [&](const store::Lease& lease) { return lease.name == name; });
  return place == held.end() ? nullptr : &*place;
}

}  // namespace

std::string make_member_name() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return std::string(host.data()) + "-" + std::to_string(getpid()) + "-" + crypto::to_hex(crypto::random_bytes(4));
}

std::string preferred(const std::vector<std::string>& members, std::string_view duty) {
  std::string best;
  std::uint64_t highest = 0;
  for (const std::string& member : members) {
    std::uint64_t own = score(member, duty);
    if (best.empty() || own > highest || (own == highest && member < best)) {
      best = member;
      highest = own;
    }
  }
  return best;
}

Duties::Duties(store::Leases& leases, std::string member, DutyOptions options, Log log)
    : leases_(leases), member_(std::move(member)), options_(options), log_(std::move(log)) {
  options_.beat = std::max(milliseconds(1), std::min(options_.beat, options_.ttl / 8));
}

Duties::~Duties() { stop(); }

void Duties::add(Duty duty) { rows_.push_back({std::move(duty), Stage::away, 0, {}}); }

void Duties::start() {
  in_touch_ = steady_clock::now();
  round();
  thread_ = std::jthread([this](std::stop_token stop) { work(std::move(stop)); });
}

void Duties::restart() {
  restart_ = true;
  timer_.notify_all();
}

void Duties::work(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(timer_mutex_);
      timer_.wait_for(lock, stop, options_.beat, [&] { return restart_.load(); });
    }
    if (!stop.stop_requested()) round();
  }
}

void Duties::round() {
  if (restart_.exchange(false))
    for (Row& row : rows_)
      if (row.stage == Stage::held) end(row, "the log began another epoch");
  if (!join()) return;
  auto held = leases_.list("");
  if (!held) return out_of_touch(held.error());
  in_touch_ = steady_clock::now();
  std::vector<std::string> members;
  for (const store::Lease& lease : *held)
    if (lease.name.starts_with(member_prefix)) members.push_back(lease.name.substr(member_prefix.size()));
  if (std::find(members.begin(), members.end(), member_) == members.end()) members.push_back(member_);
  for (Row& row : rows_) attend(row, *held, members);
  std::lock_guard lock(mutex_);
  members_ = std::move(members);
}

bool Duties::join() {
  auto joined = leases_.acquire(std::string(member_prefix) + member_, member_, options_.ttl);
  if (!joined) out_of_touch(joined.error());
  return joined.has_value();
}

/// What it is with a duty follows from who holds its lease and who is preferred.
void Duties::attend(Row& row, const Leases& held, const std::vector<std::string>& members) {
  if (row.stage == Stage::ending) {
    if (row.duty.ended()) give_back(row);
  }
  bool mine = preferred(members, row.duty.name) == member_;
  const store::Lease* lease = find(held, row.duty.name);
  if (row.stage == Stage::away) {
    if (mine && (lease == nullptr || lease->holder == member_)) take(row);
    return;
  }
  bool lost = lease != nullptr && (lease->holder != member_ || lease->token != row.token);
  if (row.stage == Stage::held && lost) return end(row, "another holds its lease");
  if (row.stage == Stage::held && !mine) return end(row, "another gateway takes it over");
  if (!lost && steady_clock::now() - row.renewed >= options_.ttl / 4) renew(row);
}

void Duties::take(Row& row) {
  auto token = leases_.acquire(row.duty.name, member_, options_.ttl);
  if (!token) {
    if (token.error().kind != ErrorKind::conflict)
      log_.warn("a lease can't be taken", {{"lease", row.duty.name}, {"error", token.error().message}});
    return;
  }
  row.token = *token;
  row.renewed = steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    row.stage = Stage::held;
  }
  log_.info("duty begins", {{"duty", row.duty.name}, {"token", std::to_string(*token)}});
  row.duty.begin({row.duty.name, *token});
}

/// Its time may have run out meanwhile, as after a freeze: then the token is another, and nothing under the old one
/// counts.
void Duties::renew(Row& row) {
  auto token = leases_.acquire(row.duty.name, member_, options_.ttl);
  if (token && *token == row.token) {
    row.renewed = steady_clock::now();
    return;
  }
  if (!token && token.error().kind != ErrorKind::conflict) return out_of_touch(token.error());
  if (row.stage == Stage::held) end(row, "its lease ran out");
}

void Duties::end(Row& row, std::string_view why) {
  log_.info("duty ends", {{"duty", row.duty.name}, {"reason", std::string(why)}});
  row.duty.end();
  std::lock_guard lock(mutex_);
  row.stage = Stage::ending;
}

void Duties::give_back(Row& row) {
  if (auto released = leases_.release(row.duty.name, member_); !released)
    log_.warn("a lease can't be given back", {{"lease", row.duty.name}, {"error", released.error().message}});
  std::lock_guard lock(mutex_);
  row.stage = Stage::away;
}

void Duties::out_of_touch(const Error& error) {
  log_.warn("leases can't be renewed", {{"error", error.message}});
  if (steady_clock::now() - in_touch_ < options_.ttl) return;
  for (Row& row : rows_)
    if (row.stage == Stage::held) end(row, "the store could not be reached for as long as a lease lasts");
}

void Duties::stop() {
  if (stopped_.exchange(true)) return;
  thread_.request_stop();
  timer_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (Row& row : rows_)
    if (row.stage == Stage::held) end(row, "the gateway stops");
  auto until = steady_clock::now() + options_.grace;
  auto ending = [](const Row& row) { return row.stage == Stage::ending; };
  while (std::any_of(rows_.begin(), rows_.end(), ending) && steady_clock::now() < until) {
    for (Row& row : rows_)
      if (row.stage == Stage::ending && row.duty.ended()) give_back(row);
    std::unique_lock lock(timer_mutex_);
    timer_.wait_for(lock, milliseconds(5), [] { return false; });
  }
  static_cast<void>(leases_.release(std::string(member_prefix) + member_, member_));
}

std::vector<std::string> Duties::members() const {
  std::lock_guard lock(mutex_);
  return members_;
}

bool Duties::lives(const std::string& member) const {
  std::string name = std::string(member_prefix) + member;
  auto held = leases_.list(name);
  return !held || find(*held, name) != nullptr;
}

bool Duties::holds(std::string_view duty) const {
  std::lock_guard lock(mutex_);
  return std::any_of(rows_.begin(), rows_.end(),
                     [&](const Row& row) { return row.duty.name == duty && row.stage == Stage::held; });
}

}  // namespace netweave::fleet
