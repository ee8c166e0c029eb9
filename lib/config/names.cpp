#include <algorithm>
#include <array>

#include "config/keys.hpp"

namespace netweave::config {
namespace {

constexpr std::string_view later[] = {
    "oran.subscription_filter",
    "oran.notify_extensions",
    "oran.object_state",
    "oran.subscription_delete_status",
    "oran.duplicate_status",
    "oran.bad_body_status",
    "oran.callback_check",
    "oran.registration",
    "alarms.retention",
    "alarms.severity_map",
    "alarms.alertmanager",
    "dms.adapters",
    "dms.packages",
    "dms.operation_timeout",
    "smo.plugins",
};

constexpr std::string_view further[] = {
    "redis.key_prefix", "redis.check_persistence", "query.scan_waiting", "batch", "streams",
};

constexpr OlderName older[] = {
    {"kubeconfig", "adapters[].config.kubeconfig"},
    {"kubernetes", "adapters[].config"},
    {"listen", "server.host"},
    {"logging", "observability.logging"},
    {"log", "observability.logging"},
    {"log_level", "observability.logging.level"},
    {"metrics", "observability.metrics"},
    {"http", "server"},
    {"database", "store"},
    {"ocloud_id", "o_cloud.id"},
    {"adapter", "adapters"},
    {"server.address", "server.host"},
    {"server.bind", "server.host"},
    {"server.listen", "server.host"},
    {"server.listen_port", "server.port"},
    {"server.workers", "server.threads"},
    {"server.max_request_size", "server.max_body_bytes"},
    {"server.max_body_size", "server.max_body_bytes"},
    {"server.max_header_size", "server.max_header_bytes"},
    {"server.graceful_shutdown_timeout", "server.shutdown_timeout"},
    {"store.type", "store.backend"},
    {"store.file", "store.path"},
    {"store.key", "store.encryption_key"},
    {"store.redis", "redis"},
    {"redis.address", "redis.addresses"},
    {"redis.url", "redis.addresses"},
    {"redis.sentinels", "redis.addresses"},
    {"redis.user", "redis.username"},
    {"redis.database", "redis.db"},
    {"redis.tls", "redis.enable_tls"},
    {"redis.prefix", "redis.key_prefix"},
    {"query.page_size", "query.default_limit"},
    {"query.limit", "query.default_limit"},
    {"subscriptions.max_retries", "subscriptions.max_attempts"},
    {"subscriptions.retry_interval", "subscriptions.backoff"},
    {"subscriptions.workers", "subscriptions.max_concurrent"},
    {"rate_limit", "security.rate_limit"},
    {"rate_limiting", "security.rate_limit"},
    {"observability.log_level", "observability.logging.level"},
    {"observability.logging.encoding", "observability.logging.format"},
    {"adapters[].id", "adapters[].name"},
    {"adapters[].kind", "adapters[].type"},
    {"adapters[].backend", "adapters[].type"},
    {"adapters[].interval", "adapters[].poll_interval"},
    {"adapters[].settings", "adapters[].config"},
    {"adapters[].insecure", "adapters[].tls_insecure_skip_verify"},
    {"adapters[].read_only", "adapters[].mode"},
    {"adapters[].kubeconfig", "adapters[].config.kubeconfig"},
    {"routing.fallback", "routing.fallback_enabled"},
    {"routing.rules[].plugin", "routing.rules[].adapter"},
    {"routing.rules[].resourceType", "routing.rules[].resource_type"},
    {"routing.rules[].type", "routing.rules[].resource_type"},
    {"routing.rules[].labels", "routing.rules[].conditions.labels"},
    {"routing.rules[].location", "routing.rules[].conditions.location"},
    {"routing.rules[].match", "routing.rules[].conditions"},
};

bool below(std::string_view path, std::string_view section) {
  return path.size() > section.size() && path.starts_with(section) &&
         (path[section.size()] == '.' || path[section.size()] == '[');
}

}  // namespace

std::span<const std::string_view> later_keys() { return later; }
std::span<const std::string_view> further_keys() { return further; }
std::span<const OlderName> older_names() { return older; }

const Key* find_key(std::span<const Key> keys, std::string_view path) noexcept {
  auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.path == path; });
  return found == keys.end() ? nullptr : &*found;
}

const List* find_list(std::string_view path) noexcept {
  auto lists = config_lists();
  auto found = std::find_if(lists.begin(), lists.end(), [&](const List& list) { return list.path == path; });
  return found == lists.end() ? nullptr : &*found;
}

const List* list_above(std::string_view& path) noexcept {
  constexpr std::string_view item = "[].";
  std::size_t mark = path.find(item);
  if (mark == std::string_view::npos) return nullptr;
  const List* list = find_list(path.substr(0, mark));
  if (list) path.remove_prefix(mark + item.size());
  return list;
}

bool is_section(std::span<const Key> keys, std::string_view path) {
  return std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return below(key.path, path); });
}

bool is_later(std::string_view path) {
  if (is_section(config_keys(), path)) return false;
  return std::any_of(std::begin(later), std::end(later),
                     [&](std::string_view key) { return key == path || below(key, path) || below(path, key); });
}

}  // namespace netweave::config
