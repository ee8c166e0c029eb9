#include "adapters/ims/kubernetes/list_splitter.hpp"

namespace netweave::ims::kubernetes {

bool ListSplitter::find_items() {
  constexpr std::string_view items = "\"items\":";
  std::size_t found = buffer_.find(items);
  if (found == std::string::npos) return false;
  std::size_t open = buffer_.find_first_not_of(" \t\r\n", found + items.size());
  constexpr std::string_view null = "null";  // an empty list may be
  bool none = open != std::string::npos && buffer_[open] == null.front();
  if (open == std::string::npos || (none && buffer_.size() < open + null.size())) return false;
  head_ = buffer_.substr(0, found);
  state_ = none ? State::end : buffer_[open] == '[' ? State::items : State::broken;
  begin_ = at_ = open + (none ? null.size() : 1);
  return true;
}

/// Moves to the end of the next item; false where it has not all arrived, or there is none.
bool ListSplitter::next_item() {
  if (depth_ == 0) {
    std::size_t next = buffer_.find_first_not_of(" \t\r\n,", at_);
    at_ = begin_ = next == std::string::npos ? buffer_.size() : next;
    if (next == std::string::npos) return false;
    if (buffer_[next] != '{') {
      state_ = buffer_[next] == ']' ? State::end : State::broken;
      begin_ = at_ = next + 1;  // what follows is the frame's
      return false;
    }
  }
  return find_end();
}

bool ListSplitter::find_end() {
  const char* text = buffer_.data();
  const std::size_t size = buffer_.size();
  std::size_t at = at_;
  while (at < size) {
    char c = text[at++];
    if (in_text_) {
      if (escaped_)
        escaped_ = false;
      else if (c == '\\')
        escaped_ = true;
      else if (c == '"')
        in_text_ = false;
    } else if (c == '"') {
      in_text_ = true;
    } else if (c == '{') {
      ++depth_;
    } else if (c == '}' && --depth_ == 0) {
      at_ = at;
      return true;
    }
  }
  at_ = at;
  return false;
}

}  // namespace netweave::ims::kubernetes
