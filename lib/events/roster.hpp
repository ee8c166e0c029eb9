#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/subscriber.hpp"

namespace netweave::events {

/// The subscribers, and which of them an entry could concern: a filter that names ids or labels is found by those
/// that the fewest name, any other by its event types (one that only its expression narrows, too). So an entry costs
/// what it concerns, not what there is. One thread.
class Roster {
 public:
  using Subscribers = std::map<std::string, std::unique_ptr<Subscriber>, std::less<>>;

  [[nodiscard]] const Subscribers& all() const noexcept { return subscribers_; }
  [[nodiscard]] Subscriber* find(std::string_view id) const;
  Subscriber& add(std::unique_ptr<Subscriber> subscriber);
  void remove(std::string_view id);
  void clear();
  /// To be called after its filters changed.
  void file(Subscriber& subscriber);

  /// Calls `each` once for every subscriber whose filter might want the entry.
  void each_near(const Candidate& candidate, const std::function<void(Subscriber&)>& each) const;

 private:
  void unfile(Subscriber& subscriber);
  std::vector<std::string> keys_of(const Subscriber& subscriber) const;
  std::size_t standing_under(const std::vector<std::string>& keys) const;

  Subscribers subscribers_;
  // "p:pool", "t:type", "r:resource", "l:name=value", "e:event type"
  std::unordered_map<std::string, std::vector<Subscriber*>> by_key_;
  std::size_t by_label_ = 0;  // how many are filed under labels: while none is, nobody's labels are looked at
  std::unordered_map<const Subscriber*, std::vector<std::string>> filed_;
};

}  // namespace netweave::events
