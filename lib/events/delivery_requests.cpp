#include <algorithm>

#include "events/delivery.hpp"
#include "events/requests.hpp"

/// What is asked of a subscription while it runs: the end of a suspension, dead letters once more. It stands in the
/// webhook object, so it is met after a restart too, by whichever gateway delivers then.
namespace netweave::events {

/// A few at a time. True where there are more.
bool Delivery::grant() {
  for (int turn = 0; turn < 4 && !asked_.empty(); ++turn) {
    std::string id = std::move(asked_.front());
    asked_.pop_front();
    Subscriber* subscriber = roster_.find(id);
    if (subscriber == nullptr || grant(*subscriber)) continue;
    asked_.push_back(std::move(id));  // the store can't say now: not before the next wake
    return false;
  }
  return !asked_.empty();
}

/// False: to be tried again.
bool Delivery::grant(Subscriber& subscriber) {
  if (subscriber.webhook.resume.number > subscriber.resumed) resume(subscriber);
  std::uint64_t wanted = subscriber.webhook.redelivery.number;
  if (wanted == subscriber.redelivery.number) return true;
  if (wanted == 0) {
    if (!subscriber.again || subscriber.token == 0) subscriber.redelivery = {};
    return true;
  }
  // one that is under way is settled first, so that it is not sent twice
  if (subscriber.again && subscriber.token != 0) return true;
  return begin_redelivery(subscriber);
}

void Delivery::resume(Subscriber& subscriber) {
  const ResumeRequest& request = subscriber.webhook.resume;
  subscriber.resumed = request.number;
  if (subscriber.suspended) {
    subscriber.suspended = false;
    subscriber.failing_since = 0;
    subscriber.dead_in_row = 0;
    subscriber.status.consecutive_failures = 0;
    if (request.after) subscriber.done = subscriber.cursor = std::max(subscriber.done, *request.after);
    subscriber.lagging = true;
    refills_.push_back(subscriber.id);
    release(subscriber);
  }
  keep(subscriber);
}

/// Who asks has put something right, it seems: what waits for the callback waits no longer.
void Delivery::release(Subscriber& subscriber) {
  if (subscriber.ending) return;
  subscriber.held = false;
  offer(subscriber);
}

/// False: the store can't say which letters there are, or has not got all of them yet.
bool Delivery::begin_redelivery(Subscriber& subscriber) {
  if (!keeper_.is_written(dead_letters_of(subscriber.id))) return false;
  auto list = list_letters(context_.store.streams(), subscriber.id);
  if (!list) {
    context_.log.warn("dead letters can't be read", {{"error", list.error().message}});
    return false;
  }
  if (list->needless > 0)
    static_cast<void>(context_.store.streams().trim(dead_letters_of(subscriber.id), list->needless));
  subscriber.status.dead_letters = list->places.size();
  const RedeliveryRequest& request = subscriber.webhook.redelivery;
  auto is_other = [&](const LetterPlace& place) {
    return !request.ids.empty() &&
           std::find(request.ids.begin(), request.ids.end(), place.notification_id) == request.ids.end();
  };
  std::erase_if(list->places, is_other);
  subscriber.redelivery = {request.number, {list->places.begin(), list->places.end()}};
  if (subscriber.redelivery.left.empty()) end_redelivery(subscriber);
  keep(subscriber);
  release(subscriber);
  return true;
}

/// Reads the one that is sent next; false where there is none.
bool Delivery::next_letter(Subscriber& subscriber) {
  auto& left = subscriber.redelivery.left;
  bool any = !left.empty();
  while (!left.empty()) {
    auto record = read_record(context_.store.streams(), subscriber.id, left.front().record);
    if (record && *record)
      if (auto letter = read_letter(**record)) {
        subscriber.redelivery.first = std::move(*letter);
        return true;
      }
    if (!record) context_.log.warn("a dead letter can't be read", {{"error", record.error().message}});
    left.pop_front();  // it stays where it is, or is there no more: newer ones took its place
  }
  if (any) end_redelivery(subscriber);
  return false;
}

/// It was accepted and is a dead letter no more, or it was refused again and stays one; the next one's turn comes.
void Delivery::settle_letter(Subscriber& subscriber, const Receipt& receipt) {
  subscriber.again = false;
  Redelivery& redelivery = subscriber.redelivery;
  if (redelivery.left.empty()) return;
  std::string stream = dead_letters_of(subscriber.id);
  const store::Fence& fence = shares_[share_of(subscriber.id)].fence;
  DeadLetter& letter = redelivery.first;
  if (receipt.status / 100 == 2) {
    keeper_.bury(stream, settled_record(letter.notification_id), now(), fence);
    if (subscriber.status.dead_letters > 0) --subscriber.status.dead_letters;
  } else {
    ++counts_.refused;
    failed(subscriber, "the callback answered " + std::to_string(receipt.status));
    subscriber.failing_since = 0;
    ++letter.attempts;
    letter.status = receipt.status;
    letter.reason = subscriber.status.last_error;
    letter.failed_at = now();
    keeper_.bury(stream, to_record(letter), letter.failed_at, fence);
  }
  redelivery.left.pop_front();
  if (redelivery.left.empty()) end_redelivery(subscriber);
  keep(subscriber);
  offer(subscriber);
}

/// Takes the wish out of the log. Should that fail, the letters that are left are sent once more after a restart.
void Delivery::end_redelivery(Subscriber& subscriber) {
  auto step = [id = subscriber.id, number = subscriber.redelivery.number](state::Transaction& transaction) {
    return events::end_redelivery(transaction, id, number);
  };
  if (!context_.writer.offer(std::move(step), {}))
    context_.log.warn("a redelivery's end can't be written", {{"subscription", subscriber.id}});
}

}  // namespace netweave::events
