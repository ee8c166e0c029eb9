#pragma once

#include <array>
#include <string>
#include <string_view>

#include "store/store.hpp"

/// One entry of the log as Redis holds it: an item of a stream, whose id is `<revision>-0` and whose fields are, in
/// this order:
///
///     c  the commit that it is part of: 8 random bytes
///     p  the commit of the entry before it; empty before the first. So entries are a chain: what follows another
///        history is seen
///     t  its time, Unix milliseconds, decimal
///     o  the object's record (store/record.hpp); empty: a removal
///     b  its prior state; empty: there was none. Two big-endian 32-bit numbers, how many bytes at the beginning and
///        at the end of the object's JSON are the prior JSON's too, then the prior state's record, in which the JSON
///        is only what stands in between
namespace netweave::store::redis {

struct LogEntry {
  Entry entry;
  std::string commit;
  std::string previous;
};

/// Borrowed texts of an entry's fields.
struct EntryFields {
  std::string_view commit;
  std::string_view previous;
  std::string_view time;
  std::string_view object;
  std::string_view before;
};

/// "<revision>-0"; 0: it is none.
Revision revision_of(std::string_view id);

/// `b` of a change that is no creation.
std::string encode_before(const Change& change);

/// Takes bytes from outside: anything but the format above is an error, `internal`, that says what is wrong.
Result<LogEntry> decode_entry(std::string_view id, const EntryFields& fields, model::Draft& scratch);

}  // namespace netweave::store::redis
