#include <algorithm>
#include <utility>

#include "events/delivery.hpp"

/// Which subscriptions are delivered here. A share comes with a fence and goes when everything of it is settled.
namespace netweave::events {
namespace {

constexpr auto leave_within = std::chrono::milliseconds(500);  // for notifications under way to be accepted

}  // namespace

/// FNV-1a: the same in every gateway and every version, since a subscription must not be in two shares at once.
unsigned Delivery::share_of(std::string_view subscription_id) noexcept {
  std::uint32_t hash = 0x811c9dc5U;
  for (char c : subscription_id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
  return (hash ^ (hash >> 16U)) % shares;
}

std::string Delivery::lease_of(unsigned share) { return "deliver/" + std::to_string(share); }

void Delivery::assume(unsigned share, store::Fence fence) {
  {
    std::lock_guard lock(inbox_mutex_);
    orders_[share] = std::move(fence);
    held_[share] = true;
  }
  courier_.wake();
}

void Delivery::yield(unsigned share) {
  {
    std::lock_guard lock(inbox_mutex_);
    orders_[share].reset();
  }
  courier_.wake();
}

void Delivery::on_epoch() {
  {
    std::lock_guard lock(inbox_mutex_);
    epoch_ended_ = true;
    inbox_.clear();
    inbox_head_ = 0;
  }
  courier_.wake();
}

void Delivery::attend_shares(Instant present) {
  std::array<std::optional<store::Fence>, shares> orders;
  bool ended = false;
  {
    std::lock_guard lock(inbox_mutex_);
    orders = orders_;
    ended = std::exchange(epoch_ended_, false);
    for (unsigned share = 0; share < shares; ++share)  // given and taken back before anybody looked
      if (!orders[share] && shares_[share].stage == Share::Stage::away) held_[share] = false;
  }
  if (ended) end_epoch();
  for (unsigned share = 0; share < shares; ++share) attend(share, orders[share], present);
  if (!coming_.empty() && take_over()) coming_.clear();
}

void Delivery::attend(unsigned number, const std::optional<store::Fence>& order, Instant present) {
  Share& share = shares_[number];
  if (order && share.stage == Share::Stage::away) {
    share.fence = *order;
    share.stage = Share::Stage::here;
    coming_.insert(number);
  }
  if (!order && share.stage == Share::Stage::here) leave(number, present + leave_within);
  if (share.stage == Share::Stage::leaving && (present >= share.leave_by || !under_way(number)))
    settle_and_drop(number);
  if (share.stage == Share::Stage::dropped && keeper_.settled(share.fence.lease)) share.stage = Share::Stage::dry;
  if (!order && share.stage == Share::Stage::dry) {
    share.stage = Share::Stage::away;
    held_[number] = false;
  }
}

/// What was seen and matched was another history's.
void Delivery::end_epoch() {
  for (unsigned share = 0; share < shares; ++share)
    if (shares_[share].stage == Share::Stage::here || shares_[share].stage == Share::Stage::leaving) drop(share);
  seen_ = read_ = 0;
}

/// False: not now.
bool Delivery::take_over() {
  auto snapshot = context_.state.snapshot();
  store::Revision present = snapshot->revision();
  bool first = true;
  for (unsigned share = 0; share < shares; ++share)
    first = first && (shares_[share].stage != Share::Stage::here || coming_.contains(share));
  // a share that is here already may have got its first subscription, which waits to be absorbed
  if (first && roster_.all().empty())
    seen_ = read_ = present;
  else
    control_from_log(present);  // so that what is loaded is not met again as news
  return seen_ == present && load(*snapshot, coming_);
}

void Delivery::leave(unsigned share, Instant by) {
  shares_[share].stage = Share::Stage::leaving;
  shares_[share].leave_by = by;
  coming_.erase(share);
  for (const auto& [id, subscriber] : roster_.all())
    if (share_of(id) == share) subscriber->leaving = true;
}

bool Delivery::under_way(unsigned share) const {
  return std::any_of(under_way_.begin(), under_way_.end(),
                     [&](const auto& parcel) { return share_of(parcel.second.subscription) == share; });
}

void Delivery::settle_and_drop(unsigned share) {
  for (const auto& [id, subscriber] : roster_.all())
    if (share_of(id) == share && subscriber->settled(read_) > subscriber->kept) keep(*subscriber);
  drop(share);
}

void Delivery::drop(unsigned share) {
  shares_[share].stage = Share::Stage::dropped;
  coming_.erase(share);
  std::vector<Subscriber*> theirs;
  for (const auto& [id, subscriber] : roster_.all())
    if (share_of(id) == share) theirs.push_back(subscriber.get());
  for (Subscriber* subscriber : theirs) drop(*subscriber);
}

void Delivery::drop(Subscriber& subscriber) {
  if (subscriber.token != 0) {
    courier_.cancel(subscriber.token);
    under_way_.erase(subscriber.token);
  }
  counts_.pending -= subscriber.queue.size();
  roster_.remove(std::string(subscriber.id));
}

}  // namespace netweave::events
