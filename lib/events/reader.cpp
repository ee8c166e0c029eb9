#include "events/reader.hpp"

#include <algorithm>
#include <charconv>

#include "base/time.hpp"
#include "events/event.hpp"

namespace netweave::events {
namespace {

constexpr std::size_t entries_read = 256;
constexpr auto longest_wait = std::chrono::hours(24);

}  // namespace

std::string format_position(std::string_view epoch, store::Revision revision) {
  return std::string(epoch) + "." + std::to_string(revision);
}

Result<store::Revision> read_position(const store::Log& log, std::string_view text) {
  auto dot = text.rfind('.');
  store::Revision revision = 0;
  bool good = dot != std::string_view::npos && dot > 0;
  if (good) {
    auto [rest, fault] = std::from_chars(text.data() + dot + 1, text.data() + text.size(), revision);
    good = fault == std::errc() && rest == text.data() + text.size();
  }
  if (!good) return make_error(ErrorKind::invalid, "\"" + std::string(text) + "\" is no position in the log");
  if (text.substr(0, dot) != log.epoch())
    return make_error(ErrorKind::not_found, "the position is of another history of the log: list again");
  if (revision > log.head()) return make_error(ErrorKind::invalid, "the position is after the log's end");
  if (revision < log.oldest())
    return make_error(ErrorKind::not_found, "the log no longer holds the position; the oldest one is " +
                                                format_position(log.epoch(), log.oldest()));
  return revision;
}

std::optional<Event> make_event(std::string_view epoch, const store::Entry& entry) {
  const EventType* type = event_type_of(entry);
  if (type == nullptr) return std::nullopt;
  Event event;
  event.revision = format_position(epoch, entry.revision);
  event.event_type = type->name;
  event.kind = type->kind;
  event.id = entry.subject().id();
  event.object = entry.subject().json();
  if (entry.prior) event.prior_state = entry.prior->json();
  event.timestamp = format_rfc3339(entry.time);
  return event;
}

Result<std::optional<Event>> Reader::next(std::chrono::milliseconds timeout, std::stop_token stop) {
  // a day is as good as for ever here, and does not overflow the clock
  auto deadline = std::chrono::steady_clock::now() + std::min<std::chrono::milliseconds>(timeout, longest_wait);
  while (true) {
    while (!read_.empty()) {
      store::Entry entry = std::move(read_.front());
      read_.pop_front();
      after_ = entry.revision;
      if (auto event = make_event(epoch_, entry)) return event;
    }
    if (stop.stop_requested()) return make_error(ErrorKind::cancelled, "the gateway has stopped");
    auto entries = log_.read(after_, entries_read);
    if (!entries) return std::move(entries).error();
    read_.assign(std::make_move_iterator(entries->begin()), std::make_move_iterator(entries->end()));
    if (!read_.empty()) continue;
    if (std::chrono::steady_clock::now() >= deadline) return std::optional<Event>();
    log_.wait(after_, deadline, stop);
  }
}

}  // namespace netweave::events
