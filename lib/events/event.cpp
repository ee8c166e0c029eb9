#include "events/event.hpp"

#include <algorithm>
#include <bit>

namespace netweave::events {
namespace {

constexpr EventType types[] = {
    {"ResourceCreated", Kind::resource, 1U << 0},
    {"ResourceUpdated", Kind::resource, 1U << 1},
    {"ResourceDeleted", Kind::resource, 1U << 2},
    {"ResourcePoolCreated", Kind::resource_pool, 1U << 3},
    {"ResourcePoolUpdated", Kind::resource_pool, 1U << 4},
    {"ResourcePoolDeleted", Kind::resource_pool, 1U << 5},
    {"ResourceTypeCreated", Kind::resource_type, 1U << 6},
    {"ResourceTypeUpdated", Kind::resource_type, 1U << 7},
    {"ResourceTypeDeleted", Kind::resource_type, 1U << 8},
    {"DeploymentManagerUpdated", Kind::deployment_manager, 1U << 9},
};

}  // namespace

std::span<const EventType> event_types() noexcept { return types; }

const EventType* find_event_type(std::string_view name) noexcept {
  const auto* place =
      std::find_if(std::begin(types), std::end(types), [&](const EventType& t) { return t.name == name; });
  return place == std::end(types) ? nullptr : place;
}

const EventType* event_type_of(const store::Entry& entry) noexcept {
  std::size_t change = !entry.prior ? 0 : entry.object ? 1 : 2;  // created, updated, deleted: the table's order
  switch (entry.subject().kind()) {
    case Kind::resource:
      return &types[change];
    case Kind::resource_pool:
      return &types[3 + change];
    case Kind::resource_type:
      return &types[6 + change];
    case Kind::deployment_manager:
      return change == 1 ? &types[9] : nullptr;
    default:
      return nullptr;
  }
}

std::size_t EventCounts::place_of(const EventType& type) noexcept {
  return static_cast<std::size_t>(std::countr_zero(type.bit));
}

void EventCounts::count(std::span<const store::Entry> entries) noexcept {
  for (const store::Entry& entry : entries)
    if (const EventType* type = event_type_of(entry)) ++counts_[place_of(*type)];
}

EventMask default_events(std::string_view api) noexcept {
  EventMask mask = 0;
  for (const EventType& type : types)
    if (api != "v1" || type.kind == Kind::resource || type.kind == Kind::resource_pool) mask |= type.bit;
  return mask;
}

}  // namespace netweave::events
