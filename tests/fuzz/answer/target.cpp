// What a callback answers, given to the parser at once and in pieces: both must read the same. The first byte seeds the
// places where it is cut.
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <tuple>

#include "events/answer_parser.hpp"

namespace {

using netweave::events::AnswerParser;
using Reading = std::tuple<AnswerParser::State, int, bool>;

template <class Cut>
Reading read(std::string_view bytes, Cut&& cut) {
  AnswerParser parser;
  while (!bytes.empty() && parser.state() != AnswerParser::State::complete &&
         parser.state() != AnswerParser::State::refused) {
    std::size_t count = cut(bytes.size());
    std::string piece(bytes.substr(0, count));  // of its own, so that ASan sees a read behind it
    parser.feed(piece);
    bytes.remove_prefix(count);
  }
  bool keeps = parser.keeps_connection() && bytes.empty();
  parser.end();
  if (parser.state() == AnswerParser::State::refused) {
    if (parser.fault().empty()) std::abort();
    return {parser.state(), 0, false};
  }
  if (parser.state() != AnswerParser::State::complete || parser.status() < 200 || parser.status() > 999) std::abort();
  auto wait = parser.retry_after();
  if (wait && (wait->count() <= 0 || wait->count() > 86400)) std::abort();
  return {parser.state(), parser.status(), keeps};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > AnswerParser::max_body_bytes) return 0;
  std::minstd_rand random(data[0] + 1U);
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Reading whole = read(bytes, [](std::size_t left) { return left; });
  Reading pieces = read(bytes, [&](std::size_t left) { return 1 + random() % left; });
  if (whole != pieces) std::abort();
  return 0;
}
