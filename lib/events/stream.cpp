#include "events/stream.hpp"

#include "events/reader.hpp"

namespace netweave::events {
namespace {

/// One piece of several texts: fewer writes for who is behind.
constexpr std::size_t piece_bytes = 65536;

}  // namespace

std::string_view to_string(Ending why) noexcept {
  switch (why) {
    case Ending::time:
      return "time";
    case Ending::stopping:
      return "stopping";
    case Ending::slow:
      return "slow";
    case Ending::gone:
      return "gone";
    case Ending::denied:
      return "denied";
    case Ending::failed:
      break;
  }
  return "failed";
}

const std::string& Telling::position() const {
  if (position_.empty()) position_ = format_position(epoch_, entry_.revision);
  return position_;
}

Stream::Stream(std::shared_ptr<const Topic> topic, std::string epoch, store::Revision after, std::size_t most_bytes)
    : position(after), topic_(std::move(topic)), epoch_(std::move(epoch)), most_bytes_(most_bytes), taken_(after) {
  items_.push_back({after, std::make_shared<const std::string>(topic_->begin(position_text(after)))});
  bytes_ = items_.front().text->size();
}

std::string Stream::position_text(store::Revision revision) const { return format_position(epoch_, revision); }

/// Under the mutex.
void Stream::fill(Handover& handover) {
  if (!ready_) return;
  if (!items_.empty()) {
    std::string piece;
    do {
      piece += *items_.front().text;
      taken_ = items_.front().revision;
      bytes_ -= items_.front().text->size();
      items_.pop_front();
    } while (!items_.empty() && piece.size() + items_.front().text->size() <= piece_bytes);
    handover.piece = std::move(piece);
  } else if (ended_ && !std::exchange(all_said_, true)) {
    handover.piece = std::move(last_words_);
  } else if (!ended_) {
    return;
  }
  handover.ready = std::exchange(ready_, nullptr);
}

bool Stream::take(Ready ready, Handover& handover) {
  std::lock_guard lock(mutex_);
  ready_ = std::move(ready);
  fill(handover);
  return handover || ended_;
}

bool Stream::tell(store::Revision revision, Text text) {
  std::lock_guard lock(mutex_);
  if (ended_) return false;
  if (!items_.empty() && bytes_ + text->size() > most_bytes_) return false;
  bytes_ += text->size();
  items_.push_back({revision, std::move(text)});
  return true;
}

void Stream::bookmark(store::Revision revision) {
  std::lock_guard lock(mutex_);
  if (ended_ || !items_.empty() || !ready_) return;
  items_.push_back({revision, std::make_shared<const std::string>(topic_->bookmark(position_text(revision)))});
  bytes_ += items_.back().text->size();
}

void Stream::end(Ending why, std::optional<store::Revision> reached, store::Revision oldest) {
  std::lock_guard lock(mutex_);
  if (std::exchange(ended_, true)) return;
  // a reader that is behind gets the rest where it goes on; only who has got everything is told of more
  store::Revision said = items_.empty() && reached ? std::max(taken_, *reached) : taken_;
  if (why == Ending::time || why == Ending::stopping) {
    if (!items_.empty()) said = items_.back().revision;
  } else {
    items_.clear();
    bytes_ = 0;
  }
  last_words_ = topic_->end(why, position_text(said), position_text(oldest));
}

Stream::Handover Stream::hand_over() {
  Handover handover;
  std::lock_guard lock(mutex_);
  fill(handover);
  return handover;
}

bool Stream::ended() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

bool Stream::awaited() const {
  std::lock_guard lock(mutex_);
  return ready_ != nullptr;
}

std::size_t Stream::waiting_bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace netweave::events
