#include "events/notification.hpp"

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"

namespace netweave::events {
namespace {

void add_text(std::string& out, std::string_view name, std::string_view text) {
  out += '"';
  out += name;
  out += "\":";
  append_json_text(out, text);
  out += ',';
}

void add_json(std::string& out, std::string_view name, std::string_view json) {
  out += '"';
  out += name;
  out += "\":";
  out += json;
  out += ',';
}

void add_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

}  // namespace

std::string notification_id(std::string_view subscription_id, model::Revision revision) {
  return make_uuid5(netweave_namespace,
                    "notification/" + std::string(subscription_id) + "/" + std::to_string(revision));
}

TraceContext trace_of(std::string_view notification_id) {
  std::string digits(notification_id);
  std::erase(digits, '-');
  return child_of(parse_traceparent("00-" + digits + "-0000000000000001-00").value_or(new_trace()));
}

std::string make_body(const Notice& notice, std::string_view id) {
  const store::Entry& entry = *notice.entry;
  std::string out = "{";
  out.reserve(512 + (entry.object ? entry.object->json().size() : 0) + (entry.prior ? entry.prior->json().size() : 0));
  add_text(out, "notificationId", id);
  add_text(out, "subscriptionId", notice.subscription_id);
  if (!notice.consumer_id.empty()) add_text(out, "consumerSubscriptionId", notice.consumer_id);
  add_text(out, "eventType", notice.event_type);
  if (entry.object || entry.prior) add_json(out, to_string(entry.subject().kind()), entry.subject().json());
  if (entry.prior) add_json(out, "priorState", entry.prior->json());
  out += "\"sequence\":" + std::to_string(notice.sequence) + ",\"timestamp\":\"" + format_rfc3339(entry.time) + "\"}";
  return out;
}

std::string make_headers(const Addressed& addressed, std::string_view body,
                         const std::vector<std::string_view>& secrets, Millis now) {
  std::string timestamp = std::to_string(now / 1000);
  std::string headers;
  headers.reserve(512);
  add_header(headers, "Content-Type", "application/json");
  add_header(headers, header_event_type, addressed.event_type);
  add_header(headers, header_notification_id, addressed.notification_id);
  add_header(headers, header_subscription_id, addressed.subscription_id);
  add_header(headers, header_timestamp, timestamp);
  add_header(headers, "traceparent", addressed.trace.traceparent());
  std::string signed_text = timestamp + ".";
  signed_text += body;
  std::string signatures;
  for (std::string_view secret : secrets) {
    if (!signatures.empty()) signatures += ',';
    signatures += "sha256=" + crypto::to_hex(crypto::hmac_sha256(secret, signed_text));
  }
  add_header(headers, header_signature, signatures);
  return headers;
}

}  // namespace netweave::events
