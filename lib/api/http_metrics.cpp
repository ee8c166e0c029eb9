#include "api/http_metrics.hpp"

#include <array>
#include <atomic>
#include <map>
#include <tuple>

namespace netweave::api {
namespace {

/// Gateways are told apart by a number: the next one may stand at the address where one was.
std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

std::string_view method_label(std::string_view method) {
  constexpr std::array<std::string_view, 7> known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  for (std::string_view name : known)
    if (method == name) return name;
  return "other";
}

HttpMetrics::HttpMetrics(telemetry::Metrics& metrics) : metrics_(metrics), number_(next_number()) {}

void HttpMetrics::observe(const Call& call, int status, std::chrono::nanoseconds took) {
  // route and label are texts that stay where they are: their addresses are the key
  using Key = std::tuple<std::uint64_t, const char*, const char*, int>;
  thread_local std::map<Key, Counters> known;
  std::string_view method = method_label(call.request.method);
  auto [place, made] = known.try_emplace(Key{number_, call.route.data(), method.data(), status});
  if (made) place->second = look_up(call, method, status);
  place->second.requests->add();
  place->second.duration->observe(std::chrono::duration<double>(took).count());
}

HttpMetrics::Counters HttpMetrics::look_up(const Call& call, std::string_view method, int status) {
  telemetry::Labels labels = {{"method", std::string(method)}, {"route", std::string(call.route)}};
  Counters counters;
  counters.duration =
      &metrics_.histogram("netweave_http_request_duration_seconds", "Time from request to answer", labels);
  labels.emplace_back("status", std::to_string(status));
  counters.requests = &metrics_.counter("netweave_http_requests_total", "Requests answered", labels);
  return counters;
}

}  // namespace netweave::api
