#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace netweave::http {

/// Bytes that came and were not taken yet, in one piece. Grows by doubling up to a bound, and shrinks when it is empty,
/// so that ten thousand idle connections hold 4 KiB each.
class Input {
 public:
  explicit Input(std::size_t most) : most_(std::max(most, first_size)) {}

  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

  /// Where to read to; no room once the bound is reached.
  std::pair<char*, std::size_t> room() {
    bool filled = end_ == size_;  // by the last read: a larger one will save calls
    if (empty()) begin_ = end_ = 0;
    if (filled || size_ - end_ < size_ / 4) make_room(filled);
    return {bytes_.get() + end_, size_ - end_};
  }
  void added(std::size_t count) noexcept { end_ += count; }
  void taken(std::size_t count) noexcept { begin_ += count; }
  void clear() noexcept { begin_ = end_ = 0; }
  /// Not while something is read into `room`.
  void shrink() {
    if (empty() && size_ > first_size) *this = Input(most_);
  }

 private:
  static constexpr std::size_t first_size = 4096;

  void make_room(bool filled) {
    std::size_t held = end_ - begin_;
    std::size_t wanted = filled || held >= size_ / 2 ? std::min(std::max(size_ * 2, first_size), most_) : size_;
    if (wanted != size_) {
      std::unique_ptr<char[]> bigger(new char[wanted]);  // not zeroed: it is written before it is read
      if (held > 0) std::memcpy(bigger.get(), bytes_.get() + begin_, held);
      bytes_ = std::move(bigger);
      size_ = wanted;
    } else if (begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t most_;
};

}  // namespace netweave::http
