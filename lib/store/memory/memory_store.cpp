#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>

#include "base/crypto.hpp"
#include "store/bucket_table.hpp"
#include "store/commit_check.hpp"
#include "store/lease_table.hpp"
#include "store/store.hpp"

namespace netweave::store {
namespace {

struct Stream {
  std::uint64_t head = 0;
  std::deque<StreamItem> items;
};

/// Leases and their fences share a lock with the log: a fence is checked inside the commit.
class MemoryStore final : public Store, public Log, public Positions, public Leases, public Streams {
 public:
  Log& log() override { return *this; }
  Positions& positions() override { return *this; }
  Leases& leases() override { return *this; }
  Streams& streams() override { return *this; }
  Buckets& buckets() override { return buckets_; }

  Result<std::string> key(const std::string& name) override {
    std::lock_guard lock(mutex_);
    auto [place, made] = keys_.try_emplace(name);
    if (made) place->second = crypto::random_bytes(32);
    return place->second;
  }

  // Log
  Result<Revision> load(const std::function<void(ObjectRef)>& each) override {
    std::lock_guard lock(mutex_);
    for (const auto& [key, object] : objects_) each(object);
    broken_ = false;
    return head_;
  }

  Result<Revision> commit(const Commit& commit) override {
    if (auto fault = check_shape(commit)) return *fault;
    std::lock_guard lock(mutex_);
    if (broken_ || (!commit.epoch.empty() && commit.epoch != epoch_)) return epoch_began(epoch_);
    if (auto fault = check(commit)) return *fault;
    for (const CounterStep& step : commit.counters) counters_[step.name] += step.delta;
    for (const Change& change : commit.changes) apply(change, commit.time);
    if (!commit.changes.empty()) grown_.notify_all();
    return head_;
  }

  Result<std::vector<Entry>> read(Revision after, std::size_t max) override {
    std::lock_guard lock(mutex_);
    if (broken_) return epoch_began(epoch_);
    if (after < oldest_ || after > head_) return trimmed(after, oldest_);
    auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(after - oldest_);
    auto count = std::min(max, static_cast<std::size_t>(entries_.end() - begin));
    return std::vector<Entry>(begin, begin + static_cast<std::ptrdiff_t>(count));
  }

  Revision wait(Revision after, std::chrono::steady_clock::time_point deadline, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    grown_.wait_until(lock, stop, deadline, [&] { return head_ > after || broken_; });
    return head_;
  }

  Revision head() const override {
    std::lock_guard lock(mutex_);
    return head_;
  }
  Revision oldest() const override {
    std::lock_guard lock(mutex_);
    return oldest_;
  }

  Result<void> trim(Revision upto) override {
    std::lock_guard lock(mutex_);
    for (; oldest_ < std::min(upto, head_); ++oldest_) entries_.pop_front();
    return {};
  }

  Result<Revision> before(Millis time) override {
    std::lock_guard lock(mutex_);
    auto place = std::partition_point(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.time < time; });
    return place == entries_.begin() ? Revision{0} : std::prev(place)->revision;
  }

  std::string epoch() const override {
    std::lock_guard lock(mutex_);
    return epoch_;
  }
  Result<std::string> begin_epoch(const std::string& from) override {
    std::lock_guard lock(mutex_);
    if (from == epoch_) {
      epoch_ = crypto::to_hex(crypto::random_bytes(4));
      broken_ = true;
      grown_.notify_all();
    }
    return epoch_;
  }

  // Positions
  Result<std::vector<Position>> load() override {
    std::lock_guard lock(mutex_);
    std::vector<Position> all;
    for (const auto& [reader, position] : positions_) all.push_back(position);
    return all;
  }
  Result<std::optional<Position>> find(const std::string& reader) override {
    std::lock_guard lock(mutex_);
    auto place = positions_.find(reader);
    return place == positions_.end() ? std::nullopt : std::optional(place->second);
  }
  Result<void> write(const std::vector<Position>& positions, const std::vector<Fence>& fences) override {
    std::lock_guard lock(mutex_);
    if (broken_) return epoch_began(epoch_);
    if (auto fault = leases_.check(fences)) return *fault;
    for (const Position& position : positions) positions_[position.reader] = position;
    return {};
  }
  Result<void> remove(const std::vector<std::string>& readers) override {
    std::lock_guard lock(mutex_);
    for (const std::string& reader : readers) positions_.erase(reader);
    return {};
  }

  // Leases
  Result<std::uint64_t> acquire(const std::string& name, const std::string& holder,
                                std::chrono::milliseconds ttl) override {
    std::lock_guard lock(mutex_);
    auto offer = leases_.offer(name, holder);
    if (!offer) return std::move(offer).error();
    leases_.grant(name, holder, offer->token, ttl);
    return offer->token;
  }
  Result<void> release(const std::string& name, const std::string& holder) override {
    std::lock_guard lock(mutex_);
    leases_.release(name, holder);
    return {};
  }
  Result<std::vector<Lease>> list(const std::string& prefix) override {
    std::lock_guard lock(mutex_);
    return leases_.list(prefix);
  }

  // Streams
  Result<std::uint64_t> append(const std::string& stream, std::string bytes, Millis time,
                               const std::vector<Fence>& fences) override {
    std::lock_guard lock(mutex_);
    if (auto fault = leases_.check(fences)) return *fault;
    Stream& into = streams_[stream];
    into.items.push_back({++into.head, time, std::move(bytes)});
    return into.head;
  }
  Result<std::vector<StreamItem>> read(const std::string& stream, std::uint64_t after, std::size_t max) override {
    std::lock_guard lock(mutex_);
    std::vector<StreamItem> items;
    auto place = streams_.find(stream);
    if (place == streams_.end()) return items;
    for (const StreamItem& item : place->second.items)
      if (item.sequence > after && items.size() < max) items.push_back(item);
    return items;
  }
  Result<void> trim(const std::string& stream, std::uint64_t upto) override {
    std::lock_guard lock(mutex_);
    auto place = streams_.find(stream);
    if (place == streams_.end()) return {};
    auto& items = place->second.items;
    while (!items.empty() && items.front().sequence <= upto) items.pop_front();
    if (upto == UINT64_MAX) streams_.erase(place);
    return {};
  }

 private:
  std::optional<Error> check(const Commit& commit) const {
    if (auto fault = leases_.check(commit.fences)) return fault;
    auto revision_of = [&](const std::string& key) {
      auto place = objects_.find(key);
      return place == objects_.end() ? 0 : place->second->revision();
    };
    for (const Expectation& expectation : commit.expectations)
      if (revision_of(expectation.key) != expectation.revision) return changed_meanwhile(expectation);
    for (const Change& change : commit.changes)
      if (revision_of(key_of(change.subject())) != expected_revision(change)) return changed_meanwhile(change);
    std::map<std::string, std::int64_t> moved;  // one commit may move one counter twice
    for (const CounterStep& step : commit.counters) {
      auto place = counters_.find(step.name);
      auto [present, first] = moved.try_emplace(step.name, place == counters_.end() ? 0 : place->second);
      if (auto fault = check_counter(step, present->second)) return fault;
      present->second += step.delta;
    }
    return std::nullopt;
  }

  void apply(const Change& change, Millis time) {
    ++head_;
    if (change.object) {
      change.object.stamp(head_);
      objects_[key_of(*change.object)] = change.object;
    } else {
      objects_.erase(key_of(*change.prior));
    }
    entries_.push_back({head_, time, change.object, change.prior});
  }

  mutable std::mutex mutex_;
  std::condition_variable_any grown_;
  std::string epoch_ = crypto::to_hex(crypto::random_bytes(4));
  bool broken_ = false;  // an epoch began since the last load
  Revision head_ = 0;
  Revision oldest_ = 0;  // entries_ holds oldest_ + 1 ... head_
  std::deque<Entry> entries_;
  std::unordered_map<std::string, ObjectRef> objects_;
  std::map<std::string, std::int64_t> counters_;
  std::map<std::string, Position> positions_;
  LeaseTable leases_;
  BucketTable buckets_;
  std::map<std::string, Stream> streams_;
  std::map<std::string, std::string> keys_;
};

}  // namespace

std::unique_ptr<Store> open_memory() { return std::make_unique<MemoryStore>(); }

}  // namespace netweave::store
