#include "api/collection.hpp"

#include <algorithm>
#include <map>

#include "api/page.hpp"
#include "api/streams/watch.hpp"
#include "api/validation.hpp"
#include "base/crypto.hpp"
#include "events/reader.hpp"
#include "model/shared.hpp"

namespace netweave::api {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Whether a list of entity tags (RFC 9110 8.8.3) holds `tag`, weakly compared, or is *.
bool holds_tag(std::string_view header, std::string_view tag) {
  auto opaque = [](std::string_view text) { return text.starts_with("W/") ? text.substr(2) : text; };
  while (!header.empty()) {
    std::string_view one = trim(header.substr(0, header.find(',')));
    header.remove_prefix(
        std::min(header.size(), header.find(',') == std::string_view::npos ? header.size() : header.find(',') + 1));
    if (one == "*" || opaque(one) == opaque(tag)) return true;
  }
  return false;
}

std::optional<std::vector<query::Path>> read_fields_parameter(Call& call, Kind kind) {
  std::vector<Fault> faults;
  std::vector<query::Path> fields;
  if (const std::string* given = call.parameters.find("fields"))
    fields = query::parse_fields(dialect_of(call), kind, *given, faults);
  if (refuse(call, std::move(faults))) return std::nullopt;
  return fields;
}

/// From v3 on an object shows whose it is. That stands beside its JSON, so that older versions need not cut it out.
bool shows_tenant(query::Dialect dialect, Kind kind) {
  return dialect.tenants && model::has_tenant(model::table_of(kind));
}
bool shows_tenant(const Call& call, Kind kind) { return shows_tenant(dialect_of(call), kind); }

std::string tenant_member(const model::Object& object) {
  return ",\"tenantId\":\"" + std::string(object.owner()) + "\"}";
}

/// The JSON without what this version does not show.
std::string known_json(query::Dialect dialect, const model::Object& object) {
  std::string body(object.json());
  if (!dialect.tenants)
    if (std::size_t at = model::shared_at(object); at != std::string::npos) body.erase(at, model::shared_member.size());
  return body;
}

/// The object as a Value, as this version shows it.
Value whole_value(const Call& call, const model::Object& object) {
  Value whole = Value::parse(known_json(dialect_of(call), object)).value_or(Value());
  if (shows_tenant(call, object.kind())) whole["tenantId"] = object.owner();
  return whole;
}

/// Keeps the objects of a page alive until it is written.
struct Held {
  std::vector<model::ObjectRef> objects;
  std::string tail;
  std::map<std::string_view, std::string> tenants;  // each one's member, closing brace and comma
};

std::string list_tail(const Call& call, const Page& page, const Value& explained) {
  std::string tail = "],\"total\":" + std::to_string(page.total);
  if (!page.next.empty()) tail += ",\"nextCursor\":\"" + page.next + "\"";
  if (!explained.is_null()) {
    Value explain = explained;
    if (call.scope.all()) explain["scanned"] = static_cast<std::int64_t>(page.scanned);
    explain["matched"] = static_cast<std::int64_t>(page.total);
    explain["durationMs"] = std::chrono::duration<double, std::milli>(call.took()).count();
    tail += ",\"explain\":" + explain.to_json();
  }
  return tail + "}";
}

constexpr std::string_view list_head = "{\"items\":[";

http::Body page_body(const Call& call, Kind kind, const Page& page, const Value& explained) {
  auto held = std::make_shared<Held>();
  held->objects = page.objects;
  held->tail = list_tail(call, page, explained);
  bool tenants = shows_tenant(call, kind);
  std::vector<std::string_view> slices;
  slices.reserve(page.objects.size() * (tenants ? 2 : 1) + 2);
  slices.push_back(list_head);
  for (std::size_t i = 0; i < page.objects.size(); ++i) {
    const model::Object& object = *page.objects[i];
    bool last = i + 1 == page.objects.size();
    if (!tenants) {
      std::string_view json = last ? object.json() : object.json_comma();
      if (std::size_t at = model::shared_at(object); at != std::string_view::npos) {
        slices.push_back(json.substr(0, at));
        json.remove_prefix(at + model::shared_member.size());
      }
      slices.push_back(json);
      continue;
    }
    std::string& member = held->tenants[object.owner()];
    if (member.empty()) member = tenant_member(object) + ",";
    slices.push_back(object.json().substr(0, object.json().size() - 1));
    slices.push_back(std::string_view(member).substr(0, member.size() - (last ? 1 : 0)));
  }
  slices.emplace_back(held->tail);
  return {std::move(slices), std::move(held)};
}

http::Body projected_body(const Call& call, Kind kind, const Page& page, const query::Selection& selection,
                          const Value& explained) {
  std::string out(list_head);
  for (const model::ObjectRef& object : page.objects) {
    if (out.back() != '[') out += ',';
    query::project(whole_value(call, *object), selection.fields, model::table_of(kind).id).append_json(out);
  }
  return {out + list_tail(call, page, explained)};
}

/// Weak, and made of what this caller sees alone: another tenant's changes must not show in it.
std::string page_tag(const Services& services, const Page& page, std::string_view query) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  auto mix = [&hash](std::uint64_t value) { hash = (hash ^ value) * 0x100000001b3ULL; };
  for (char c : query) mix(static_cast<unsigned char>(c));
  mix(page.total);
  for (const model::ObjectRef& object : page.objects) mix(object->revision());
  std::string bytes(reinterpret_cast<const char*>(&hash), sizeof(hash));
  return "W/\"" + services.epoch() + "." + crypto::to_hex(bytes) + "\"";
}

}  // namespace

bool not_modified(Call& call, const std::string& etag, const http::Headers& headers) {
  const std::string* header = call.header("If-None-Match");
  if (header == nullptr || !holds_tag(*header, etag)) return false;
  http::Response response;
  response.status = 304;
  response.headers = headers;
  response.headers.emplace_back("ETag", etag);
  call.answer(std::move(response));
  return true;
}

model::ObjectRef find(const Call& call, Kind kind, std::string_view id) {
  auto snapshot = call.services.state.snapshot();
  const model::Object* object = snapshot->find(kind, id);
  return object != nullptr && call.scope.sees(*snapshot, *object) ? model::ObjectRef::share(object) : nullptr;
}

Refusal check_present(const Call& call, Kind kind, const std::string& id) {
  return find(call, kind, id) ? Refusal() : absent(kind, id);
}

Problem absent(Kind kind, const std::string& id) {
  return not_found("there is no " + std::string(to_string(kind)) + " " + id);
}

std::string etag_of(const Services& services, const model::Object& object) {
  std::string tag = "\"";
  tag.append(services.epoch()).append(".").append(std::to_string(object.revision())).append("\"");
  return tag;
}

namespace {

/// Evaluates the list and answers. Blocks for as long as that takes.
void answer_page(Call& call, const query::Selection& selection, const Plan& plan,
                 std::chrono::steady_clock::time_point deadline) {
  auto page = make_page(plan, selection, call.services.cursor_key, deadline, call.request.stop);
  if (!page) return call.answer(page.error());
  std::string etag = page_tag(call.services, *page, call.query);
  http::Headers headers;
  if (dialect_of(call).operators)
    headers.emplace_back("X-Netweave-Revision",
                         events::format_position(plan.snapshot->epoch(), plan.snapshot->revision()));
  if (not_modified(call, etag, headers)) return;
  Value explained = selection.explain ? plan.describe() : Value();
  http::Response response;
  response.headers = std::move(headers);
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("ETag", std::move(etag));
  response.body = selection.fields.empty() ? page_body(call, plan.kind, *page, explained)
                                           : projected_body(call, plan.kind, *page, selection, explained);
  call.answer(std::move(response));
}

}  // namespace

query::Dialect dialect_of(const Call& call) { return {call.version != "v1", call.version == "v3"}; }

void answer_list(const CallRef& call, Kind kind, std::vector<query::Condition> within) {
  if (streams::is_watch(*call)) return streams::answer_watch(call, kind, std::move(within));
  std::vector<Fault> faults;
  bool since_v2 = dialect_of(*call).operators;
  if (since_v2) streams::refuse_watching(*call, faults);
  const QueryConfig& config = call->services.config.query;
  query::Limits limits{config.default_limit, config.max_limit, config.max_expression_bytes};
  query::Selection selection = query::parse(
      dialect_of(*call), kind, since_v2 ? streams::without_own(call->parameters) : call->parameters, limits, faults);
  std::move(within.begin(), within.end(), std::back_inserter(selection.conditions));
  if (refuse(*call, std::move(faults))) return;
  auto deadline = std::min(call->request.deadline, std::chrono::steady_clock::now() + config.scan_timeout);
  {
    Plan plan = make_plan(call->services.state, kind, selection, call->scope);
    if (plan.scans() <= config.scan_inline) return answer_page(*call, selection, plan, deadline);
  }
  // what looks at many objects leaves the caller's thread, which serves others; it plans anew when its turn comes, so
  // that no snapshot waits in the queue
  bool queued = call->services.scans.offer([call, kind, deadline, selection = std::move(selection)] {
    answer_page(*call, selection, make_plan(call->services.state, kind, selection, call->scope), deadline);
  });
  if (!queued) answer_busy(*call);
}

void answer_busy(Call& call) {
  call.answer(
      busy("lists that look at every object wait already, as many as query.scan_waiting allows: narrow this one by a "
           "pool, a type or a label, or try again"));
}

void answer_object(Call& call, Kind kind, const std::string& id, const std::string& extra) {
  std::vector<query::Path> fields;
  if (!call.query.empty() || !call.faults.empty()) {
    auto given = read_fields_parameter(call, kind);
    if (!given) return;
    fields = std::move(*given);
  }
  model::ObjectRef object = find(call, kind, id);
  if (!object) return call.answer(absent(kind, id));
  std::string etag = etag_of(call.services, *object);
  if (not_modified(call, etag)) return;
  http::Response response;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("ETag", std::move(etag));
  if (!fields.empty()) {
    response.body = http::Body(query::project(whole_value(call, *object), fields, model::table_of(kind).id).to_json());
  } else if (bool tenant = shows_tenant(call, kind);
             tenant || !extra.empty() || model::shared_at(*object) != std::string_view::npos) {
    response.body = http::Body(shown_json(call, *object, extra));
  } else {
    std::string_view json = object->json();
    response.body = http::Body({json}, std::make_shared<model::ObjectRef>(std::move(object)));
  }
  call.answer(std::move(response));
}

std::string whole_json(query::Dialect dialect, const model::Object& object) {
  std::string body = known_json(dialect, object);
  if (!shows_tenant(dialect, object.kind())) return body;
  body.pop_back();
  return body + tenant_member(object);
}

std::string shown_json(const Call& call, const model::Object& object, const std::string& extra) {
  std::string body = known_json(dialect_of(call), object);
  body.pop_back();
  body += extra;
  return body + (shows_tenant(call, object.kind()) ? tenant_member(object) : "}");
}

void answer_written(Call& call, int status, const model::ObjectRef& object, const std::string& location) {
  call.note(*object);
  http::Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("ETag", etag_of(call.services, *object));
  if (!location.empty()) response.headers.emplace_back("Location", location);
  response.body = http::Body(shown_json(call, *object));
  call.answer(std::move(response));
}

Refusal check_if_match(const Services& services, const std::string* header, const model::Object& object) {
  if (header == nullptr || holds_tag(*header, etag_of(services, object))) return {};
  return precondition_failed("the object has changed since that ETag: read it again");
}

}  // namespace netweave::api
