#include "api/streams/stream.hpp"

#include <algorithm>
#include <charconv>

#include "events/reader.hpp"
#include "events/stream_hub.hpp"

namespace netweave::api::streams {
namespace {

constexpr std::int64_t longest_timeout = 31536000;  // a year
constexpr auto catching_up = std::chrono::seconds(1);

/// What HEAD gets in a stream's place.
class Silence final : public http::BodyStream {
 public:
  void next(std::function<void(std::optional<std::string>)> ready) override { ready(std::nullopt); }
};

/// A topic as one tenant hears it.
class ScopedTopic final : public events::Topic {
 public:
  ScopedTopic(std::shared_ptr<const events::Topic> of, const state::State& state, tenancy::Scope scope)
      : of_(std::move(of)), state_(state), scope_(std::move(scope)) {}

  [[nodiscard]] events::Text tell(const events::Telling& telling) const override {
    store::Entry part;
    const store::Entry* seen = tenancy::seen(scope_, *state_.snapshot(), telling.entry(), part);
    if (seen == nullptr) return nullptr;
    return seen == &part ? of_->tell(events::Telling(part, telling.epoch())) : of_->tell(telling);
  }
  [[nodiscard]] std::string begin(std::string_view position) const override { return of_->begin(position); }
  [[nodiscard]] std::string bookmark(std::string_view position) const override { return of_->bookmark(position); }
  [[nodiscard]] std::string end(events::Ending why, std::string_view position, std::string_view oldest) const override {
    return of_->end(why, position, oldest);
  }

 private:
  std::shared_ptr<const events::Topic> of_;
  const state::State& state_;
  tenancy::Scope scope_;
};

struct Place {
  store::Revision revision = 0;
  bool ahead = false;  ///< of what this gateway has read of the log
};

/// Errors: a problem that is answered as it is.
Refusal find_place(const store::Log& log, const std::string& epoch, const std::string& text, Place& place) {
  if (text.empty()) {
    place.revision = log.head();
    return {};
  }
  std::size_t dot = text.rfind('.');
  const char* end = text.data() + text.size();
  bool good = dot != std::string::npos && dot > 0;
  if (good) {
    auto [rest, fault] = std::from_chars(text.data() + dot + 1, end, place.revision);
    good = fault == std::errc() && rest == end;
  }
  if (!good) return bad_request("\"" + text + "\" is no revision: take one from a list, a stream or an event");
  std::string oldest = events::format_position(epoch, log.oldest());
  if (text.compare(0, dot, epoch) != 0)
    return gone("the revision is of another history of the log: list again, and go on from there", oldest);
  if (place.revision < log.oldest())
    return gone("the log no longer holds the revision; the oldest one is " + oldest + ": list again", oldest);
  place.ahead = place.revision > log.head();
  return {};
}

/// As long as was asked for, and no longer than who asks is known by its token.
std::chrono::milliseconds lifetime(const Call& call, std::chrono::milliseconds asked) {
  if (call.expires_at == 0) return asked;
  std::chrono::milliseconds left(std::max<Millis>(1, call.expires_at - to_millis(call.services.clock())));
  return asked.count() == 0 ? left : std::min(asked, left);
}

void answer_opened(Call& call, const Opening& opening, store::Revision after) {
  http::Response response;
  response.headers = {{"Content-Type", opening.content_type},
                      {"Cache-Control", "no-store"},
                      {"X-Accel-Buffering", "no"},  // nginx hands it on as it comes
                      {"X-Netweave-Revision", events::format_position(opening.epoch, after)}};
  if (call.request.method == "HEAD") {
    response.body = http::Body(std::make_unique<Silence>());
    return call.answer(std::move(response));
  }
  events::StreamRequest request{opening.key, opening.topic, opening.epoch, after, lifetime(call, opening.timeout)};
  if (call.access)
    request.allowed = [access = call.access, &state = call.services.state] {
      return tenancy::still_stands(*access, *state.snapshot());
    };
  auto body = call.services.streams->open(std::move(request));
  if (!body) return call.answer(body.error());
  response.body = std::move(*body);
  call.answer(std::move(response));
}

/// Another gateway may have told of more than this one has read yet.
void answer_ahead(const CallRef& call, Opening opening, store::Revision after) {
  bool queued = call->services.streams->later([call, after, opening = std::move(opening)] {
    store::Log& log = call->services.entries;
    if (log.wait(after - 1, std::chrono::steady_clock::now() + catching_up, call->request.stop) >= after)
      return answer_opened(*call, opening, after);
    call->answer(bad_request("the revision is after the log's end"));
  });
  if (!queued) call->answer(busy("too many streams are beginning: try again"));
}

}  // namespace

void refuse_paging(const query::Parameters& parameters, std::string_view why, std::vector<Fault>& faults) {
  for (std::string_view name : {"limit", "offset", "sortBy", "sortOrder", "cursor", "sort", "explain"})
    if (parameters.find(name) != nullptr) faults.push_back({std::string(name), std::string(why)});
}

std::chrono::seconds read_timeout(const query::Parameters& parameters, std::vector<Fault>& faults) {
  const std::string* text = parameters.find("timeoutSeconds");
  if (text == nullptr) return std::chrono::seconds(0);
  std::int64_t seconds = 0;
  const char* end = text->data() + text->size();
  auto [stop, error] = std::from_chars(text->data(), end, seconds);
  if (error != std::errc() || stop != end || seconds < 1 || seconds > longest_timeout)
    faults.push_back({"timeoutSeconds", "must be a whole number from 1 to " + std::to_string(longest_timeout)});
  return std::chrono::seconds(seconds);
}

void answer_stream(const CallRef& call, Opening opening) {
  Place place;
  opening.epoch = call->services.epoch();
  if (!call->scope.all()) {
    opening.topic = std::make_shared<ScopedTopic>(opening.topic, call->services.state, call->scope);
    opening.key += "\n@" + call->scope.tenant();
  }
  if (auto refusal = find_place(call->services.entries, opening.epoch, opening.after, place))
    return call->answer(*refusal);
  if (place.ahead) return answer_ahead(call, std::move(opening), place.revision);
  answer_opened(*call, opening, place.revision);
}

std::string one_line(std::string_view json) {
  std::string line(json);
  // outside of its strings, where they are white space: inside, JSON has them escaped
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

}  // namespace netweave::api::streams
