#include "state/writer.hpp"

#include <algorithm>

namespace netweave::state {

// Transaction

ObjectRef Transaction::get(Kind kind, std::string_view id) const {
  if (!staged_.empty()) {
    auto place = staged_.find(store::key_of(kind, id));
    if (place != staged_.end()) return changes_[place->second].object;
  }
  return ObjectRef::share(base_->find(kind, id));
}

ObjectRef Transaction::rely(Kind kind, std::string_view id) {
  std::string key = store::key_of(kind, id);
  if (auto place = staged_.find(key); place != staged_.end()) return changes_[place->second].object;
  ObjectRef present = ObjectRef::share(base_->find(kind, id));
  expectations_.push_back({std::move(key), present ? present->revision() : 0});
  return present;
}

void Transaction::put(const model::Draft& draft) { stage({model::Object::make(draft), {}}); }

void Transaction::share(const model::Draft& draft) {
  if (!staged_.contains(store::key_of(draft.kind, draft.id))) put(draft);
}

void Transaction::remove(Kind kind, std::string_view id) {
  if (ObjectRef present = get(kind, id)) stage({{}, present});
}

/// One entry an object and commit: a second change by the same transaction replaces the first, one of another
/// transaction waits for the next commit, so that readers see every state.
void Transaction::stage(store::Change change) {
  std::string key = store::key_of(change.subject());
  change.prior = ObjectRef::share(base_->find(change.subject().kind(), change.subject().id()));
  auto place = staged_.find(key);
  if (place == staged_.end()) {
    if (!change.object && !change.prior) return;
    staged_.emplace(std::move(key), changes_.size());
    changes_.push_back(std::move(change));
  } else if (place->second < own_) {
    collided_ = true;
  } else if (!change.object && !change.prior) {
    unstage(place->second);  // made and removed in one step: nothing happened
  } else {
    changes_[place->second] = std::move(change);
  }
}

void Transaction::require(const store::Fence& fence) {
  fenced_ = true;
  for (const store::Fence& known : fences_)
    if (known.lease == fence.lease && known.token == fence.token) return;
  fences_.push_back(fence);
}

void Transaction::unstage(std::size_t at) {
  staged_.erase(store::key_of(changes_[at].subject()));
  changes_.erase(changes_.begin() + static_cast<std::ptrdiff_t>(at));
  for (auto& [key, place] : staged_)
    if (place > at) --place;
}

void Transaction::roll_back(std::size_t to) {
  for (; changes_.size() > to; changes_.pop_back()) staged_.erase(store::key_of(changes_.back().subject()));
}

// Writer

namespace {

/// What was decided on is not what is there: the steps run again, on what is there by then.
bool decided_too_early(const Error& error) {
  return error.kind == ErrorKind::conflict || error.kind == ErrorKind::denied || error.kind == ErrorKind::precondition;
}

/// All were looked up in one snapshot, so those of one object say the same.
std::vector<store::Expectation> once_each(std::vector<store::Expectation> all) {
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  auto same = [](const auto& a, const auto& b) { return a.key == b.key; };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  return all;
}

/// The first that is reported: a commit that several requests share is seen in one trace.
template <class Steps>
TraceContext trace_of(const Steps& members, const Steps& repeat) {
  for (const Steps* steps : {&members, &repeat})
    for (const auto& queued : *steps)
      if (queued.trace.sampled) return queued.trace;
  return {};
}

}  // namespace

struct Writer::Group {
  Transaction transaction;
  std::vector<Queued> members;
  std::vector<Queued> repeat;   // to be run again after this commit, of which it is a part
  std::vector<Queued> waiting;  // to be run after this commit, whatever becomes of it
};

Writer::Writer(store::Log& log, const State& state, WriterOptions options)
    : log_(log), state_(state), options_(std::move(options)) {
  if (!options_.clock) options_.clock = [] { return std::chrono::system_clock::now(); };
  thread_ = std::jthread([this](std::stop_token stop) { work(std::move(stop)); });
}

Writer::~Writer() { stop(); }

void Writer::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  thread_.request_stop();
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Writer::submit(Step step, Committed done) {
  std::unique_lock lock(mutex_);
  bool own = std::this_thread::get_id() == writing_;  // it would wait for itself
  changed_.wait(lock, [&] { return own || stopped_ || queue_.size() < options_.max_queued; });
  if (!stopped_) {
    queue_.push_back({std::move(step), std::move(done), current_trace()});
    lock.unlock();
    changed_.notify_all();
    return;
  }
  lock.unlock();
  if (done) done(make_error(ErrorKind::cancelled, "the gateway is stopping"));
}

bool Writer::offer(Step step, Committed done) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || queue_.size() >= options_.max_queued) return false;
    queue_.push_back({std::move(step), std::move(done), current_trace()});
  }
  changed_.notify_all();
  return true;
}

Result<Revision> Writer::run(Step step) {
  std::promise<Result<Revision>> promise;
  auto future = promise.get_future();
  submit(std::move(step), [&promise](Result<Revision> result) { promise.set_value(std::move(result)); });
  return future.get();
}

bool Writer::take(Queued& next) {
  std::lock_guard lock(mutex_);
  if (queue_.empty() || stopped_) return false;
  next = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

void Writer::work(std::stop_token stop) {
  {
    std::lock_guard lock(mutex_);
    writing_ = std::this_thread::get_id();
  }
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return !queue_.empty() || stopped_; });
    }
    Group group{Transaction(state_.snapshot(), to_millis(options_.clock())), {}, {}, {}};
    gather(group);
    commit(group);
    if (group.repeat.empty() && group.waiting.empty()) continue;
    std::lock_guard lock(mutex_);
    for (auto* again : {&group.waiting, &group.repeat})
      for (auto place = again->rbegin(); place != again->rend(); ++place) queue_.push_front(std::move(*place));
  }
  std::deque<Queued> rest;
  {
    std::lock_guard lock(mutex_);
    rest.swap(queue_);
  }
  changed_.notify_all();
  for (Queued& queued : rest)
    if (queued.done) queued.done(make_error(ErrorKind::cancelled, "the gateway is stopping"));
}

Result<void> Writer::attempt(const Step& step, Transaction& transaction) {
  try {
    return step(transaction);
  } catch (const std::exception& exception) {
    return make_error(ErrorKind::internal, std::string("a change can't be made: ") + exception.what());
  }
}

/// Runs queued steps until the commit is full, took its time, or one of them must wait for it. Steps keep their order:
/// what can't join ends the group.
void Writer::gather(Group& group) {
  Transaction& transaction = group.transaction;
  auto until = std::chrono::steady_clock::now() + options_.commit_delay;
  Queued next;
  while (take(next)) {
    transaction.own_ = transaction.changes_.size();
    transaction.collided_ = transaction.again_ = transaction.fenced_ = false;
    std::size_t fences = transaction.fences_.size();
    std::size_t expectations = transaction.expectations_.size();
    auto roll_back = [&] {
      transaction.roll_back(transaction.own_);
      transaction.fences_.resize(fences);
      transaction.expectations_.resize(expectations);
    };
    Result<void> outcome = attempt(next.step, transaction);
    next.fenced = transaction.fenced_;
    bool too_many = transaction.changes_.size() > store::max_changes;
    if (transaction.collided_ || (too_many && transaction.own_ > 0)) {
      roll_back();
      group.waiting.push_back(std::move(next));
      break;
    }
    if (outcome && too_many) outcome = make_error(ErrorKind::internal, "a step of more changes than one commit holds");
    if (!outcome) {
      roll_back();
      if (next.done) next.done(std::move(outcome).error());
      continue;
    }
    if (transaction.again_) {
      group.repeat.push_back(std::move(next));
      break;
    }
    group.members.push_back(std::move(next));
    if (transaction.changes_.size() >= store::max_changes || std::chrono::steady_clock::now() >= until) break;
  }
  changed_.notify_all();
}

void Writer::commit(Group& group) {
  Transaction& transaction = group.transaction;
  Result<Revision> revision = transaction.base().revision();
  if (!transaction.changes_.empty()) {
    store::Commit commit;
    commit.changes = std::move(transaction.changes_);
    commit.fences = std::move(transaction.fences_);
    commit.time = transaction.time();
    commit.expectations = once_each(std::move(transaction.expectations_));
    commit.epoch = transaction.base().epoch();
    transaction.base_ = SnapshotRef();  // nothing that this commit replaces should wait for us
    {
      TraceScope scope(trace_of(group.members, group.repeat));
      revision = log_.commit(commit);
    }
    // who was too early decides again: that is no fault of the store
    if (revision || !decided_too_early(revision.error()))
      set_fault(revision ? std::string() : revision.error().message);
    if (revision) {
      state_.wait(*revision, std::chrono::steady_clock::time_point::max(), thread_.get_stop_token());
    } else if (decided_too_early(revision.error())) {
      return decide_again(group, revision.error());
    } else {
      options_.log.error("a commit failed", {{"error", revision.error().message}});
      for (Queued& queued : group.repeat)
        if (queued.done) queued.done(revision.error());
      group.repeat.clear();
    }
  }
  for (Queued& queued : group.members)
    if (queued.done) queued.done(revision);
}

/// Another gateway was faster, or the log began another epoch: fold what it says, then run the steps again. Where a
/// lease was lost, those that were to be done under one end: whoever holds it now does them.
void Writer::decide_again(Group& group, const Error& why) {
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  if (why.kind == ErrorKind::precondition)
    state_.wait_epoch(log_.epoch(), until, thread_.get_stop_token());
  else
    state_.wait(log_.head(), until, thread_.get_stop_token());
  for (std::vector<Queued>* steps : {&group.members, &group.repeat}) {
    if (why.kind != ErrorKind::denied) continue;
    for (Queued& queued : *steps)
      if (queued.fenced && queued.done) queued.done(why);
    std::erase_if(*steps, [](const Queued& queued) { return queued.fenced; });
  }
  group.repeat.insert(group.repeat.begin(), std::make_move_iterator(group.members.begin()),
                      std::make_move_iterator(group.members.end()));
}

void Writer::set_fault(std::string fault) {
  std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

std::string Writer::fault() const {
  std::lock_guard lock(mutex_);
  return fault_;
}

// Tail

namespace {

/// Where the log goes on behind what was read, the last commit may have been read in part. One commit has one time:
/// what was committed at the last entry's time waits for the next read.
void cut_last_commit(std::vector<store::Entry>& entries) {
  Millis last = entries.back().time;
  while (!entries.empty() && entries.back().time == last) entries.pop_back();
}

}  // namespace

void Tail::start() {
  thread_ = std::jthread([this](std::stop_token stop) { work(std::move(stop)); });
}

void Tail::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

/// The history that was folded is not the log's any more: what it says now is loaded whole.
void Tail::begin_epoch() {
  std::vector<ObjectRef> objects;
  auto head = log_.load([&](ObjectRef object) { objects.push_back(std::move(object)); });
  if (!head) {
    logger_.error("the log began another epoch and can't be loaded", {{"error", head.error().message}});
    log_.wait(log_.head(), std::chrono::steady_clock::now() + std::chrono::milliseconds(200), thread_.get_stop_token());
    return;
  }
  std::string epoch = log_.epoch();
  logger_.warn("the log began another epoch", {{"epoch", epoch}, {"revision", std::to_string(*head)}});
  ++folds_;
  state_.replace(std::move(objects), *head, std::move(epoch));
  for (const auto& observer : epoch_observers_) observer();
  ++folds_;
  folds_.notify_all();
}

void Tail::work(std::stop_token stop) {
  constexpr std::size_t at_once = 4096;
  std::size_t max = at_once;
  while (!stop.stop_requested()) {
    Revision folded = state_.revision();
    log_.wait(folded, std::chrono::steady_clock::now() + std::chrono::seconds(1), stop);
    auto entries = log_.read(folded, max);
    if (!entries && entries.error().kind == ErrorKind::precondition) {
      begin_epoch();
      continue;
    }
    if (!entries) {
      logger_.error("the log can't be read", {{"error", entries.error().message}});
      log_.wait(log_.head(), std::chrono::steady_clock::now() + std::chrono::milliseconds(200), stop);
      continue;
    }
    bool full = entries->size() == max;
    if (full) cut_last_commit(*entries);
    max = full && entries->empty() ? max * 2 : at_once;
    if (entries->empty()) continue;
    ++folds_;
    state_.apply(*entries);
    for (const Observer& observer : observers_) observer(*entries);
    ++folds_;
    folds_.notify_all();
  }
}

}  // namespace netweave::state
