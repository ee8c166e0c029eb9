#include "api/ims/inventory.hpp"
#include "events/retention.hpp"
#include "gateway/parts.hpp"
#include "tenancy/rules.hpp"

/// From start to stop.
namespace netweave {
namespace {

constexpr Millis day = 24LL * 3600 * 1000;

}  // namespace

Result<void> Gateway::Impl::start() {
  std::lock_guard lock(mutex);
  if (started || stopped) return make_error(ErrorKind::conflict, "the gateway was started before");
  started = true;
  tail.start();
  auto found = [&subject = config.multi_tenancy.bootstrap_admin_subject](state::Transaction& transaction) {
    auto made = api::ims::ensure_default_tenant(transaction);
    if (made) made = tenancy::ensure_built_in_roles(transaction);
    return made ? tenancy::ensure_bootstrap_admin(transaction, subject) : made;
  };
  if (auto made = writer.run(found); !made) return std::move(made).error();
#ifdef NETWEAVE_WEBHOOKS
  if (delivery) delivery->start();
#endif
  duties.start();
  limiter->start();
  housekeeper = std::jthread([this](std::stop_token stop) { keep_house(std::move(stop)); });
  return {};
}

/// Every second: what grows without end is cut.
void Gateway::Impl::keep_house(std::stop_token stop) {
  std::mutex timer_mutex;
  std::condition_variable_any timer;
  unsigned round = 0;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(timer_mutex);
      timer.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    }
    if (stop.stop_requested()) return;
    if (!duties.holds(house)) continue;
    auto trimmed = events::trim_log(*store, *state.snapshot(), {config.store.log_max_entries, config.store.log_max_age},
                                    to_millis(clock()));
    if (!trimmed) log.warn("the log can't be trimmed", {{"error", trimmed.error().message}});
    if (++round % 60 != 0) continue;
    writer.submit(api::Idempotency::forget_old, {});
    if (audit) {
      auto days = static_cast<Millis>(config.multi_tenancy.audit_log_retention_days);
      tenancy::trim_audits(store->streams(), *state.snapshot(), to_millis(clock()) - days * day, log);
    }
  }
}

void Gateway::Impl::stop() {
  {
    std::lock_guard lock(mutex);
    if (stopped.exchange(true)) return;
  }
  stopping.request_stop();
  tail.settle();
  if (streams) streams->stop();
  housekeeper.request_stop();
  if (housekeeper.joinable()) housekeeper.join();
  duties.stop();
  limiter->stop();
  for (auto& host : hosts) host->stop();
  if (authenticator) authenticator->stop();
  pool.stop();
  scans.stop();
  writes.stop();
#ifdef NETWEAVE_WEBHOOKS
  if (delivery) delivery->stop();
#endif
  writer.stop();
  tail.stop();
  if (audit) audit->stop();
  if (tracer) tracer->stop();
}

}  // namespace netweave
