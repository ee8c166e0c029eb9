#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

#include "store/redis/primary.hpp"
#include "store/redis/script.hpp"

namespace netweave::store::redis {

/// Whether a command may be sent again after the connection was lost with its answer outstanding.
enum class Again { no, yes };

/// Connections to the primary, made as they are needed, at most `pool_size` of them; who needs one more waits. What
/// can't be reached is tried again with a growing pause, for `dial_timeout`. Any thread; blocks.
class Pool {
 public:
  Pool(const RedisConfig& config, const Primary& primary, const Interrupt& interrupt)
      : config_(config), primary_(primary), interrupt_(interrupt) {}

  /// Runs `work(Connection&) -> Result<T>` on a connection, again on another one where the server turned out to be
  /// the primary no more, or the connection was lost and `again` allows. Errors: those of `work`; `unavailable` (never
  /// executed), `timeout` (outcome unknown: `again` forbade), `cancelled`.
  template <class Work>
  auto with(Again again, Work work) -> decltype(work(std::declval<Connection&>())) {
    Attempts attempts(*this);
    for (;;) {
      auto connection = attempts.borrow();
      if (!connection) {
        if (attempts.pause(connection.error())) continue;
        return std::move(connection).error();
      }
      auto result = work(*connection);
      auto state = connection->state();
      attempts.give_back(std::move(*connection));
      if (result || state == Connection::State::good) return result;
      if (state == Connection::State::lost && again == Again::no) return unknown(result.error());
      if (!attempts.pause(result.error())) return result;
    }
  }

  Result<Reply> call(Again again, const ScriptCall& script);
  Result<Reply> call(Again again, const Command& command);
  Result<std::vector<Reply>> call(Again again, const std::vector<Command>& commands);

  /// A connection that is never given back: for blocking commands.
  [[nodiscard]] Result<Connection> dial() const;

 private:
  class Attempts {
   public:
    explicit Attempts(Pool& pool)
        : pool_(pool), deadline_(std::chrono::steady_clock::now() + pool.config_.dial_timeout) {}
    Result<Connection> borrow();
    void give_back(Connection connection);
    /// False: there is no time left, or no use in it.
    bool pause(const Error& error);

   private:
    Pool& pool_;
    const TimePoint deadline_;
    std::chrono::milliseconds pause_{5};
    std::optional<Address> asked_;
  };

  Result<Connection> borrow(const std::optional<Address>& asked, TimePoint deadline);
  void give_back(std::optional<Connection> connection);
  static Error unknown(const Error& error);

  const RedisConfig config_;
  const Primary& primary_;
  const Interrupt& interrupt_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Connection> idle_;
  unsigned lent_ = 0;
};

}  // namespace netweave::store::redis
