#include "limits/limiter.hpp"

#include <algorithm>

namespace netweave::limits {

std::string_view to_string(Scope scope) noexcept {
  constexpr std::array<std::string_view, scopes.size()> names = {"tenant", "endpoint", "resource", "global", "quota"};
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
      left.tokens = 0;
      return refuse(scope, left, bucket->limit().burst);
    }
    taken[count++] = {bucket.get(), token};
    if (!decision || left.tokens < decision->left.tokens) decision = Decision{true, scope, bucket->limit().burst, left};
  }

  void refuse(Scope scope, Left left, std::int64_t limit) {
    if (decision && !decision->allowed) return;
    put_back();
    decision = Decision{false, scope, limit, left};
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

/// What is the client's own: the rate that the configuration gives each, and its quota.
void Limiter::take_clients(Drawing& drawing, Clients::Client& client, const Plan* plan,
                           std::optional<std::int64_t> quota) {
  auto shared = lessee_ != nullptr;
  if (plan != nullptr && plan->client) {
    if (!client.rate) client.rate = std::make_shared<Bucket>("tenant/" + client.name, *plan->client, shared);
    drawing.take(Scope::tenant, client.rate);
  }
  if (!quota) return;
  if (*quota <= 0) return drawing.refuse(Scope::quota, {0, 0, Nanos{60} * 1'000'000'000}, 0);
  Limit limit{static_cast<double>(*quota) / 60, *quota};
  if (!client.quota || client.quota->limit() != limit)
    client.quota = std::make_shared<Bucket>("quota/" + client.name, limit, shared);
  drawing.take(Scope::quota, client.quota);
}

std::optional<Decision> Limiter::take(std::string_view client, std::size_t route, std::optional<std::int64_t> quota) {
  if (!quota && !enabled_.load(std::memory_order_relaxed)) return std::nullopt;
  if (route != no_route && !routes_[route].limited) return std::nullopt;
  if (lessee_) lessee_->count();
  Drawing drawing{context_.now(), members(), lessee_.get()};
  Shard& shard = shards_[seeded_hash(client) % shards_.size()];
  std::lock_guard lock(shard.mutex);
  const Plan* plan = shard.plan.get();
  if (quota || (plan != nullptr && plan->client)) take_clients(drawing, shard.clients->find(client), plan, quota);
  if (plan != nullptr) {
    if (route != no_route) {
      drawing.take(Scope::endpoint, plan->targets[route].endpoint);
      drawing.take(Scope::resource, plan->targets[route].resource);
    }
    drawing.take(Scope::global, plan->global);
  }
  if (drawing.decision && !drawing.decision->allowed)
    refused_[static_cast<std::size_t>(drawing.decision->scope)].fetch_add(1, std::memory_order_relaxed);
  return drawing.decision;
}

std::uint64_t Limiter::refused(Scope scope) const noexcept {
  return refused_[static_cast<std::size_t>(scope)].load(std::memory_order_relaxed);
}

}  // namespace netweave::limits
