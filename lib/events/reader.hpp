#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "netweave/gateway.hpp"

#include "store/store.hpp"

namespace netweave::events {

/// "epoch.revision": a revision as the outside sees it.
std::string format_position(std::string_view epoch, store::Revision revision);
/// Errors: `invalid` (none at all, or after the head), `not_found` (of another epoch, or older than the log holds).
Result<store::Revision> read_position(const store::Log& log, std::string_view text);

/// An entry as an event; nullopt for what is never told.
std::optional<Event> make_event(std::string_view epoch, const store::Entry& entry);

/// The log's events in order, from a revision on. One thread at a time.
class Reader {
 public:
  Reader(store::Log& log, store::Revision after) : log_(log), epoch_(log.epoch()), after_(after) {}

  /// Blocks until there is one, the timeout passes (nullopt) or the stop is requested (`cancelled`). `not_found`: the
  /// log no longer holds the position.
  Result<std::optional<Event>> next(std::chrono::milliseconds timeout, std::stop_token stop);

  /// Everything up to here was given, or is never told: what a bookmark says.
  [[nodiscard]] store::Revision position() const noexcept { return after_; }

 private:
  store::Log& log_;
  std::string epoch_;
  store::Revision after_;
  std::deque<store::Entry> read_;  // ahead of after_
};

}  // namespace netweave::events
