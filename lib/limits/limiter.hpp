#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "limits/clients.hpp"
#include "limits/lessee.hpp"
#include "limits/plan.hpp"

namespace netweave::limits {

/// Whose bucket it is.
enum class Scope { tenant, endpoint, resource, global, quota };
inline constexpr std::array<Scope, 5> scopes = {Scope::tenant, Scope::endpoint, Scope::resource, Scope::global,
                                                Scope::quota};
std::string_view to_string(Scope scope) noexcept;

/// What became of one request, and the bucket that decided: the one that refused, else the one with the least left.
struct Decision {
  bool allowed = true;
  Scope scope = Scope::global;
  std::int64_t limit = 0;  ///< what the bucket holds when it is full
  Left left;
};

Nanos steady_now() noexcept;

/// Takes a token of each bucket that a request falls under, or of none. Any thread; never blocks on the store.
class Limiter {
 public:
  struct Context {
    store::Buckets& buckets;
    std::function<unsigned()> members;  ///< of the fleet that shares them. Must not block.
    Log log;
    Now now = steady_now;
    std::size_t most_clients = 65536;  ///< that are told apart at once
  };
  static constexpr std::size_t no_route = static_cast<std::size_t>(-1);

  /// Limits nothing until it is configured.
  Limiter(Context context, std::vector<Route> routes);

  /// From now on; the buckets begin full. What is in force already is left as it is. Errors: `invalid`, see `check`.
  Result<void> configure(const RateLimitConfig& config);
  /// Keeps shared buckets in step with the store on a thread of its own.
  void start();
  /// Blocks; idempotent.
  void stop();

  /// A request of that client (a tenant, an address) to that route, counted; nullopt: no limit holds for it. `quota`:
  /// so many a minute the client may make, whatever the configuration limits; a change of it begins a full bucket.
  std::optional<Decision> take(std::string_view client, std::size_t route, std::optional<std::int64_t> quota = {});

  [[nodiscard]] std::uint64_t refused(Scope scope) const noexcept;
  /// Shared buckets that the store can't be reached for: each gateway keeps to its share.
  [[nodiscard]] bool cut_off() const noexcept { return lessee_ && lessee_->cut_off(); }
  /// Of the fleet that shares the buckets, as far as is known; 1 where they are not shared.
  [[nodiscard]] unsigned members() const noexcept { return lessee_ ? lessee_->members() : 1; }
  [[nodiscard]] std::uint64_t round_trips() const noexcept { return lessee_ ? lessee_->round_trips() : 0; }
  /// nullptr where buckets are not shared; for tests.
  [[nodiscard]] Lessee* lessee() noexcept { return lessee_.get(); }

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    std::shared_ptr<const Plan> plan;  // null: nothing is limited
    std::unique_ptr<Clients> clients;
  };
  struct Drawing;
  void take_clients(Drawing& drawing, Clients::Client& client, const Plan* plan, std::optional<std::int64_t> quota);

  const Context context_;
  const std::vector<Route> routes_;
  std::atomic<bool> enabled_{false};
  std::mutex configuring_;
  RateLimitConfig config_;
  std::array<Shard, 64> shards_;
  std::array<std::atomic<std::uint64_t>, scopes.size()> refused_{};
  std::unique_ptr<Lessee> lessee_;
};

}  // namespace netweave::limits
