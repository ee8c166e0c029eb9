#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "netweave/value.hpp"

#include "base/log.hpp"
#include "base/time.hpp"
#include "state/snapshot.hpp"
#include "store/store.hpp"

/// Who did what, for good: two append-only streams take every event, that of all tenants ("audit") and that of the
/// tenant which it concerns ("audit/<tenant>"), so that a tenant's pages show nothing of how much others do.
namespace netweave::tenancy {

/// Empty members are left out. No secret belongs in any of them.
struct AuditEvent {
  std::string type;  ///< "resourcepool.created"
  std::string tenant;
  std::string user_id;
  std::string subject;
  std::string resource_type;  ///< "resourcePool"
  std::string resource_id;
  std::string action;  ///< of the permission: "create"
  Value details = Value::object();
  std::string client_ip;
  std::string user_agent;
  std::string request_id;
};

/// Where an event stands: the record of its stream, and its line there.
struct AuditPlace {
  std::uint64_t record = 0;
  std::size_t line = 0;
};

/// "audit/acme"; of all tenants: "audit".
std::string audit_stream(std::string_view tenant = {});
/// Reads on behind `after` (from the oldest: {0, 0}), until `each` gives false; false then. Blocks; any thread.
Result<bool> read_audit(store::Streams& streams, const std::string& stream, AuditPlace after,
                        const std::function<bool(AuditPlace place, std::string_view json)>& each);
/// Forgets what was written before `time`. Blocks.
Result<void> trim_audit(store::Streams& streams, const std::string& stream, Millis time);
/// As `trim_audit`, in every tenant's stream and that of all; what fails is logged.
void trim_audits(store::Streams& streams, const state::Snapshot& snapshot, Millis time, const Log& log);

/// Takes events off the threads that answer, and writes them, many in a record, with a thread of its own. What was
/// taken is written, at the latest by `stop`, unless the store fails to the end: then the log has it.
class AuditLog {
 public:
  AuditLog(store::Streams& streams, Clock clock, Log log);
  /// As `stop`.
  ~AuditLog();

  /// Any thread; does not block.
  void record(AuditEvent event);
  /// The tenant begins anew: what its stream held is another's of the same name.
  void begin_tenant(std::string tenant);
  /// So much waits that what would make events must wait as well. Any thread.
  [[nodiscard]] bool full() const;
  /// Blocks until all is written.
  void stop();

 private:
  struct Item {
    std::string tenant;
    std::string line;  // empty: the tenant's stream begins anew
    Millis time = 0;
  };
  void take(Item item);
  void work(const std::stop_token& stop);
  void write(std::vector<Item>& batch, const std::stop_token& stop);
  void append(const std::string& stream, const std::string& lines, Millis time, const std::stop_token& stop);

  store::Streams& streams_;
  Clock clock_;
  Log log_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> queue_;
  std::jthread thread_;
};

}  // namespace netweave::tenancy
