#pragma once

#include <string>
#include <string_view>

namespace netweave::ims::kubernetes {

/// Cuts a list of the API server into its items while it arrives: `{"kind":..,"metadata":{..},"items":[{..},{..}]}`;
/// of custom resources the metadata comes after the items. Looks at brackets and quotes alone; what an item is is its
/// parser's business.
class ListSplitter {
 public:
  /// Takes the next bytes; `item(char* text, size_t size)` is called for each item that is complete, with text that it
  /// may change. False: an item said so, or this is no such list.
  template <class F>
  bool feed(std::string_view bytes, F item) {
    buffer_.append(bytes);
    if (state_ == State::head && !find_items()) return true;
    bool whole = true;
    while (whole && state_ == State::items && next_item()) {
      whole = item(buffer_.data() + begin_, at_ - begin_);
      begin_ = at_;
    }
    buffer_.erase(0, begin_);
    at_ -= begin_;
    begin_ = 0;
    return whole && state_ != State::broken;
  }

  /// What stands around the items, as a list without any; whole once the list is complete.
  [[nodiscard]] std::string frame() const { return head_ + "\"items\":[]" + (complete() ? buffer_ : std::string("}")); }
  /// The list came to its end.
  [[nodiscard]] bool complete() const { return state_ == State::end; }

 private:
  enum class State { head, items, end, broken };

  bool find_items();
  bool next_item();
  bool find_end();

  State state_ = State::head;
  std::string head_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of the item that is looked at
  std::size_t at_ = 0;     // up to where it was looked at
  int depth_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;
};

}  // namespace netweave::ims::kubernetes
