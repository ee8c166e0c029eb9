#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "pistache/conversation.hpp"

namespace netweave::gateway {

/// The shared end of a callback's copies: what it is given first counts, and that it was dropped unused is told too.
template <class T>
class Once {
 public:
  explicit Once(std::shared_ptr<Conversation> conversation, std::atomic<std::size_t>* counted = nullptr)
      : conversation_(std::move(conversation)), counted_(counted) {}
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;
  ~Once() { give(std::nullopt); }

  void give(std::optional<T> value) {
    if (settled_.exchange(true)) return;
    if (counted_ != nullptr) --*counted_;
    conversation_->settle(std::move(value));
  }

 private:
  std::shared_ptr<Conversation> conversation_;
  std::atomic<std::size_t>* counted_;  // the Hub's, which the conversation keeps
  std::atomic<bool> settled_{false};
};

}  // namespace netweave::gateway
