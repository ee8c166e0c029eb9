#include <algorithm>

#include "api/collection.hpp"
#include "api/ims/inventory.hpp"
#include "api/page.hpp"
#include "api/validation.hpp"
#include "base/time.hpp"
#include "events/dead_letters.hpp"
#include "events/requests.hpp"
#include "query/selection.hpp"

/// What can be asked of a subscription's delivery. A wish goes through the log to whichever gateway delivers; dead
/// letters are read from the store. So all of it is the same on every gateway of a fleet.
namespace netweave::api::ims {
namespace {

Refusal check_present(const Call& call) { return api::check_present(call, Kind::subscription, call.parts[0]); }

void commit(const CallRef& call, state::Step step, std::function<void()> answer) {
  auto then = [call, answer = std::move(answer)](Result<model::Revision> committed) {
    committed ? answer() : call->answer(committed.error());
  };
  if (!call->services.writer.offer(std::move(step), std::move(then)))
    call->answer(busy("too many writes wait for the store"));
}

/// Ends a suspension: from where it stopped, or with ?from=now past what was missed until now.
void resume(const CallRef& call) {
  if (auto refusal = check_present(*call)) return call->answer(*refusal);
  bool from_now = call->parameters.find("from") != nullptr;
  auto step = [call, from_now](state::Transaction& transaction) {
    auto after = from_now ? std::optional(transaction.base().revision()) : std::nullopt;
    return events::ask_resume(transaction, call->parts[0], after);
  };
  commit(call, step, [call] { call->answer_no_content(); });
}

void rotate(const CallRef& call, Idempotency& idempotency) {
  if (auto refusal = check_present(*call)) return call->answer(*refusal);
  if (!idempotency.hold(call)) return;
  auto body = std::make_shared<std::string>();
  auto step = [call, body, secret = events::make_secret()](state::Transaction& transaction) -> Result<void> {
    const Services& services = call->services;
    Millis until = transaction.time() + services.config.subscriptions.secret_grace.count();
    auto rotated = events::rotate_secret(transaction, call->parts[0], secret, services.sealing_key, until);
    if (!rotated) return rotated;
    Value answer = Value::object();
    answer["security"] = events::security_object(secret);
    answer["formerSecretUntil"] = format_rfc3339(until);
    *body = answer.to_json();
    Idempotency::remember(transaction, *call, 200, {}, *body);
    return {};
  };
  commit(call, step, [call, body] {
    http::Response response;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = http::Body(*body);
    call->answer(std::move(response));
  });
}

/// A page of the letters, by their notifications' sequence, and what a cursor is good for.
struct LetterPage {
  query::Selection selection;
  std::string asked;
};

Result<std::string> page_json(const Call& call, const LetterPage& page) {
  const std::string& id = call.parts[0];
  const Services& services = call.services;
  auto after = cursor_place(page.selection.cursor, page.asked, services.cursor_key);
  if (!after) return std::move(after).error();
  auto list = events::list_letters(services.letters, id);
  if (!list) return std::move(list).error();
  const auto& places = list->places;
  auto at = places.begin() + static_cast<std::ptrdiff_t>(std::min(page.selection.offset, places.size()));
  if (!after->empty())
    at = std::find_if(places.begin(), places.end(),
                      [last = std::stoull(*after)](const events::LetterPlace& place) { return place.sequence > last; });
  std::string out = "{\"items\":[";
  std::string last;
  std::size_t shown = 0;
  for (; at != places.end() && shown < page.selection.limit; ++at) {
    last = std::to_string(at->sequence);
    auto record = events::read_record(services.letters, id, at->record);
    if (!record) return std::move(record).error();
    if (!*record) continue;  // newer ones have just taken its place
    if (shown++ > 0) out += ',';
    out += **record;
  }
  out += "],\"total\":" + std::to_string(places.size());
  if (at != places.end()) out += ",\"nextCursor\":\"" + cursor_after(last, page.asked, services.cursor_key) + "\"";
  return out + "}";
}

void list_letters(const CallRef& call) {
  LetterPage page;
  const QueryConfig& limits = call->services.config.query;
  std::vector<Fault> faults;
  page.selection = query::parse({}, Kind::subscription, call->parameters,
                                {limits.default_limit, limits.max_limit, limits.max_expression_bytes}, faults);
  Refusal refusal = faults.empty() ? Refusal() : bad_request({}, std::move(faults));
  if (auto missing = check_present(*call)) refusal = std::move(missing);
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  page.asked = "deadLetters/" + call->parts[0];
  bool queued = call->services.scans.offer([call, page] {
    auto json = page_json(*call, page);
    if (!json) return call->answer(json.error());
    http::Response response;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = http::Body(std::move(*json));
    call->answer(std::move(response));
  });
  if (!queued) answer_busy(*call);
}

/// Which of the letters are meant; 404 that names those which are none.
Result<std::vector<std::string>> named_letters(const Call& call, const Value& named) {
  std::vector<std::string> ids;
  auto list = events::list_letters(call.services.letters, call.parts[0]);
  if (!list) return std::move(list).error();
  Error missing = make_error(ErrorKind::not_found, "not all of these are dead letters of the subscription");
  for (std::size_t i = 0; i < named.as_array().size(); ++i) {
    ids.emplace_back(named.as_array()[i].as_text());
    auto is_it = [&](const events::LetterPlace& place) { return place.notification_id == ids.back(); };
    if (std::none_of(list->places.begin(), list->places.end(), is_it))
      missing.faults.push_back({"notificationIds[" + std::to_string(i) + "]", "no such dead letter: " + ids.back()});
  }
  if (!missing.faults.empty()) return missing;
  if (named.is_null())
    for (const events::LetterPlace& place : list->places) ids.push_back(place.notification_id);
  return ids;
}

void redeliver(const CallRef& call) {
  if (auto refusal = check_present(*call)) return call->answer(*refusal);
  auto job = [call] {
    Value named = call->body ? call->body->at("notificationIds") : Value();
    auto ids = named_letters(*call, named);
    if (!ids) return call->answer(ids.error());
    auto accepted = [call, count = ids->size()] {
      http::Response response;
      response.status = 202;
      response.headers.emplace_back("Content-Type", "application/json");
      response.body = http::Body("{\"requested\":" + std::to_string(count) + "}");
      call->answer(std::move(response));
    };
    if (ids->empty()) return accepted();
    if (named.is_null()) ids->clear();  // all, however many there are by then
    auto step = [call, ids = std::move(*ids)](state::Transaction& transaction) {
      return events::ask_redelivery(transaction, call->parts[0], ids);
    };
    commit(call, step, accepted);
  };
  if (!call->services.scans.offer(job)) answer_busy(*call);
}

}  // namespace

void add_delivery(Handlers& handlers, const std::string& version, Idempotency& idempotency) {
  auto change = [&idempotency](const CallRef& call) { rotate(call, idempotency); };
  handlers.add("resumeSubscription" + version, resume);
  handlers.add("rotateSecret" + version, change);
  handlers.add("listDeadLetters" + version, list_letters, Faults::merged);
  handlers.add("redeliverDeadLetters" + version, redeliver);
}

}  // namespace netweave::api::ims
