#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "store/store.hpp"

namespace netweave::fleet {

/// What one gateway of a fleet does alone. None of the calls may block.
struct Duty {
  std::string name;  ///< the lease's: "observe/<adapter>"
  /// It is this gateway's turn, under that fence.
  std::function<void(const store::Fence&)> begin;
  /// To be ended as soon as may be. Where the fence is lost, nothing that it guards can be written any more.
  std::function<void()> end;
  /// Whether it has ended: nothing of it runs on, and what it had to write is written.
  std::function<bool()> ended;
};

struct DutyOptions {
  std::chrono::milliseconds ttl{8000};    ///< how long a lease outlives its holder
  std::chrono::milliseconds beat{500};    ///< between two rounds, at most an eighth of `ttl`
  std::chrono::milliseconds grace{5000};  ///< how long `stop` waits for duties to end
};

/// A name for this gateway that no other has: host, process and a few random digits.
std::string make_member_name();

/// Takes the duties that this gateway is preferred for, keeps their leases, and gives them back.
class Duties {
 public:
  Duties(store::Leases& leases, std::string member, DutyOptions options, Log log);
  /// As `stop`.
  ~Duties();
  Duties(const Duties&) = delete;
  Duties& operator=(const Duties&) = delete;

  /// Before `start`.
  void add(Duty duty);
  /// Makes the first round, and the others on a thread of its own.
  void start();
  /// Ends all duties, gives back what has ended within the grace, and leaves the fleet. Blocks; idempotent.
  void stop();
  /// Ends all duties that are held, and begins them anew under new tokens. Any thread.
  void restart();

  /// One round; for tests without the thread.
  void round();

  [[nodiscard]] const std::string& member() const noexcept { return member_; }
  /// The gateways that live, by the last round. Any thread.
  [[nodiscard]] std::vector<std::string> members() const;
  /// Whether a gateway lives, as the store knows it at this moment; true where the store can't say. Any thread; blocks.
  [[nodiscard]] bool lives(const std::string& member) const;
  /// Whether the duty is this gateway's, by the last round. Any thread.
  [[nodiscard]] bool holds(std::string_view duty) const;

 private:
  enum class Stage { away, held, ending };
  struct Row {
    Duty duty;
    Stage stage = Stage::away;
    std::uint64_t token = 0;
    std::chrono::steady_clock::time_point renewed{};
  };
  using Leases = std::vector<store::Lease>;

  void work(std::stop_token stop);
  bool join();
  void attend(Row& row, const Leases& held, const std::vector<std::string>& members);
  void take(Row& row);
  void renew(Row& row);
  void end(Row& row, std::string_view why);
  void give_back(Row& row);
  void out_of_touch(const Error& error);

  store::Leases& leases_;
  const std::string member_;
  DutyOptions options_;
  Log log_;
  std::chrono::steady_clock::time_point in_touch_{};
  std::atomic<bool> restart_{false};
  std::atomic<bool> stopped_{false};
  mutable std::mutex mutex_;  // members_, and the stages for who asks from outside
  std::vector<std::string> members_;
  std::vector<Row> rows_;
  std::mutex timer_mutex_;
  std::condition_variable_any timer_;
  std::jthread thread_;
};

/// Which of the members a duty is best done by: all reckon the same. Empty where there is none.
std::string preferred(const std::vector<std::string>& members, std::string_view duty);

}  // namespace netweave::fleet
