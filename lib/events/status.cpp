#include "events/status.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/json.hpp"
#include "events/webhook.hpp"

namespace netweave::events {
namespace {

/// Written for each acceptance, so without a Value in between.
class Writer {
 public:
  void add(std::string_view name, std::uint64_t number) {
    if (number == 0) return;
    begin(name);
    text_ += std::to_string(number);
  }
  void add(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    begin(name);
    append_json_text(text_, text);
  }
  std::string finish() {
    if (!text_.empty()) text_ += '}';
    return std::move(text_);
  }

 private:
  void begin(std::string_view name) {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_ += name;
    text_ += "\":";
  }
  std::string text_;
};

std::uint64_t count_in(const Value& json, std::string_view name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, json.at(name).as_integer()));
}

}  // namespace

std::string_view to_string(DeliveryState state) noexcept {
  switch (state) {
    case DeliveryState::suspended:
      return "suspended";
    case DeliveryState::lagging:
      return "lagging";
    default:
      return "active";
  }
}

std::string progress_text(const Progress& progress) {
  const DeliveryStatus& status = progress.status;
  Writer writer;
  if (status.state != DeliveryState::active) writer.add("state", to_string(status.state));
  writer.add("epoch", progress.epoch);
  writer.add("failingSince", static_cast<std::uint64_t>(progress.failing_since));
  writer.add("deadLetters", status.dead_letters);
  writer.add("deadInRow", std::uint64_t{progress.dead_in_row});
  writer.add("resumed", progress.resumed);
  writer.add("lastSuccessAt", static_cast<std::uint64_t>(status.last_success_at));
  writer.add("lastFailureAt", static_cast<std::uint64_t>(status.last_failure_at));
  writer.add("lastError", status.last_error);
  writer.add("consecutiveFailures", status.consecutive_failures);
  writer.add("pending", std::uint64_t{status.pending});
  return writer.finish();
}

Progress read_progress(std::string_view text) {
  Progress progress;
  auto json = Value::parse(text);
  if (!json) return progress;  // none was written
  DeliveryStatus& status = progress.status;
  for (DeliveryState state : {DeliveryState::suspended, DeliveryState::lagging})
    if (json->at("state").as_text() == to_string(state)) status.state = state;
  progress.epoch = json->at("epoch").as_text();
  progress.failing_since = json->at("failingSince").as_integer();
  progress.dead_in_row = static_cast<unsigned>(count_in(*json, "deadInRow"));
  progress.resumed = count_in(*json, "resumed");
  status.dead_letters = count_in(*json, "deadLetters");
  status.last_success_at = json->at("lastSuccessAt").as_integer();
  status.last_failure_at = json->at("lastFailureAt").as_integer();
  status.last_error = json->at("lastError").as_text();
  status.consecutive_failures = count_in(*json, "consecutiveFailures");
  status.pending = count_in(*json, "pending");
  return progress;
}

std::string reader_name(std::string_view subscription_id) { return "subscription/" + std::string(subscription_id); }
std::string dead_letters_of(std::string_view subscription_id) { return "deadletters/" + std::string(subscription_id); }

Result<DeliveryStatus> stored_status(store::Positions& positions, std::string_view subscription_id) {
  auto position = positions.find(reader_name(subscription_id));
  if (!position) return std::move(position).error();
  if (!*position) return DeliveryStatus();
  DeliveryStatus status = read_progress((*position)->state).status;
  status.position = (*position)->revision;
  return status;
}

Value status_json(const DeliveryStatus& status, store::Log& log, Millis now) {
  Value json;
  json["state"] = to_string(status.state);
  if (status.last_success_at > 0) json["lastSuccessAt"] = format_rfc3339(status.last_success_at);
  if (status.last_failure_at > 0) json["lastFailureAt"] = format_rfc3339(status.last_failure_at);
  if (!status.last_error.empty()) json["lastError"] = status.last_error;
  json["consecutiveFailures"] = static_cast<std::int64_t>(status.consecutive_failures);
  json["pending"] = static_cast<std::int64_t>(status.pending);
  json["deadLetters"] = static_cast<std::int64_t>(status.dead_letters);
  store::Revision head = log.head();
  store::Revision behind = waits(status) && status.position < head ? head - status.position : 0;
  double seconds = 0;
  if (behind > 0) {
    auto first = log.read(std::max(status.position, log.oldest()), 1);
    if (first && !first->empty()) seconds = static_cast<double>(std::max<Millis>(0, now - first->front().time)) / 1000;
  }
  json["lagRevisions"] = static_cast<std::int64_t>(behind);
  json["lagSeconds"] = seconds;
  return json;
}

Result<store::Revision> slowest_position(store::Positions& positions, const state::Snapshot& snapshot) {
  auto stored = positions.load();
  if (!stored) return std::move(stored).error();
  std::unordered_map<std::string, const store::Position*> by_reader;
  for (const store::Position& position : *stored) by_reader[position.reader] = &position;
  store::Revision slowest = snapshot.revision();
  for (auto cursor = snapshot.table(Kind::subscription).begin(); cursor.valid(); cursor.next()) {
    auto place = by_reader.find(reader_name(cursor->id()));
    if (place != by_reader.end()) {
      bool suspended = read_progress(place->second->state).status.state == DeliveryState::suspended;
      if (!suspended) slowest = std::min(slowest, place->second->revision);
    } else if (const model::Object* webhook = snapshot.find(model::webhook, cursor->id())) {
      slowest = std::min(slowest, beginning_of(*cursor, *webhook));
    }
  }
  return slowest;
}

}  // namespace netweave::events
