#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "netweave/adapter/ims.hpp"
#include "netweave/config.hpp"
#include "netweave/http/message.hpp"
#include "netweave/model.hpp"
#include "netweave/result.hpp"

namespace netweave {

/// What an embedding program gives beside the settings. A default-constructed one works.
struct Options {
  /// One line of the log, without a line end, in the configured format. Any thread. Empty: written to where
  /// `logging.output` says.
  std::function<void(std::string_view level, std::string_view line)> logger;
  /// Wall-clock time. Any thread. Empty: the system's.
  std::function<std::chrono::system_clock::time_point()> clock;
  /// Adapter types by name, beside the built-in ones, which they may replace.
  std::map<std::string, ims::AdapterFactory> adapters;
};

/// One change of the inventory, as EventReader gives it.
struct Event {
  std::string revision;    ///< opaque "epoch.revision"; give it to `Gateway::events` to go on after this one
  std::string event_type;  ///< "ResourceCreated" and so on
  Kind kind = Kind::resource;
  std::string id;
  std::string object;       ///< JSON; of a deletion the last state
  std::string prior_state;  ///< JSON; empty for a creation
  std::string timestamp;    ///< RFC 3339, of the commit
};

/// Reads changes in order; lists show a change no later than its event. For one thread at a time, and not past the
/// Gateway's end.
class EventReader {
 public:
  EventReader(EventReader&&) noexcept;
  EventReader& operator=(EventReader&&) noexcept;
  ~EventReader();

  /// Blocks until there is an event, the timeout passes (nullopt) or the gateway stops (`cancelled`). `not_found`:
  /// the log no longer holds the position; list again and begin from now.
  Result<std::optional<Event>> next(std::chrono::milliseconds timeout);

 private:
  friend class Gateway;
  struct Impl;
  explicit EventReader(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// The O2 gateway: observes its adapters, keeps the inventory, answers requests, notifies subscribers. Two can live
/// in one process. It installs no signal handlers, prints nothing, and touches no global state of the process.
class Gateway {
 public:
  /// Opens the store and makes the adapters. Blocks. Errors: `invalid` (settings; every fault), `unavailable` (the
  /// store is locked: says by whom; or can't be opened), `precondition` (the store is corrupt or of a newer
  /// version: says what to do, and is left as it is).
  static Result<std::unique_ptr<Gateway>> create(Config config, Options options = {});

  /// Whether `create` would accept these settings, adapters' own sections included, without opening or starting
  /// anything. Errors: `invalid` with every fault.
  static Result<void> check(const Config& config, const Options& options = {});

  /// Stops, and blocks until all threads have ended.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Begins to observe and to deliver. Once.
  Result<void> start();
  /// Ends what `start` began; pending positions are written. Blocks; idempotent; any thread but an adapter's.
  /// `handle` answers 503 from then on.
  void stop();
  /// Not ready from now on (`/readyz` answers 503) while requests are still served: the first step of a shutdown. Open
  /// event streams and watches end with the revision that their readers go on from, and none begins.
  void drain();

  /// Answers one request. Any thread; does not block, except that a short critical section may be entered. `done`
  /// is called exactly once: before `handle` returns for reads, from a pool's thread for writes.
  void handle(http::Request request, http::Completion done);
  /// The same on the operations listener: health, readiness and metrics alone, and nobody is asked who they are.
  void handle_operations(http::Request request, http::Completion done);
  /// `handle` for callers without an event loop. Blocks.
  http::Response call(http::Request request);

  /// Changes from now on, or after a position that an earlier Event gave. Errors: `invalid` (no such position),
  /// `not_found` (older than the log holds).
  Result<EventReader> events(std::string_view after = {});

  /// Blocks until every enabled adapter has delivered its first full list, or the timeout passes (`timeout`).
  Result<void> wait_synced(std::chrono::milliseconds timeout);

  /// The address for `oCloudInfrastructure.serviceUri` where none is configured; a shell sets it once it listens.
  void set_service_uri(std::string uri);

  /// A line of an engine's, or of a shell's, in the gateway's log, as the library's own: below its level it is left
  /// out. Any thread. A level that is none counts as info.
  void log(std::string_view level, std::string_view message) const;

  /// What is less than `level` (trace, debug, info, warn, error) is not logged from now on; `config` keeps what it
  /// began with. Any thread. Errors: `invalid`.
  Result<void> set_log_level(std::string_view level);

  /// Which adapter gets what is created from now on; `config` keeps what it began with. Any thread. Errors: `invalid`,
  /// with every fault (a rule of an adapter that this gateway has not).
  Result<void> set_routing(RoutingConfig routing);

  /// Limits requests by these from now on; unused tokens begin anew where they differ. Any thread. Errors: `invalid`,
  /// with every fault; the old ones stay then.
  Result<void> set_rate_limit(RateLimitConfig rate_limit);

  [[nodiscard]] const Config& config() const noexcept;

 private:
  struct Impl;
  explicit Gateway(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netweave
