#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "netweave/config.hpp"

#include "adapters/host.hpp"
#include "adapters/writes.hpp"
#include "api/client_address.hpp"
#include "base/executor.hpp"
#include "base/log.hpp"
#include "events/stream_hub.hpp"
#include "limits/limiter.hpp"
#include "routing/routing.hpp"
#include "state/state.hpp"
#include "state/writer.hpp"
#include "store/store.hpp"
#include "telemetry/tracer.hpp"
#include "tenancy/access.hpp"
#include "tenancy/quota.hpp"

namespace netweave::tenancy {
class AuditLog;
}

namespace netweave::api {

/// How one subscription's deliveries go: the contract's `status`. `known_status` answers at once, from what this
/// gateway has in memory; nullopt: the store must be asked, which `stored_status` does. That blocks.
using KnownStatus = std::function<std::optional<Value>(const std::string& id)>;
using StoredStatus = std::function<Result<Value>(const std::string& id)>;
/// Whether notifications may be sent there. Resolves names: blocks.
using CallbackCheck = std::function<Result<void>(const std::string& url)>;
/// Makes what is kept about a new subscription's delivery: the JSON of its `webhook` object, and the `security`
/// object that its creator alone is shown.
struct NewWebhook {
  std::string json;
  Value security;
};
using WebhookMaker =
    std::function<NewWebhook(std::string_view api_version, std::optional<model::Revision> from_revision)>;

/// Finds out who asks, and calls `done` with that, perhaps later and elsewhere. Errors: `unauthenticated`.
using Identify = std::function<void(const http::Request& request, std::function<void(Result<tenancy::Identity>)> done)>;

/// What the northbound stands on; the gateway makes it, the handlers only read it.
struct Services {
  const Config& config;
  const state::State& state;
  /// The history of the log that revisions are shown with.
  [[nodiscard]] std::string epoch() const { return state.snapshot()->epoch(); }
  state::Writer& writer;
  adapters::Writes& writes;
  const routing::Hosts& hosts;
  const routing::Rules& routing;  ///< which adapter gets what is created
  Executor& pool;                 ///< for what blocks before a write
  Executor& scans;                ///< for lists that look at many objects
  store::Log& entries;            ///< for where streams and subscriptions begin
  store::Streams& letters;        ///< dead letters, and the audit
  std::shared_ptr<events::StreamHub> streams;
  Clock clock;
  Log log;
  std::string cursor_key;
  std::string sealing_key;  ///< 32 bytes under which secrets are kept; empty: they are kept as they are
  std::function<std::string()> service_uri;
  std::function<std::string()> metrics;  ///< in Prometheus' text format
  std::function<bool()> draining;
  std::function<std::string()> store_fault;  ///< empty while the store works
  KnownStatus known_status;
  StoredStatus stored_status;
  CallbackCheck check_callback;
  WebhookMaker make_webhook;
  Identify identify;                        ///< with multi-tenancy
  tenancy::AuditLog* audit = nullptr;       ///< with multi-tenancy
  const tenancy::Quotas* quotas = nullptr;  ///< with multi-tenancy
  TrustedProxies trusted_proxies;
  telemetry::Tracer* tracer = nullptr;  ///< nullptr: no spans are reported
  limits::Limiter* limiter = nullptr;   ///< nullptr: nothing is limited
};

}  // namespace netweave::api
