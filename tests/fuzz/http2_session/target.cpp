// What a client sends over one HTTP/2 connection, in pieces that the first byte seeds: the session is given each, what
// it asks for is done, and what it sends is read. A request that is whole has to keep the limits.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include "http/h2_session.hpp"

namespace {

using namespace netweave::http;
using Kind = H2Session::Event::Kind;

constexpr ParserLimits limits{.header_bytes = 512, .uri_bytes = 128, .body_bytes = 256};

class Nothing final : public BodyStream {
 public:
  void next(std::function<void(std::optional<std::string>)>) override {}
};

void demand(bool holds) {
  if (!holds) std::abort();
}

void answer(H2Session& session, std::int32_t stream, std::size_t choice) {
  Response response;
  response.headers.emplace_back("X-Name", "value");
  if (choice % 3 == 1) response.body = Body(std::string(choice % 40000, 'b'));
  if (choice % 3 == 2) response.body = Body(std::make_unique<Nothing>());
  session.respond(stream, std::move(response), "now");
}

void check(const Request& request) {
  demand(!request.method.empty() && request.target.starts_with('/') && request.target.size() <= limits.uri_bytes);
  demand(request.body.size() <= limits.body_bytes && find_header(request.headers, "Host") != nullptr);
  for (const Header& header : request.headers)
    demand(!header.first.empty() && header.second.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::minstd_rand random(data[0] + 1U);
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  H2Session session(limits);
  std::set<std::int32_t> open;
  std::size_t sent = 0;
  while (!bytes.empty() && !session.over()) {
    std::size_t count = std::min<std::size_t>(bytes.size(), random() % 64 + 1);
    std::string piece(bytes.substr(0, count));  // of its own, so that ASan sees a read behind it
    session.feed(piece);
    bytes.remove_prefix(count);
    for (bool more = true; more && sent < 1000000;) {
      more = false;
      for (const H2Session::Event& event : session.events()) {
        more = true;
        if (event.kind == Kind::opened) demand(open.insert(event.stream).second);
        demand(open.count(event.stream) == 1);
        if (event.kind == Kind::request) {
          check(session.take(event.stream));
          answer(session, event.stream, random());
        } else if (event.kind == Kind::refused) {
          demand(session.refusal(event.stream).status >= 400);
          answer(session, event.stream, 0);
        } else if (event.kind == Kind::hungry) {
          if (random() % 4 == 0)
            session.more(event.stream, std::nullopt);
          else
            session.more(event.stream, std::string(random() % 1000, 'p'));
        } else if (event.kind == Kind::closed) {
          open.erase(event.stream);
        }
      }
      for (std::string_view out = session.pull(); !out.empty() && sent < 1000000; out = session.pull()) {
        sent += out.size();
        more = true;
      }
    }
  }
  return 0;
}
