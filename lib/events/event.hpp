#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "store/store.hpp"

/// What an entry of the log is called when it is told to somebody (contract: "Event types").
namespace netweave::events {

/// A set of event types, one bit each.
using EventMask = std::uint32_t;

struct EventType {
  std::string_view name;
  Kind kind;
  EventMask bit;
};

/// All that the inventory knows, by name.
std::span<const EventType> event_types() noexcept;
/// nullptr: no such type.
const EventType* find_event_type(std::string_view name) noexcept;
/// What the entry is told as; nullptr for what is never told: internal kinds, subscriptions, and what has no type.
const EventType* event_type_of(const store::Entry& entry) noexcept;

/// How many entries there were of each type since the start. `count` is one thread's, `of` any thread's.
class EventCounts {
 public:
  void count(std::span<const store::Entry> entries) noexcept;
  [[nodiscard]] std::uint64_t of(const EventType& type) const noexcept { return counts_[place_of(type)].load(); }

 private:
  static std::size_t place_of(const EventType& type) noexcept;
  std::array<std::atomic<std::uint64_t>, 32> counts_{};
};

/// What an empty `eventTypes` means for a subscription made under that API version ("v1"): resources and pools, from
/// v2 on resource types and deployment managers too.
EventMask default_events(std::string_view api) noexcept;

}  // namespace netweave::events
