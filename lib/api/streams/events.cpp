#include "api/streams/events.hpp"

#include <algorithm>
#include <array>

#include "api/collection.hpp"
#include "api/streams/kind_filter.hpp"
#include "api/streams/stream.hpp"
#include "api/validation.hpp"
#include "base/json.hpp"
#include "events/event.hpp"

namespace netweave::api::streams {
namespace {

using events::EventMask;
using events::EventType;

constexpr std::array<std::string_view, 3> own_parameters = {"eventTypes", "fromRevision", "timeoutSeconds"};

void add_member(std::string& out, std::string_view name, std::string_view json) {
  out.append(",\"").append(name).append("\":").append(one_line(json));
}

/// One event: a webhook's body without what is its subscription's.
std::string event_text(const events::Telling& telling, const EventType& type) {
  const store::Entry& entry = telling.entry();
  std::string out = "id: " + telling.position() + "\nevent: ";
  out.append(type.name).append("\ndata: {\"eventType\":\"").append(type.name).append("\"");
  add_member(out, to_string(entry.subject().kind()), entry.subject().json());
  if (entry.prior) add_member(out, "priorState", entry.prior->json());
  return out.append(",\"timestamp\":\"").append(format_rfc3339(entry.time)).append("\"}\n\n");
}

class EventTopic final : public events::Topic {
 public:
  EventTopic(EventMask events, std::vector<KindFilter> filters) : events_(events), filters_(std::move(filters)) {}

  [[nodiscard]] events::Text tell(const events::Telling& telling) const override {
    const store::Entry& entry = telling.entry();
    const EventType* type = events::event_type_of(entry);
    if (type == nullptr || (events_ & type->bit) == 0) return nullptr;
    bool told = std::any_of(filters_.begin(), filters_.end(), [&](const KindFilter& filter) {
      return filter.kind() == type->kind && (filter.meets(entry.object) || filter.meets(entry.prior));
    });
    if (!told) return nullptr;
    return telling.text(events::Telling::Form::event, [&] { return event_text(telling, *type); });
  }
  [[nodiscard]] std::string begin(std::string_view position) const override {
    return "retry: 1000\n" + bookmark(position);
  }
  /// A client takes the id and dispatches nothing.
  [[nodiscard]] std::string bookmark(std::string_view position) const override {
    return "id: " + std::string(position) + "\n\n";
  }
  [[nodiscard]] std::string end(events::Ending why, std::string_view position, std::string_view) const override {
    return ": ends: " + std::string(events::to_string(why)) + "\n" + bookmark(position);
  }

 private:
  EventMask events_;
  std::vector<KindFilter> filters_;
};

EventMask read_types(const query::Parameters& parameters, std::vector<Fault>& faults) {
  EventMask mask = 0;
  for (const std::string& text : parameters.all("eventTypes")) {
    std::string_view rest = text;
    while (true) {
      std::string_view name = rest.substr(0, rest.find(','));
      if (const EventType* type = events::find_event_type(name))
        mask |= type->bit;
      else
        faults.push_back({"eventTypes", "\"" + std::string(name) + "\" is no event type"});
      if (name.size() == rest.size()) break;
      rest.remove_prefix(name.size() + 1);
    }
  }
  return mask == 0 ? events::default_events("v2") : mask;
}

bool has(EventMask mask, Kind kind) {
  auto types = events::event_types();
  return std::any_of(types.begin(), types.end(),
                     [&](const EventType& type) { return type.kind == kind && (mask & type.bit) != 0; });
}

/// A kind whose list does not know a parameter is not told of. Where that leaves none, the parameter is at fault.
std::vector<KindFilter> read_filters(const Call& call, EventMask events, std::vector<Fault>& faults) {
  const QueryConfig& config = call.services.config.query;
  query::Limits limits{config.default_limit, config.max_limit, config.max_expression_bytes};
  query::Parameters parameters = call.parameters.without(own_parameters);
  constexpr std::string_view no_pages = "is for pages: a stream has none";
  refuse_paging(parameters, no_pages, faults);
  if (parameters.find("fields") != nullptr) faults.push_back({"fields", std::string(no_pages)});
  std::vector<KindFilter> filters;
  std::vector<Fault> unknown;
  for (Kind kind : {Kind::resource, Kind::resource_pool, Kind::resource_type, Kind::deployment_manager}) {
    if (!has(events, kind)) continue;
    std::vector<Fault> own;
    query::Selection selection = query::parse(dialect_of(call), kind, parameters, limits, own);
    if (own.empty()) refuse_reaching(selection, faults);
    if (own.empty()) filters.emplace_back(kind, std::move(selection.conditions));
    unknown.insert(unknown.end(), own.begin(), own.end());
  }
  if (filters.empty())
    for (Fault& fault : unknown) {
      auto same = [&](const Fault& other) { return other.field == fault.field && other.reason == fault.reason; };
      if (std::none_of(faults.begin(), faults.end(), same)) faults.push_back(std::move(fault));
    }
  return filters;
}

/// What two requests must agree in to be told the same.
std::string key_of(const Call& call) {
  std::string key = "events " + std::string(call.version);
  for (const auto& [name, value] : call.parameters.items())
    if (name != "fromRevision" && name != "timeoutSeconds") key.append("\n").append(name).append("\n").append(value);
  return key;
}

void stream_events(const CallRef& call) {
  std::vector<Fault> faults;
  EventMask events = read_types(call->parameters, faults);
  std::vector<KindFilter> filters = read_filters(*call, events, faults);
  Opening opening;
  opening.timeout = read_timeout(call->parameters, faults);
  if (refuse(*call, std::move(faults))) return;
  opening.topic = std::make_shared<EventTopic>(events, std::move(filters));
  opening.key = key_of(*call);
  opening.content_type = "text/event-stream";
  // the header comes with a client's reconnection, and the query is what it began with
  const std::string* last = call->header("Last-Event-ID");
  if (last == nullptr || last->empty()) last = call->parameters.find("fromRevision");
  if (last != nullptr) opening.after = *last;
  answer_stream(call, std::move(opening));
}

}  // namespace

void add_events(Handlers& handlers, const std::string& version) {
  handlers.add("streamEvents" + version, stream_events, Faults::merged);
}

}  // namespace netweave::api::streams
