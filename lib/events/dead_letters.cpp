#include "events/dead_letters.hpp"

#include <algorithm>
#include <unordered_map>

#include "netweave/value.hpp"

#include "base/json.hpp"
#include "base/time.hpp"
#include "events/status.hpp"

namespace netweave::events {
namespace {

constexpr std::size_t at_once = 64;  // records; one may hold objects of a megabyte
/// Can't occur before the notification: inside a JSON text each quote has a backslash before it.
constexpr std::string_view body_mark = R"(,"notification":)";

/// What a record says without its notification, which is not parsed.
std::optional<Value> head_of(std::string_view record) {
  auto end = record.find(body_mark);
  auto json =
      Value::parse(end == std::string_view::npos ? std::string(record) : std::string(record.substr(0, end)) + "}");
  if (!json) return std::nullopt;
  return std::move(*json);
}

std::uint64_t count_in(const Value& json, std::string_view name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, json.at(name).as_integer()));
}

}  // namespace

std::string to_record(const DeadLetter& letter) {
  std::string out = R"({"notificationId":)";
  append_json_text(out, letter.notification_id);
  out += ",\"sequence\":" + std::to_string(letter.sequence) + ",\"eventType\":";
  append_json_text(out, letter.event_type);
  if (letter.status != 0) out += ",\"status\":" + std::to_string(letter.status);
  out += ",\"reason\":";
  append_json_text(out, letter.reason);
  out +=
      ",\"attempts\":" + std::to_string(letter.attempts) + ",\"failedAt\":\"" + format_rfc3339(letter.failed_at) + "\"";
  out += body_mark;
  return out += letter.body + "}";
}

std::string settled_record(std::string_view notification_id) {
  std::string out = R"({"settled":)";
  append_json_text(out, notification_id);
  return out += "}";
}

std::optional<DeadLetter> read_letter(std::string_view record) {
  auto json = head_of(record);
  auto mark = record.find(body_mark);
  if (!json || mark == std::string_view::npos || json->find("notificationId") == nullptr) return std::nullopt;
  DeadLetter letter;
  letter.notification_id = json->at("notificationId").as_text();
  letter.sequence = count_in(*json, "sequence");
  letter.event_type = json->at("eventType").as_text();
  letter.status = static_cast<int>(json->at("status").as_integer());
  letter.reason = json->at("reason").as_text();
  letter.attempts = static_cast<unsigned>(count_in(*json, "attempts"));
  letter.failed_at = parse_rfc3339(json->at("failedAt").as_text()).value_or(0);
  record.remove_prefix(mark + body_mark.size());
  letter.body = record.substr(0, record.size() - 1);
  return letter;
}

Result<LetterList> list_letters(store::Streams& streams, std::string_view subscription_id) {
  std::string stream = dead_letters_of(subscription_id);
  std::unordered_map<std::string, LetterPlace> open;
  std::uint64_t last = 0;
  while (true) {
    auto items = streams.read(stream, last, at_once);
    if (!items) return std::move(items).error();
    if (items->empty()) break;
    for (const store::StreamItem& item : *items) {
      last = item.sequence;
      auto json = head_of(item.bytes);
      if (!json) continue;
      open.erase(std::string(json->at("settled").as_text()));
      std::string id(json->at("notificationId").as_text());
      if (!id.empty()) open[id] = {id, count_in(*json, "sequence"), item.sequence};
    }
  }
  LetterList list;
  list.needless = last;
  for (auto& [id, place] : open) {
    list.needless = std::min(list.needless, place.record - 1);
    list.places.push_back(std::move(place));
  }
  std::sort(list.places.begin(), list.places.end(),
            [](const LetterPlace& a, const LetterPlace& b) { return a.sequence < b.sequence; });
  return list;
}

Result<std::optional<std::string>> read_record(store::Streams& streams, std::string_view subscription_id,
                                               std::uint64_t record) {
  auto items = streams.read(dead_letters_of(subscription_id), record - 1, 1);
  if (!items) return std::move(items).error();
  if (items->empty() || items->front().sequence != record) return std::optional<std::string>();
  return std::optional(std::move(items->front().bytes));
}

}  // namespace netweave::events
