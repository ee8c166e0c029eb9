#include "limits/limiter.hpp"

#include <algorithm>

namespace netweave::limits {

std::string_view to_string(Scope scope) noexcept {
  constexpr std::array<std::string_view, scopes.size()> names = {"tenant", "endpoint", "resource", "global"};
  return names[static_cast<std::size_t>(scope)];
}

Nanos steady_now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// One request on its way through its buckets.
struct Limiter::Drawing {
  Nanos now;
  unsigned members;
  Lessee* lessee;
  std::array<std::pair<Bucket*, Bucket::Token>, scopes.size()> taken{};
  std::size_t count = 0;
  std::optional<Decision> decision{};

  void take(Scope scope, const std::shared_ptr<Bucket>& bucket) {
    if (!bucket || (decision && !decision->allowed)) return;
    Bucket::Token token = bucket->take(now, members);
    if (lessee != nullptr && bucket->wake()) lessee->keep(bucket);
    Left left = bucket->left(now, members);
    if (token == Bucket::Token::none) {
      put_back();
      left.tokens = 0;
      decision = Decision{false, scope, bucket->limit().burst, left};
      return;
    }
    taken[count++] = {bucket.get(), token};
    if (!decision || left.tokens < decision->left.tokens) decision = Decision{true, scope, bucket->limit().burst, left};
  }

  void put_back() {
    for (; count > 0; --count) taken[count - 1].first->put_back(taken[count - 1].second, members);
  }
};

Limiter::Limiter(Context context, std::vector<Route> routes)
    : context_(std::move(context)), routes_(std::move(routes)) {
  for (Shard& shard : shards_)
    shard.clients = std::make_unique<Clients>(std::max<std::size_t>(1, context_.most_clients / shards_.size()));
  if (context_.buckets.shared())
    lessee_ = std::make_unique<Lessee>(Lessee::Context{context_.buckets, context_.members, context_.log, context_.now});
}

Result<void> Limiter::configure(const RateLimitConfig& config) {
  if (auto faults = check(config, routes_); !faults.empty()) {
    Error error = make_error(ErrorKind::invalid, "the rate limits are wrong");
    error.faults = std::move(faults);
    return error;
  }
  std::lock_guard configuring(configuring_);
  if (config == config_) return {};
  config_ = config;
  auto plan = config.enabled ? make_plan(config, routes_, lessee_ != nullptr) : nullptr;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    shard.plan = plan;
    shard.clients->clear();
  }
  enabled_ = config.enabled;
  return {};
}

void Limiter::start() {
  if (lessee_) lessee_->start();
}

void Limiter::stop() {
  if (lessee_) lessee_->stop();
}

std::optional<Decision> Limiter::take(std::string_view client, std::size_t route) {
  if (!enabled_.load(std::memory_order_relaxed)) return std::nullopt;
  if (route != no_route && !routes_[route].limited) return std::nullopt;
  if (lessee_) lessee_->count();
  Drawing drawing{context_.now(), members(), lessee_.get()};
  Shard& shard = shards_[seeded_hash(client) % shards_.size()];
  std::lock_guard lock(shard.mutex);
  if (!shard.plan) return std::nullopt;
  const Plan& plan = *shard.plan;
  if (plan.client) drawing.take(Scope::tenant, shard.clients->find(client, *plan.client, lessee_ != nullptr));
  if (route != no_route) {
    drawing.take(Scope::endpoint, plan.targets[route].endpoint);
    drawing.take(Scope::resource, plan.targets[route].resource);
  }
  drawing.take(Scope::global, plan.global);
  if (drawing.decision && !drawing.decision->allowed)
    refused_[static_cast<std::size_t>(drawing.decision->scope)].fetch_add(1, std::memory_order_relaxed);
  return drawing.decision;
}

std::uint64_t Limiter::refused(Scope scope) const noexcept {
  return refused_[static_cast<std::size_t>(scope)].load(std::memory_order_relaxed);
}

}  // namespace netweave::limits
