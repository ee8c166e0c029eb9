#include "tenancy/audit.hpp"

#include <map>

#include "base/ids.hpp"

namespace netweave::tenancy {
namespace {

constexpr std::size_t most_queued = 10000;
constexpr std::size_t most_at_once = 256;
constexpr std::size_t records_at_once = 16;
constexpr int last_attempts = 3;  // of a store that fails while the gateway stops
constexpr std::chrono::milliseconds before_next_attempt{200};

std::string to_json(const AuditEvent& event, Millis time) {
  Value json;
  json["eventId"] = make_uuid();
  json["type"] = event.type;
  auto add = [&json](const char* name, const std::string& text) {
    if (!text.empty()) json[name] = text;
  };
  add("tenantId", event.tenant);
  add("userId", event.user_id);
  add("subject", event.subject);
  add("resourceType", event.resource_type);
  add("resourceId", event.resource_id);
  add("action", event.action);
  json["details"] = event.details;
  add("clientIp", event.client_ip);
  add("userAgent", event.user_agent);
  add("requestId", event.request_id);
  json["timestamp"] = format_rfc3339(time);
  return json.to_json();
}

}  // namespace

std::string audit_stream(std::string_view tenant) {
  std::string stream = "audit";
  return tenant.empty() ? stream : stream.append("/").append(tenant);
}

Result<bool> read_audit(store::Streams& streams, const std::string& stream, AuditPlace after,
                        const std::function<bool(AuditPlace, std::string_view)>& each) {
  std::uint64_t behind = after.record > 0 ? after.record - 1 : 0;
  while (true) {
    auto items = streams.read(stream, behind, records_at_once);
    if (!items) return std::move(items).error();
    if (items->empty()) return true;
    for (const store::StreamItem& item : *items) {
      behind = item.sequence;
      std::string_view rest = item.bytes;
      for (std::size_t line = 1; !rest.empty(); ++line) {
        std::string_view json = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), json.size() + 1));
        if (item.sequence == after.record && line <= after.line) continue;
        if (!each({item.sequence, line}, json)) return false;
      }
    }
  }
}

Result<void> trim_audit(store::Streams& streams, const std::string& stream, Millis time) {
  std::uint64_t old = 0;
  for (std::uint64_t after = 0;;) {
    auto items = streams.read(stream, after, records_at_once);
    if (!items) return std::move(items).error();
    for (const store::StreamItem& item : *items)
      if (item.time < time) old = item.sequence;
    bool more = !items->empty() && old == items->back().sequence;
    if (!more) break;
    after = old;
  }
  return old > 0 ? streams.trim(stream, old) : Result<void>();
}

void trim_audits(store::Streams& streams, const state::Snapshot& snapshot, Millis time, const Log& log) {
  std::vector<std::string> names = {audit_stream()};
  for (auto cursor = snapshot.table(Kind::tenant).begin(); cursor.valid(); cursor.next())
    names.push_back(audit_stream(cursor->id()));
  for (const std::string& name : names)
    if (auto trimmed = trim_audit(streams, name, time); !trimmed)
      log.warn("the audit can't be trimmed", {{"stream", name}, {"error", trimmed.error().message}});
}

AuditLog::AuditLog(store::Streams& streams, Clock clock, Log log)
    : streams_(streams), clock_(std::move(clock)), log_(std::move(log)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

AuditLog::~AuditLog() { stop(); }

void AuditLog::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void AuditLog::record(AuditEvent event) {
  Millis time = to_millis(clock_());
  std::string line = to_json(event, time);
  take({std::move(event.tenant), std::move(line), time});
}

void AuditLog::begin_tenant(std::string tenant) { take({std::move(tenant), {}, 0}); }

void AuditLog::take(Item item) {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(item));
  }
  changed_.notify_all();
}

bool AuditLog::full() const {
  std::lock_guard lock(mutex_);
  return queue_.size() >= most_queued;
}

void AuditLog::work(const std::stop_token& stop) {
  while (true) {
    std::vector<Item> batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !queue_.empty(); });
      if (queue_.empty()) return;  // stopped, and all is written
      while (!queue_.empty() && batch.size() < most_at_once) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    write(batch, stop);
  }
}

/// In their order within each stream; a tenant that begins anew is a border.
void AuditLog::write(std::vector<Item>& batch, const std::stop_token& stop) {
  std::map<std::string, std::string> streams;
  Millis time = 0;
  auto flush = [&] {
    for (const auto& [stream, lines] : streams) append(stream, lines, time, stop);
    streams.clear();
  };
  for (Item& item : batch) {
    if (item.line.empty()) {
      flush();
      if (auto gone = streams_.trim(audit_stream(item.tenant), UINT64_MAX); !gone)
        log_.error("a former tenant's audit can't be forgotten",
                   {{"tenant", item.tenant}, {"error", gone.error().message}});
      continue;
    }
    time = item.time;
    streams[audit_stream()] += item.line + "\n";
    if (!item.tenant.empty()) streams[audit_stream(item.tenant)] += item.line + "\n";
  }
  flush();
}

void AuditLog::append(const std::string& stream, const std::string& lines, Millis time, const std::stop_token& stop) {
  for (int attempts = 0;;) {
    auto appended = streams_.append(stream, lines, time);
    if (appended) return;
    log_.error("the audit can't be written at present", {{"stream", stream}, {"error", appended.error().message}});
    if (stop.stop_requested() && ++attempts == last_attempts) break;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any timer;
    if (stop.stop_requested())
      timer.wait_for(lock, before_next_attempt, [] { return false; });
    else
      timer.wait_for(lock, stop, before_next_attempt, [] { return false; });
  }
  log_.error("audit events that the store did not take", {{"stream", stream}, {"events", lines}});
}

}  // namespace netweave::tenancy
