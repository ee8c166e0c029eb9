#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "store/store.hpp"

namespace netweave::limits {

/// Nanoseconds of a steady clock.
using Nanos = std::int64_t;

struct Limit {
  double rate = 0;  ///< tokens a second
  std::int64_t burst = 1;
  bool operator==(const Limit&) const = default;
};

/// What is left of a bucket, for the headers of an answer.
struct Left {
  std::int64_t tokens = 0;
  Nanos until_full = 0;
  Nanos until_next = 0;  ///< a token; 0: there is one
};

/// A token bucket as one gateway sees it: whole tokens on lease from the store, and an estimate of the bucket that all
/// share, of which a gateway may spend its part on credit. Each token on credit costs as many as there are members, as
/// if all did the same: so one that hears of no other gives its share of the limit, and a member alone gives exactly
/// the limit. Any thread but where it says otherwise; no lock.
class Bucket {
 public:
  enum class Token { none, leased, credit };

  /// `name` is the store's for it. A shared bucket holds at least what flows in between two looks at the store: the
  /// tokens of half a second, but no more than 100, or of a twentieth of one.
  Bucket(std::string name, Limit limit, bool shared);

  Token take(Nanos now, unsigned members) noexcept;
  /// Undoes a `take` whose token was not needed.
  void put_back(Token token, unsigned members) noexcept;
  [[nodiscard]] Left left(Nanos now, unsigned members) const noexcept;
  [[nodiscard]] const Limit& limit() const noexcept { return limit_; }

  /// True once, until `rest` or `doze`: the bucket is to be kept in step with the store.
  [[nodiscard]] bool wake() noexcept {
    return !awake_.load(std::memory_order_relaxed) && !awake_.exchange(true, std::memory_order_relaxed);
  }

  void doze() noexcept { awake_.store(false, std::memory_order_relaxed); }

  // What keeps it in step calls these, one thread at a time.
  /// False: it was used meanwhile, and goes on.
  [[nodiscard]] bool rest() noexcept;
  [[nodiscard]] std::int64_t asked() const noexcept { return asked_.load(std::memory_order_relaxed); }
  /// Whether it was asked for of late.
  [[nodiscard]] bool wanted() const noexcept { return demand_ > 0; }
  /// What to tell and ask of the store: a lease for a little more than was asked for since the last time, and what is
  /// held beyond twice that goes back. `final`: all of it goes back.
  store::Draw draw(bool final = false);
  /// What was spent on credit need not be told.
  void forgive() noexcept { owed_.store(0, std::memory_order_relaxed); }
  void settle(const store::Drawn& drawn, Nanos now, unsigned members) noexcept;

 private:
  [[nodiscard]] Nanos cost(unsigned members) const noexcept { return each_ * members; }
  /// How far back the bucket can be empty: what flowed in since then fills it. A member may always save up one token.
  [[nodiscard]] Nanos span(unsigned members) const noexcept;
  std::int64_t give_back(std::int64_t target) noexcept;

  const std::string name_;
  const Limit limit_;
  const double capacity_;
  const Nanos each_;  ///< in which one token flows in
  const bool shared_;
  std::atomic<std::int64_t> held_{0};
  std::atomic<Nanos> empty_at_{INT64_MIN / 2};  ///< when the shared bucket was, or will be, empty
  std::atomic<std::int64_t> owed_{0};           ///< tokens spent on credit that the store has not heard of
  std::atomic<std::int64_t> asked_{0};          ///< takes since the last draw, refused ones too
  std::atomic<bool> awake_{false};
  std::int64_t demand_ = 0;  // what is asked for between two draws
};

}  // namespace netweave::limits
