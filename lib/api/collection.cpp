#include "api/collection.hpp"

#include <algorithm>

#include "api/page.hpp"
#include "api/validation.hpp"
#include "base/crypto.hpp"

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

std::optional<std::vector<std::vector<std::string>>> read_fields_parameter(Call& call, Kind kind) {
  std::vector<Fault> faults;
  query::Parameters only_fields;
  if (const std::string* fields = call.parameters.find("fields"))
    only_fields = *query::Parameters::parse("fields=" + query::percent_encode(*fields));
  query::Selection selection = query::parse_simple(kind, only_fields, {}, faults);
  if (refuse(call, std::move(faults))) return std::nullopt;
  return selection.fields;
}

/// Keeps the objects of a page alive until it is written.
struct Held {
  std::vector<model::ObjectRef> objects;
  std::string head;
  std::string tail;
};

http::Body page_body(const Page& page) {
  auto held = std::make_shared<Held>();
  held->objects = page.objects;
  held->head = "{\"items\":[";
  held->tail = "],\"total\":" + std::to_string(page.total);
  if (!page.next.empty()) held->tail += ",\"nextCursor\":\"" + page.next + "\"";
  held->tail += '}';
  std::vector<std::string_view> slices;
  slices.reserve(page.objects.size() + 2);
  slices.emplace_back(held->head);
  for (std::size_t i = 0; i < page.objects.size(); ++i)
    slices.push_back(i + 1 < page.objects.size() ? page.objects[i]->json_comma() : page.objects[i]->json());
  slices.emplace_back(held->tail);
  return {std::move(slices), std::move(held)};
}

http::Body projected_body(Kind kind, const Page& page, const query::Selection& selection) {
  std::string out = "{\"items\":[";
  for (const model::ObjectRef& object : page.objects) {
    if (out.back() != '[') out += ',';
    Value whole = Value::parse(object->json()).value_or(Value());
    query::project(whole, selection.fields, model::table_of(kind).id).append_json(out);
  }
  out += "],\"total\":" + std::to_string(page.total);
  if (!page.next.empty()) out += ",\"nextCursor\":\"" + page.next + "\"";
  return {out + "}"};
}

/// Weak, and made of what this caller sees alone: another tenant's changes must not show in it.
std::string page_tag(const Services& services, const Page& page, std::string_view query) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  auto mix = [&hash](std::uint64_t value) { hash = (hash ^ value) * 0x100000001b3ULL; };
  for (char c : query) mix(static_cast<unsigned char>(c));
  mix(page.total);
  for (const model::ObjectRef& object : page.objects) mix(object->revision());
  std::string bytes(reinterpret_cast<const char*>(&hash), sizeof(hash));
  return "W/\"" + services.epoch + "." + crypto::to_hex(bytes) + "\"";
}

}  // namespace

bool not_modified(Call& call, const std::string& etag) {
  const std::string* header = call.header("If-None-Match");
  if (header == nullptr || !holds_tag(*header, etag)) return false;
  http::Response response;
  response.status = 304;
  response.headers.emplace_back("ETag", etag);
  call.answer(std::move(response));
  return true;
}

std::string etag_of(const Services& services, const model::Object& object) {
  std::string tag = "\"";
  tag.append(services.epoch).append(".").append(std::to_string(object.revision())).append("\"");
  return tag;
}

void answer_list(Call& call, Kind kind, std::vector<query::Condition> within) {
  std::vector<Fault> faults;
  query::Limits limits{call.services.config.query.default_limit, call.services.config.query.max_limit};
  query::Selection selection = query::parse_simple(kind, call.parameters, limits, faults);
  std::move(within.begin(), within.end(), std::back_inserter(selection.conditions));
  if (refuse(call, std::move(faults))) return;
  auto snapshot = call.services.state.snapshot();
  auto page = make_page(*snapshot, kind, selection, call.services.cursor_key);
  if (!page) return call.answer(page.error());
  std::string etag = page_tag(call.services, *page, call.query);
  if (not_modified(call, etag)) return;
  http::Response response;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("ETag", std::move(etag));
  response.body = selection.fields.empty() ? page_body(*page) : projected_body(kind, *page, selection);
  call.answer(std::move(response));
}

void answer_object(Call& call, Kind kind, const std::string& id, const std::string& extra) {
  std::vector<std::vector<std::string>> fields;
  if (!call.query.empty() || !call.faults.empty()) {
    auto given = read_fields_parameter(call, kind);
    if (!given) return;
    fields = std::move(*given);
  }
  model::ObjectRef object;
  {
    auto snapshot = call.services.state.snapshot();
    object = model::ObjectRef::share(snapshot->find(kind, id));
  }
  if (!object) return call.answer(not_found("there is no " + std::string(to_string(kind)) + " " + id));
  std::string etag = etag_of(call.services, *object);
  if (not_modified(call, etag)) return;
  http::Response response;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("ETag", std::move(etag));
  if (!fields.empty()) {
    Value whole = Value::parse(object->json()).value_or(Value());
    response.body = http::Body(query::project(whole, fields, model::table_of(kind).id).to_json());
  } else if (!extra.empty()) {
    std::string body(object->json());
    body.pop_back();
    response.body = http::Body(body + extra + "}");
  } else {
    std::string_view json = object->json();
    response.body = http::Body({json}, std::make_shared<model::ObjectRef>(std::move(object)));
  }
  call.answer(std::move(response));
}

void answer_written(Call& call, int status, const model::ObjectRef& object, const std::string& location) {
  http::Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("ETag", etag_of(call.services, *object));
  if (!location.empty()) response.headers.emplace_back("Location", location);
  response.body = http::Body(std::string(object->json()));
  call.answer(std::move(response));
}

bool if_match_holds(Call& call, const model::Object& object) {
  const std::string* header = call.header("If-Match");
  if (header == nullptr || holds_tag(*header, etag_of(call.services, object))) return true;
  call.answer(precondition_failed("the object has changed since that ETag: read it again"));
  return false;
}

}  // namespace netweave::api
