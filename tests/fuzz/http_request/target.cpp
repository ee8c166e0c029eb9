// Bytes of one connection, given to the parser at once and in pieces: both must read the same requests. The first byte
// seeds the places where it is cut.
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "http/parser.hpp"

namespace {

using namespace netweave::http;

struct Reading {
  std::vector<Request> requests;
  int refused = 0;
};

/// Reads as a connection does: what is not taken is given again, with what follows.
template <class Cut>
Reading read(std::string_view bytes, Cut&& cut) {
  Reading reading;
  RequestParser parser({.header_bytes = 512, .uri_bytes = 128, .body_bytes = 256});
  std::string held;
  while (!bytes.empty()) {
    std::size_t count = cut(bytes.size());
    held += bytes.substr(0, count);
    bytes.remove_prefix(count);
    while (!held.empty()) {
      RequestParser::State before = parser.state();
      std::string piece = held;  // of its own, so that ASan sees a read behind it
      std::size_t taken = parser.feed(piece);
      if (taken > held.size()) std::abort();
      held.erase(0, taken);
      static_cast<void>(parser.keep_alive());  // may be asked at any time
      if (parser.state() == RequestParser::State::refused) {
        if (parser.refusal().status < 400 || parser.refusal().detail.empty()) std::abort();
        reading.refused = parser.refusal().status;
        return reading;
      }
      if (parser.state() == RequestParser::State::complete) {
        reading.requests.push_back(parser.take());
        parser.next();
      } else if (taken == 0 && parser.state() == before) {
        break;
      }
    }
  }
  return reading;
}

void check(const Request& request) {
  if (request.method.empty() || request.target.empty() || request.body.size() > 256) std::abort();
  for (const Header& header : request.headers)
    if (header.first.empty() || header.second.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      std::abort();
}

bool equal(const Request& a, const Request& b) {
  return a.method == b.method && a.target == b.target && a.headers == b.headers && a.body == b.body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::minstd_rand random(data[0] + 1U);
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Reading whole = read(bytes, [](std::size_t left) { return left; });
  Reading pieces = read(bytes, [&](std::size_t left) { return 1 + random() % left; });
  if (whole.requests.size() != pieces.requests.size()) std::abort();
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    check(whole.requests[i]);
    if (!equal(whole.requests[i], pieces.requests[i])) std::abort();
  }
  return 0;
}
