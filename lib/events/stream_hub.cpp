#include "events/stream_hub.hpp"

#include <algorithm>

namespace netweave::events {
namespace {

using Steady = std::chrono::steady_clock;

constexpr unsigned reading_threads = 2;
constexpr std::size_t entries_a_round = 256;  // others get at the hub between two rounds
constexpr int reads_a_turn = 16;              // of one stream, before another one's turn

bool changes_rights(const store::Entry& entry) {
  Kind kind = entry.subject().kind();
  return kind == Kind::user || kind == Kind::role || kind == Kind::tenant;
}

}  // namespace

/// The body of one stream's answer.
class StreamHub::Reading final : public http::BodyStream {
 public:
  Reading(std::shared_ptr<StreamHub> hub, StreamRef stream) : hub_(std::move(hub)), stream_(std::move(stream)) {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() override { hub_->remove(stream_); }
  void next(std::function<void(std::optional<std::string>)> ready) override { hub_->next(stream_, std::move(ready)); }

 private:
  std::shared_ptr<StreamHub> hub_;
  StreamRef stream_;
};

std::shared_ptr<StreamHub> StreamHub::make(store::Log& log, store::Revision folded, StreamLimits limits) {
  return std::shared_ptr<StreamHub>(new StreamHub(log, folded, limits));
}

StreamHub::StreamHub(store::Log& log, store::Revision folded, StreamLimits limits)
    : log_(log),
      limits_(limits),
      epoch_(log.epoch()),
      told_(folded),
      folded_(folded),
      readers_(reading_threads, limits.max_streams + 100),
      thread_([this] { work(); }) {}

StreamHub::~StreamHub() { stop(); }

store::Revision StreamHub::told() const {
  std::lock_guard inbox(inbox_mutex_);
  return told_;
}

void StreamHub::deliver(Handovers& handovers) {
  for (Stream::Handover& handover : handovers) handover();
  handovers.clear();
}

void StreamHub::on_entries(std::span<const store::Entry> entries) {
  if (entries.empty()) return;
  bool rights = std::any_of(entries.begin(), entries.end(), changes_rights);
  std::lock_guard inbox(inbox_mutex_);
  folded_ = entries.back().revision;
  if (rights) {
    rights_ = true;
    woken_.notify_one();
  }
  if (listeners_ == 0 && inbox_.empty() && !skipped_) {
    told_ = std::max(told_, folded_);
    return;
  }
  if (skipped_) return;
  if (inbox_.size() + entries.size() > limits_.max_inbox) {
    inbox_.clear();
    skipped_ = true;
  } else {
    inbox_.insert(inbox_.end(), entries.begin(), entries.end());
  }
  woken_.notify_one();
}

void StreamHub::on_epoch(const std::string& epoch, store::Revision folded) {
  Handovers out;
  {
    std::lock_guard lock(mutex_);
    end_where(
        Ending::gone, [](const Stream&) { return true; }, out);
    epoch_ = epoch;
    std::lock_guard inbox(inbox_mutex_);
    inbox_.clear();
    skipped_ = false;
    told_ = folded_ = folded;
  }
  deliver(out);
}

Result<http::Body> StreamHub::open(StreamRequest request) {
  if (count_.fetch_add(1) >= limits_.max_streams) {
    --count_;
    Error error =
        make_error(ErrorKind::exhausted, "as many streams are open as this gateway holds (" +
                                             std::to_string(limits_.max_streams) + "): end one, or try again");
    error.retry_after = std::chrono::seconds(5);
    return error;
  }
  auto stream = std::make_shared<Stream>(std::move(request.topic), request.epoch, request.after, limits_.buffer_bytes);
  stream->key = std::move(request.key);
  stream->allowed = std::move(request.allowed);
  if (request.timeout.count() > 0) stream->ends_at = Steady::now() + request.timeout;
  {
    std::lock_guard lock(mutex_);
    if (draining_ || request.epoch != epoch_) {
      --count_;
      Error error = make_error(ErrorKind::unavailable, draining_ ? "the gateway is stopping: go on at another one"
                                                                 : "the log begins another history: try again");
      error.retry_after = std::chrono::seconds(1);
      return error;
    }
    if (stream->allowed && !stream->allowed()) {
      --count_;
      return make_error(ErrorKind::denied, "who asks was allowed to a moment ago, and is not any more");
    }
    all_.insert(stream);
  }
  attach(stream);
  return http::Body(std::make_unique<Reading>(shared_from_this(), std::move(stream)));
}

void StreamHub::next(const StreamRef& stream, Stream::Ready ready) {
  Stream::Handover handover;
  bool settled = stream->take(std::move(ready), handover);
  if (handover) return handover();
  if (!settled) schedule(stream);
}

/// Has it read on from the log, where it is not told what comes anyway.
void StreamHub::schedule(const StreamRef& stream) {
  if (stream->attached || stream->replaying.exchange(true)) return;
  if (readers_.offer([self = shared_from_this(), stream] { self->replay(stream); })) return;
  stream->replaying = false;
  end(stream, Ending::stopping, std::nullopt);
  if (auto handover = stream->hand_over()) handover();
}

void StreamHub::replay(const StreamRef& stream) {
  bool more = true;
  for (int reads = reads_a_turn; more && reads > 0; --reads) more = read_on(stream);
  if (more) {
    if (readers_.offer([self = shared_from_this(), stream] { self->replay(stream); })) return;
    end(stream, Ending::stopping, std::nullopt);
  }
  stream->replaying = false;
  auto handover = stream->hand_over();
  if (handover) return handover();
  // sent back to the log while it was attached just now
  if (!stream->attached && stream->awaited() && !stream->ended()) schedule(stream);
}

/// Reads once. False when there is something to take, it is told what comes from now on, or it has ended.
bool StreamHub::read_on(const StreamRef& stream) {
  if (stream->ended()) return false;
  if (Steady::now() >= stream->ends_at) {
    end(stream, Ending::time, stream->position);
    return false;
  }
  if (attach(stream)) return false;
  store::Revision upto = told();  // an observer of the state sees no more either
  auto entries = log_.read(stream->position, entries_a_round);
  if (!entries || entries->empty()) {
    // trimmed past it, or of another epoch by now
    bool gone =
        !entries && (entries.error().kind == ErrorKind::not_found || entries.error().kind == ErrorKind::precondition);
    end(stream, gone ? Ending::gone : Ending::failed, std::nullopt);
    return false;
  }
  for (const store::Entry& entry : *entries) {
    if (entry.revision > upto) break;
    Text text = stream->topic()->tell(Telling(entry, stream->epoch()));
    if (text && !stream->tell(entry.revision, std::move(text))) break;  // it goes on here when that is taken
    stream->position = entry.revision;
  }
  return stream->waiting_bytes() == 0;
}

/// Whether it is told what comes from now on, or needs nothing any more.
bool StreamHub::attach(const StreamRef& stream) {
  std::lock_guard lock(mutex_);
  if (stream->closed || stream->ended()) return true;
  std::lock_guard inbox(inbox_mutex_);
  if (stream->position < told_) return false;
  Group& group = groups_[stream->key];
  if (!group.topic) group.topic = stream->topic();
  stream->slot = group.members.size();
  group.members.push_back(stream);
  stream->attached = true;
  ++listeners_;
  stream->told_at = Steady::now();
  TimePoint due = std::min(stream->told_at + limits_.bookmark_interval, stream->ends_at);
  if (deadlines_.empty() || due < deadlines_.begin()->first) {
    poked_ = true;
    woken_.notify_one();
  }
  set_due(stream, due);
  return true;
}

/// Under the mutex.
void StreamHub::detach(const StreamRef& stream) {
  set_due(stream, TimePoint::max());
  if (!stream->attached.exchange(false)) return;
  auto group = groups_.find(stream->key);
  std::vector<StreamRef>& members = group->second.members;
  if (stream->slot + 1 != members.size()) {
    members[stream->slot] = std::move(members.back());
    members[stream->slot]->slot = stream->slot;
  }
  members.pop_back();
  if (members.empty()) groups_.erase(group);
  std::lock_guard inbox(inbox_mutex_);
  --listeners_;
}

/// Under the mutex. The end of time is no deadline.
void StreamHub::set_due(const StreamRef& stream, TimePoint due) {
  if (stream->due != TimePoint::max()) deadlines_.erase({stream->due, stream});
  stream->due = due;
  if (due != TimePoint::max()) deadlines_.insert({due, stream});
}

void StreamHub::end(const StreamRef& stream, Ending why, std::optional<store::Revision> reached) {
  if (stream->ended()) return;
  ++ended_.at(static_cast<std::size_t>(why));
  stream->end(why, reached, log_.oldest());
}

void StreamHub::remove(const StreamRef& stream) {
  {
    std::lock_guard lock(mutex_);
    stream->closed = true;
    detach(stream);
    all_.erase(stream);
  }
  --count_;
}

void StreamHub::tell_group(Group& group, const Telling& telling, std::vector<StreamRef>& touched) {
  Text text = group.topic->tell(telling);
  if (!text) return;
  for (const StreamRef& member : group.members) {
    if (telling.entry().revision <= member->position || member->ended()) continue;
    if (!member->tell(telling.entry().revision, text)) end(member, Ending::slow, std::nullopt);
    if (!std::exchange(member->touched, true)) touched.push_back(member);
  }
}

/// Under the mutex.
void StreamHub::tell(std::span<const store::Entry> entries, Handovers& out) {
  std::vector<StreamRef> touched;
  for (const store::Entry& entry : entries) {
    Telling telling(entry, epoch_);
    for (auto& [key, group] : groups_) tell_group(group, telling, touched);
  }
  TimePoint now = Steady::now();
  for (const StreamRef& stream : touched) {
    stream->touched = false;
    stream->told_at = now;
    if (stream->ended()) detach(stream);
    if (auto handover = stream->hand_over()) out.push_back(std::move(handover));
  }
}

/// Under the mutex: the inbox was too full, so whoever was told from it reads on from the log.
void StreamHub::send_back(store::Revision told, std::vector<StreamRef>& behind) {
  for (const auto& [key, group] : groups_) behind.insert(behind.end(), group.members.begin(), group.members.end());
  for (const StreamRef& stream : behind) {
    stream->position = std::max(stream->position, told);
    detach(stream);
  }
}

/// Under the mutex.
void StreamHub::check_deadlines(Handovers& out) {
  TimePoint now = Steady::now();
  store::Revision reached = told();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    StreamRef stream = deadlines_.begin()->second;
    store::Revision place = std::max(reached, stream->position);
    if (now >= stream->ends_at) {
      end(stream, Ending::time, place);
      detach(stream);
    } else {
      if (now - stream->told_at >= limits_.bookmark_interval) {
        stream->bookmark(place);
        stream->told_at = now;
      }
      set_due(stream, std::min(stream->told_at + limits_.bookmark_interval, stream->ends_at));
    }
    if (auto handover = stream->hand_over()) out.push_back(std::move(handover));
  }
}

void StreamHub::work() {
  std::vector<store::Entry> round;
  std::vector<StreamRef> behind;
  Handovers out;
  while (true) {
    std::optional<TimePoint> next;
    {
      std::lock_guard lock(mutex_);
      std::unique_lock inbox(inbox_mutex_);
      if (stopping_) return;
      poked_ = false;
      store::Revision told = told_;
      bool skipped = std::exchange(skipped_, false);
      if (skipped) told_ = folded_;
      bool rights = std::exchange(rights_, false);
      std::size_t count = std::min(inbox_.size(), entries_a_round);
      auto end = inbox_.begin() + static_cast<std::ptrdiff_t>(count);
      round.assign(std::make_move_iterator(inbox_.begin()), std::make_move_iterator(end));
      inbox_.erase(inbox_.begin(), end);
      inbox.unlock();
      if (rights) end_denied(out);  // before they are told of what came with the change
      if (skipped) send_back(told, behind);
      tell(round, out);
      if (!round.empty()) {
        inbox.lock();
        told_ = std::max(told_, round.back().revision);
        inbox.unlock();
      }
      check_deadlines(out);
      if (!deadlines_.empty()) next = deadlines_.begin()->first;
    }
    deliver(out);
    for (const StreamRef& stream : behind)
      if (stream->awaited()) schedule(stream);
    behind.clear();
    std::unique_lock inbox(inbox_mutex_);
    auto due = [&] { return !inbox_.empty() || skipped_ || poked_ || rights_ || stopping_; };
    next ? static_cast<void>(woken_.wait_until(inbox, *next, due)) : woken_.wait(inbox, due);
  }
}

/// Under the mutex.
template <class Which>
void StreamHub::end_where(Ending why, Which which, Handovers& out) {
  store::Revision reached = told();
  for (const StreamRef& stream : all_) {
    if (!which(*stream)) continue;
    bool attached = stream->attached;
    end(stream, why, attached ? std::optional(std::max(reached, stream->position)) : std::nullopt);
    detach(stream);
    if (auto handover = stream->hand_over()) out.push_back(std::move(handover));
  }
}

/// Under the mutex.
void StreamHub::end_denied(Handovers& out) {
  end_where(
      Ending::denied, [](const Stream& stream) { return stream.allowed && !stream.allowed(); }, out);
}

void StreamHub::drain() {
  Handovers out;
  {
    std::lock_guard lock(mutex_);
    draining_ = true;
    std::unique_lock inbox(inbox_mutex_);  // what was answered before the stop is told before it
    std::vector<store::Entry> rest(std::make_move_iterator(inbox_.begin()), std::make_move_iterator(inbox_.end()));
    inbox_.clear();
    inbox.unlock();
    end_denied(out);
    tell(rest, out);
    inbox.lock();
    if (!rest.empty()) told_ = std::max(told_, rest.back().revision);
    inbox.unlock();
    end_where(
        Ending::stopping, [](const Stream&) { return true; }, out);
  }
  deliver(out);
}

void StreamHub::stop() {
  drain();
  {
    std::lock_guard inbox(inbox_mutex_);
    stopping_ = true;
    woken_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  readers_.stop();
}

}  // namespace netweave::events
