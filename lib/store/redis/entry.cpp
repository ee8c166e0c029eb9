#include "store/redis/entry.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "store/commit_check.hpp"
#include "store/record.hpp"

namespace netweave::store::redis {
namespace {

constexpr std::size_t commit_bytes = 8;
constexpr std::size_t number_bytes = 4;

Error malformed(std::string_view id, std::string_view what) {
  return make_error(ErrorKind::internal,
                    "entry " + std::string(id) + " of the log can't be read: " + std::string(what));
}

void put_number(std::string& out, std::size_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

std::size_t number_at(std::string_view bytes) {
  std::size_t number = 0;
  for (char byte : bytes.substr(0, number_bytes)) number = number << 8 | static_cast<std::uint8_t>(byte);
  return number;
}

template <class Number>
bool parse(std::string_view text, Number& number) {
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size();
}

/// The state before `object` (empty at a removal, whose prior state is whole).
Result<ObjectRef> decode_before(std::string_view bytes, std::string_view json, model::Draft& scratch) {
  if (bytes.size() < 2 * number_bytes) return make_error(ErrorKind::internal, "its prior state is cut");
  std::size_t prefix = number_at(bytes);
  std::size_t suffix = number_at(bytes.substr(number_bytes));
  if (prefix > json.size() || suffix > json.size() - prefix)
    return make_error(ErrorKind::internal, "its prior state shares more than there is");
  if (auto read = decode_fields(bytes.substr(2 * number_bytes), scratch); !read) return std::move(read).error();
  scratch.json.insert(0, json.substr(0, prefix));
  scratch.json += json.substr(json.size() - suffix);
  return object_of(scratch);
}

}  // namespace

Revision revision_of(std::string_view id) {
  Revision revision = 0;
  if (!id.ends_with("-0") || !parse(id.substr(0, id.size() - 2), revision)) return 0;
  return revision;
}

std::string encode_before(const Change& change) {
  std::string_view prior = change.prior->json();
  std::string_view now = change.object ? change.object->json() : std::string_view();
  std::size_t most = std::min(prior.size(), now.size());
  auto prefix = static_cast<std::size_t>(
      std::mismatch(prior.begin(), prior.begin() + static_cast<std::ptrdiff_t>(most), now.begin()).first -
      prior.begin());
  auto suffix = static_cast<std::size_t>(
      std::mismatch(prior.rbegin(), prior.rbegin() + static_cast<std::ptrdiff_t>(most - prefix), now.rbegin()).first -
      prior.rbegin());
  std::string record;
  encode_record(*change.prior, change.prior->revision(), prior.substr(prefix, prior.size() - prefix - suffix), record);
  std::string bytes;
  put_number(bytes, prefix);
  put_number(bytes, suffix);
  return bytes += record;
}

Result<LogEntry> decode_entry(std::string_view id, const EntryFields& fields, model::Draft& scratch) {
  LogEntry made;
  made.entry.revision = revision_of(id);
  if (made.entry.revision == 0) return malformed(id, "its id is no revision");
  if (!parse(fields.time, made.entry.time)) return malformed(id, "its time is no number");
  if (fields.commit.size() != commit_bytes || (!fields.previous.empty() && fields.previous.size() != commit_bytes))
    return malformed(id, "it names no commit");
  if (fields.object.empty() && fields.before.empty()) return malformed(id, "it is a change of nothing");
  made.commit = fields.commit;
  made.previous = fields.previous;
  if (!fields.object.empty()) {
    auto object = decode_record(fields.object, scratch);
    if (!object) return malformed(id, object.error().message);
    made.entry.object = std::move(*object);
    if (made.entry.object->revision() != made.entry.revision) return malformed(id, "its object is of another revision");
  }
  if (fields.before.empty()) return made;
  auto prior = decode_before(fields.before, made.entry.object ? made.entry.object->json() : "", scratch);
  if (!prior) return malformed(id, prior.error().message);
  made.entry.prior = std::move(*prior);
  if (made.entry.prior->revision() >= made.entry.revision)
    return malformed(id, "its prior state is of a later revision");
  if (made.entry.object && key_of(*made.entry.object) != key_of(*made.entry.prior))
    return malformed(id, "its prior state is of another object");
  return made;
}

}  // namespace netweave::store::redis
