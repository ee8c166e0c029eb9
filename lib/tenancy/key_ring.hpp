#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "netweave/result.hpp"

#include "base/log.hpp"
#include "tenancy/jwks.hpp"
#include "tenancy/key_source.hpp"

namespace netweave::tenancy {

/// The issuer's keys, got and kept fresh by a thread of its own. A set that can't be had, or read, changes nothing:
/// the one before stays. Any thread.
class KeyRing {
 public:
  using Keys = std::shared_ptr<const KeySet>;
  using Answer = std::function<void(Result<Keys>)>;

  struct Pace {
    /// At least so long from one fetch's end to one that an unknown kid asks for: strangers choose kids.
    std::chrono::milliseconds between_renewals = std::chrono::seconds(5);
    std::chrono::milliseconds first_retry = std::chrono::seconds(1);  ///< after a failure; doubles
    std::chrono::milliseconds last_retry = std::chrono::minutes(1);
    std::size_t max_waiting = 1000;
  };

  KeyRing(KeySource source, Log log, Pace pace);
  KeyRing(KeySource source, Log log) : KeyRing(std::move(source), std::move(log), Pace()) {}
  /// As `stop`.
  ~KeyRing() { stop(); }
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  /// Ends a fetch that is under way, answers who waits, and whoever asks from then on. Blocks; one thread's alone.
  void stop();

  /// The set of now; nullptr before the first. Never waits for the network.
  [[nodiscard]] Keys keys() const;

  /// Asks for newer keys than `lacking`, because those lack one. Calls `answer` once: before it returns where there are
  /// newer ones by now or the last fetch is too recent, else on the ring's thread when a fetch has ended, which must
  /// not be held up. Errors, in the answer: `unavailable`: the last fetch failed, too many wait, or the ring ends.
  void renew(const Keys& lacking, Answer answer);

 private:
  using Steady = std::chrono::steady_clock;

  void run(const std::stop_token& stop);
  void take(Result<KeyText> text);
  void answer_all(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Result<Keys> outcome() const;

  const KeySource source_;
  const Log log_;
  const Pace pace_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Keys keys_;
  std::string fault_ = "the keys were not fetched yet";  // of the last fetch; empty: it was good
  bool under_way_ = true;                                // a fetch runs or is asked for; the thread begins with one
  bool ended_ = false;
  Steady::time_point last_end_;
  std::vector<Answer> waiting_;
  // the thread's own
  std::string text_;  // what keys_ was read from
  std::chrono::milliseconds retry_;
  Steady::time_point next_;
  std::jthread thread_;  // the last member: it uses the others
};

}  // namespace netweave::tenancy
