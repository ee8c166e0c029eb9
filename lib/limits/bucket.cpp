#include "limits/bucket.hpp"

#include <algorithm>
#include <cmath>

namespace netweave::limits {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// What flows in between two looks at the store (Lessee's pace) must fit in, or it would be lost.
double capacity_of(const Limit& limit, bool shared) {
  auto burst = static_cast<double>(limit.burst);
  if (!shared) return burst;
  return std::max({burst, std::ceil(std::min(limit.rate / 2, 100.0)), std::ceil(limit.rate / 20)});
}

}  // namespace

Bucket::Bucket(std::string name, Limit limit, bool shared)
    : name_(std::move(name)),
      limit_(limit),
      capacity_(capacity_of(limit, shared)),
      each_(std::max<Nanos>(1, std::llround(1e9 / limit.rate))),
      shared_(shared) {}

Nanos Bucket::span(unsigned members) const noexcept {
  return std::max(static_cast<Nanos>(capacity_) * each_, cost(members));
}

Bucket::Token Bucket::take(Nanos now, unsigned members) noexcept {
  if (shared_) asked_.fetch_add(1, relaxed);
  for (std::int64_t held = held_.load(relaxed); held > 0;)
    if (held_.compare_exchange_weak(held, held - 1, relaxed)) return Token::leased;
  Nanos was = empty_at_.load(relaxed);
  Nanos next = 0;
  do {
    next = std::max(was, now - span(members)) + cost(members);
    if (next > now) return Token::none;
  } while (!empty_at_.compare_exchange_weak(was, next, relaxed));
  if (shared_) owed_.fetch_add(1, relaxed);
  return Token::credit;
}

void Bucket::put_back(Token token, unsigned members) noexcept {
  if (token == Token::leased) held_.fetch_add(1, relaxed);
  if (token != Token::credit) return;
  empty_at_.fetch_sub(cost(members), relaxed);
  if (shared_) owed_.fetch_sub(1, relaxed);
}

Left Bucket::left(Nanos now, unsigned members) const noexcept {
  Nanos empty_at = std::max(empty_at_.load(relaxed), now - span(members));
  std::int64_t held = held_.load(relaxed);
  std::int64_t estimate = std::max<Nanos>(0, now - empty_at) / each_;
  Left left;
  left.tokens = std::min(limit_.burst, held + estimate);
  left.until_full = std::max<Nanos>(0, empty_at + (limit_.burst - held) * each_ - now);
  left.until_next = held > 0 ? 0 : std::max<Nanos>(0, empty_at + cost(members) - now);
  return left;
}

bool Bucket::rest() noexcept {
  doze();
  return asked_.load(relaxed) == 0 || !wake();
}

/// What is held beyond `target`, taken out.
std::int64_t Bucket::give_back(std::int64_t target) noexcept {
  for (std::int64_t held = held_.load(relaxed); held > target;)
    if (held_.compare_exchange_weak(held, target, relaxed)) return held - target;
  return 0;
}

store::Draw Bucket::draw(bool final) {
  std::int64_t asked = asked_.exchange(0, relaxed);
  demand_ = std::max(asked, demand_ / 2);
  std::int64_t target = final || demand_ == 0 ? 0 : demand_ + demand_ / 4 + 1;
  std::int64_t returned = give_back(2 * target);
  store::Draw draw{name_, limit_.rate, capacity_};
  draw.spent = static_cast<double>(owed_.exchange(0, relaxed) - returned);
  draw.want = static_cast<double>(std::max<std::int64_t>(0, target - held_.load(relaxed)));
  return draw;
}

/// What was spent on credit meanwhile is owed still, and counts against the level.
void Bucket::settle(const store::Drawn& drawn, Nanos now, unsigned members) noexcept {
  held_.fetch_add(static_cast<std::int64_t>(drawn.granted), relaxed);
  auto level = static_cast<Nanos>(drawn.level * static_cast<double>(each_));
  empty_at_.store(now - level + owed_.load(relaxed) * cost(members), relaxed);
}

}  // namespace netweave::limits
