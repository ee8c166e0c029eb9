#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "base/trace.hpp"
#include "events/event.hpp"

/// The bytes of a notification, netweave family (contract: "Webhook body, netweave family", "Delivery").
namespace netweave::events {

inline constexpr std::string_view header_event_type = "X-O2IMS-Event-Type";
inline constexpr std::string_view header_notification_id = "X-O2IMS-Notification-ID";
inline constexpr std::string_view header_subscription_id = "X-O2IMS-Subscription-ID";
inline constexpr std::string_view header_timestamp = "X-O2IMS-Timestamp";
inline constexpr std::string_view header_signature = "X-O2IMS-Signature";
inline constexpr std::string_view resync_type = "Resync";

/// Who is told what. Views what it was made from.
struct Notice {
  std::string_view subscription_id;
  std::string_view consumer_id;
  std::string_view event_type;
  std::uint64_t sequence = 0;
  const store::Entry* entry = nullptr;  ///< without objects for a resync
};

/// A UUIDv5 of subscription and revision: the same at every repeat.
std::string notification_id(std::string_view subscription_id, model::Revision revision);
/// The notification's own trace (its id's digits), the same at every repeat, and a new span of it. Not sampled.
TraceContext trace_of(std::string_view notification_id);
/// `id`: its notification_id.
std::string make_body(const Notice& notice, std::string_view id);
/// What the headers say of a notification.
struct Addressed {
  std::string_view subscription_id;
  std::string_view event_type;
  std::string_view notification_id;
  TraceContext trace;  ///< this attempt's
};
/// "Name: value" lines, each with its CR LF; signed at `now` over "{timestamp}.{body}", once by each secret.
std::string make_headers(const Addressed& addressed, std::string_view body,
                         const std::vector<std::string_view>& secrets, Millis now);

}  // namespace netweave::events
