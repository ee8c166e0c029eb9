#include "events/reader.hpp"
#include "gateway/parts.hpp"

namespace netweave {

struct EventReader::Impl {
  events::Reader reader;
  const state::State& state;
  std::stop_token stop;
};

EventReader::EventReader(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;
EventReader::~EventReader() = default;

Result<std::optional<Event>> EventReader::next(std::chrono::milliseconds timeout) {
  auto event = impl_->reader.next(timeout, impl_->stop);
  // who was told of a change may look at the inventory next: it is there by then
  if (event && *event)
    impl_->state.wait(impl_->reader.position(), std::chrono::steady_clock::time_point::max(), impl_->stop);
  return event;
}

Result<EventReader> Gateway::events(std::string_view after) {
  store::Log& entries = impl_->store->log();
  model::Revision from = entries.head();
  if (!after.empty()) {
    auto position = events::read_position(entries, after);
    if (!position) return std::move(position).error();
    from = *position;
  }
  return EventReader(std::make_unique<EventReader::Impl>(
      EventReader::Impl{events::Reader(entries, from), impl_->state, impl_->stopping.get_token()}));
}

}  // namespace netweave
