#include "api/admin/audit.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "api/collection.hpp"
#include "api/page.hpp"
#include "api/validation.hpp"
#include "base/time.hpp"
#include "query/selection.hpp"
#include "tenancy/audit.hpp"

namespace netweave::api::admin {
namespace {

constexpr std::size_t looked_at_once = 20000;         // of one page: a cursor goes on behind them
constexpr std::size_t exported_at_once = 256 * 1024;  // bytes
constexpr std::string_view lines_type = "application/x-ndjson";
constexpr std::array<std::string_view, 8> filters = {"type",         "tenantId",   "userId", "subject",
                                                     "resourceType", "resourceId", "action", "requestId"};

/// Which events are asked for.
struct Question {
  std::string stream;
  std::vector<std::pair<std::string, std::string>> equal;  // member and text
  Millis from = 0;
  Millis to = INT64_MAX;
  std::size_t limit = 100;

  [[nodiscard]] bool meets(const Value& event) const {
    for (const auto& [name, text] : equal)
      if (event.at(name).as_text() != text) return false;
    Millis time = parse_rfc3339(event.at("timestamp").as_text()).value_or(0);
    return time >= from && time < to;
  }
  /// What a cursor is good for.
  [[nodiscard]] std::string asked() const {
    std::string text = stream + "\n" + std::to_string(from) + "\n" + std::to_string(to);
    for (const auto& [name, value] : equal) text.append("\n").append(name).append("=").append(value);
    return text;
  }
};

void read_time(const Call& call, std::string_view name, Millis& into, std::vector<Fault>& faults) {
  const std::string* text = call.parameters.find(name);
  if (text == nullptr) return;
  if (auto time = parse_rfc3339(*text))
    into = *time;
  else
    faults.push_back({std::string(name), "must be a time as RFC 3339 has it, such as 2026-01-02T03:04:05Z"});
}

Question read_question(const Call& call, std::string stream, std::vector<Fault>& faults) {
  Question question;
  question.stream = std::move(stream);
  for (std::string_view name : filters)
    if (const std::string* text = call.parameters.find(name)) question.equal.emplace_back(name, *text);
  read_time(call, "from", question.from, faults);
  read_time(call, "to", question.to, faults);
  question.limit = call.services.config.query.default_limit;
  if (const std::string* text = call.parameters.find("limit")) {
    std::from_chars(text->data(), text->data() + text->size(), question.limit);  // the document says what it may be
    question.limit = std::clamp<std::size_t>(question.limit, 1, call.services.config.query.max_limit);
  }
  return question;
}

std::string to_text(tenancy::AuditPlace place) {
  return std::to_string(place.record) + "." + std::to_string(place.line);
}

tenancy::AuditPlace to_place(std::string_view text) {
  tenancy::AuditPlace place;
  const char* end = text.data() + text.size();
  auto record = std::from_chars(text.data(), end, place.record);
  if (record.ptr != end) std::from_chars(record.ptr + 1, end, place.line);
  return place;
}

Result<std::string> page_json(const Call& call, const Question& question, tenancy::AuditPlace after) {
  std::string out = "{\"items\":[";
  std::size_t shown = 0;
  std::size_t looked = 0;
  tenancy::AuditPlace last = after;
  auto read = tenancy::read_audit(call.services.letters, question.stream, after, [&](auto place, auto json) {
    if (shown == question.limit || looked == looked_at_once) return false;
    ++looked;
    last = place;
    if (!question.meets(Value::parse(json).value_or(Value()))) return true;
    if (shown++ > 0) out += ',';
    out += json;
    return true;
  });
  if (!read) return std::move(read).error();
  out += ']';
  if (!*read)
    out += ",\"nextCursor\":\"" + cursor_after(to_text(last), question.asked(), call.services.cursor_key) + "\"";
  return out + "}";
}

/// All that is asked for, as it is read. What is read is held by the job that reads: the engine may let go meanwhile.
class Export final : public http::BodyStream {
 public:
  Export(CallRef call, Question question)
      : reading_(std::make_shared<Reading>(Reading{std::move(call), std::move(question), {}, false})) {}

  void next(std::function<void(std::optional<std::string>)> ready) override {
    auto job = [reading = reading_, ready] { ready(reading->more()); };
    if (!reading_->call->services.scans.offer(job)) job();
  }

 private:
  struct Reading {
    CallRef call;
    Question question;
    tenancy::AuditPlace after;
    bool ended = false;

    std::optional<std::string> more() {
      std::string lines;
      while (!ended && lines.empty()) {
        std::size_t looked = 0;
        auto read = tenancy::read_audit(call->services.letters, question.stream, after, [&](auto place, auto json) {
          if (lines.size() >= exported_at_once || looked++ == looked_at_once) return false;
          after = place;
          if (question.meets(Value::parse(json).value_or(Value()))) lines.append(json).append("\n");
          return true;
        });
        if (!read) call->services.log.error("an export of the audit ended early", {{"error", read.error().message}});
        ended = !read || *read;
      }
      return lines.empty() ? std::nullopt : std::optional(std::move(lines));
    }
  };
  std::shared_ptr<Reading> reading_;
};

bool wants_lines(const Call& call) {
  const std::string* accept = call.header("Accept");
  return accept != nullptr && accept->find(lines_type) != std::string::npos;
}

/// `fixed`: a filter that the path sets.
void answer(const CallRef& call, const std::string& stream, std::string_view fixed = {}) {
  if (call->services.audit == nullptr)
    return call->answer(not_found("there is no audit: multi_tenancy.enabled is false"));
  std::vector<Fault> faults;
  Question question = read_question(*call, stream, faults);
  if (refuse(*call, std::move(faults))) return;
  if (!fixed.empty()) question.equal.emplace_back(fixed, call->parts[0]);
  http::Response response;
  response.headers.emplace_back("Content-Type", wants_lines(*call) ? lines_type : "application/json");
  if (wants_lines(*call)) {
    response.body = http::Body(std::make_unique<Export>(call, std::move(question)));
    return call->answer(std::move(response));
  }
  const std::string* cursor = call->parameters.find("cursor");
  auto after = cursor_place(cursor != nullptr ? *cursor : std::string(), question.asked(), call->services.cursor_key);
  if (!after) return call->answer(after.error());
  bool queued = call->services.scans.offer([call, question = std::move(question), place = to_place(*after)] {
    auto json = page_json(*call, question, place);
    if (!json) return call->answer(json.error());
    http::Response page;
    page.headers.emplace_back("Content-Type", "application/json");
    page.body = http::Body(std::move(*json));
    call->answer(std::move(page));
  });
  if (!queued) answer_busy(*call);
}

void answer_own(const CallRef& call, std::string_view fixed = {}) {
  answer(call, tenancy::audit_stream(call->access ? call->access->tenant : call->own_tenant()), fixed);
}

}  // namespace

void add_audit(Handlers& handlers) {
  handlers.add(
      "listAuditEvents", [](const CallRef& call) { answer(call, tenancy::audit_stream()); }, Faults::merged);
  handlers.add(
      "listOwnAuditEvents", [](const CallRef& call) { answer_own(call); }, Faults::merged);
  handlers.add(
      "listOwnAuditEventsOfType", [](const CallRef& call) { answer_own(call, "type"); }, Faults::merged);
  handlers.add(
      "listOwnAuditEventsOfUser", [](const CallRef& call) { answer_own(call, "userId"); }, Faults::merged);
}

}  // namespace netweave::api::admin
