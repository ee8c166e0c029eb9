#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"

#include "store/store.hpp"

/// Notifications that were given up. Each is a record of the stream "deadletters/<subscription>"; since a stream only
/// grows, a later record of the same notification replaces it, and one that says `settled` takes it away. A stream
/// keeps its newest `max_records`.
namespace netweave::events {

inline constexpr std::size_t max_records = 1000;

struct DeadLetter {
  std::string notification_id{};
  std::uint64_t sequence = 0;  ///< the notification's own
  std::string event_type{};
  int status = 0;        ///< what the callback answered; 0 where it was not asked
  std::string reason{};  ///< for a person
  unsigned attempts = 0;
  Millis failed_at = 0;
  std::string body{};  ///< the notification, byte for byte as it was and will be sent
};

/// A record's bytes, which are JSON as the API shows a dead letter. The notification stands last.
std::string to_record(const DeadLetter& letter);
/// Takes away the letter of that notification.
std::string settled_record(std::string_view notification_id);
/// nullopt: no letter.
std::optional<DeadLetter> read_letter(std::string_view record);

/// Where a letter stands.
struct LetterPlace {
  std::string notification_id;
  std::uint64_t sequence = 0;
  std::uint64_t record = 0;
};

/// The letters of one subscription, in order of their sequence.
struct LetterList {
  std::vector<LetterPlace> places;
  std::uint64_t needless = 0;  ///< records up to here say nothing any more
};

/// Reads all of them, a few at a time. Blocks; any thread.
Result<LetterList> list_letters(store::Streams& streams, std::string_view subscription_id);
/// The record's bytes; nullopt: it is there no more. Blocks; any thread.
Result<std::optional<std::string>> read_record(store::Streams& streams, std::string_view subscription_id,
                                               std::uint64_t record);

}  // namespace netweave::events
