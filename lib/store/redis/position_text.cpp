#include "store/redis/position_text.hpp"

#include <charconv>

namespace netweave::store::redis {

std::string position_text(const Position& position) {
  return std::to_string(position.revision) + " " + std::to_string(position.sequence) + " " + position.state;
}

Result<Position> read_position(std::string_view reader, std::string_view text) {
  Position position;
  position.reader = reader;
  const char* end = text.data() + text.size();
  auto revision = std::from_chars(text.data(), end, position.revision);
  bool good = revision.ec == std::errc{} && revision.ptr != end && *revision.ptr == ' ';
  auto sequence = good ? std::from_chars(revision.ptr + 1, end, position.sequence) : revision;
  good = good && sequence.ec == std::errc{} && sequence.ptr != end && *sequence.ptr == ' ';
  if (!good) return make_error(ErrorKind::internal, "the position of " + position.reader + " in Redis can't be read");
  position.state.assign(sequence.ptr + 1, end);
  return position;
}

}  // namespace netweave::store::redis
