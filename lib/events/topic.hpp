#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "store/store.hpp"

namespace netweave::events {

using Text = std::shared_ptr<const std::string>;

/// One entry on its way past many topics. What several of them say of it is written once and shared. One thread.
class Telling {
 public:
  /// What can be said of one entry in words that are not one topic's own.
  enum class Form : unsigned char { event, added, modified, deleted, added_v3, modified_v3, deleted_v3 };

  Telling(const store::Entry& entry, std::string_view epoch) : entry_(entry), epoch_(epoch) {}

  [[nodiscard]] const store::Entry& entry() const noexcept { return entry_; }
  [[nodiscard]] std::string_view epoch() const noexcept { return epoch_; }
  /// "epoch.revision"
  [[nodiscard]] const std::string& position() const;
  /// The text of that form, written by `write` where it is not there yet.
  template <class Write>
  const Text& text(Form form, Write&& write) const {
    Text& kept = texts_.at(static_cast<std::size_t>(form));
    if (!kept) kept = std::make_shared<const std::string>(std::forward<Write>(write)());
    return kept;
  }

 private:
  const store::Entry& entry_;
  std::string_view epoch_;
  mutable std::string position_;
  mutable std::array<Text, 7> texts_;
};

/// Why a stream ends.
enum class Ending : unsigned char {
  time,      ///< as long as was asked for
  stopping,  ///< the gateway stops
  slow,      ///< the reader let more wait than its bound
  gone,      ///< the log no longer holds its place
  denied,    ///< who reads may not any more, or may something else
  failed     ///< the store can't be read
};
inline constexpr std::array<Ending, 6> endings = {Ending::time, Ending::stopping, Ending::slow,
                                                  Ending::gone, Ending::denied,   Ending::failed};
std::string_view to_string(Ending why) noexcept;

/// What the streams of one filter are told, and in which words. Immutable; any thread.
class Topic {
 public:
  virtual ~Topic() = default;
  /// What is said of an entry; nullptr: nothing.
  [[nodiscard]] virtual Text tell(const Telling& telling) const = 0;
  /// The first words: where the stream begins.
  [[nodiscard]] virtual std::string begin(std::string_view position) const = 0;
  /// Nothing else to say: everything up to there was told.
  [[nodiscard]] virtual std::string bookmark(std::string_view position) const = 0;
  /// The last words; `oldest` is where the log begins.
  [[nodiscard]] virtual std::string end(Ending why, std::string_view position, std::string_view oldest) const = 0;
};

}  // namespace netweave::events
