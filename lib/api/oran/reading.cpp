#include "api/oran/reading.hpp"

#include <algorithm>
#include <array>

#include "api/collection.hpp"
#include "api/oran/filter.hpp"
#include "api/oran/paging.hpp"
#include "api/page.hpp"
#include "base/crypto.hpp"
#include "query/oran_filter.hpp"

namespace netweave::api::oran {
namespace {

/// What a list or a get asks for.
struct Asked {
  query::Parameters parameters;
  std::vector<query::Condition> conditions;  // on the shown attributes
  query::Selectors selectors;
  Paging paging;
  std::string pool;      // of a pool's resources: as the path has it
  std::string identity;  // what a marker is bound to
  std::vector<query::Selectable> shown;
  std::chrono::steady_clock::time_point deadline;
};

std::optional<query::Parameters> read_parameters(Call& call) {
  auto parameters = query::Parameters::parse(call.query);
  if (!parameters) call.answer(bad_request("the query is not percent-encoded UTF-8, or has more than 200 parameters"));
  return parameters;
}

void read_filters(const Call& call, Asked& asked, std::vector<Fault>& faults) {
  std::size_t most = call.services.config.query.max_expression_bytes;
  for (const auto& [name, value] : asked.parameters.items()) {
    if (name != "filter") continue;
    if (value.size() > most) {
      faults.push_back({"filter", "is longer than " + std::to_string(most) + " bytes"});
      continue;
    }
    auto conditions = query::parse_oran_filter(value, faults);
    std::move(conditions.begin(), conditions.end(), std::back_inserter(asked.conditions));
    asked.identity += value + "\n";
  }
}

bool refused(Call& call, std::vector<Fault> faults) {
  if (faults.empty()) return false;
  std::string detail = faults.size() == 1 ? faults[0].field + ": " + faults[0].reason : "parameters are wrong";
  call.answer(bad_request(std::move(detail), std::move(faults)));
  return true;
}

/// 64 bits over whatever makes an answer what it is.
class Tag {
 public:
  void mix(std::uint64_t value) noexcept { hash_ = (hash_ ^ value) * 0x100000001b3ULL; }
  void mix(std::string_view text) noexcept {
    for (char c : text) mix(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  }
  [[nodiscard]] std::string weak(const std::string& epoch) const {
    std::string bytes(reinterpret_cast<const char*>(&hash_), sizeof(hash_));
    return "W/\"" + epoch + "." + crypto::to_hex(bytes) + "\"";
  }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

void answer_body(Call& call, std::string etag, std::string body, http::Response response = {}) {
  if (not_modified(call, etag)) return;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("ETag", std::move(etag));
  response.body = http::Body(std::move(body));
  call.answer(std::move(response));
}

std::string selected(const std::string& json, const query::Selectors& selectors,
                     std::span<const query::Selectable> attributes) {
  return query::select(Value::parse(json).value_or(Value()), selectors, attributes).to_json();
}

/// Items as they are written one after the other, until they are too many bytes.
class Items {
 public:
  Items(const Asked& asked, std::size_t most_bytes) : asked_(asked), most_bytes_(most_bytes) {}

  /// False where this one no longer fits: it is not added.
  template <class Write>
  bool add(Write&& write) {
    std::size_t before = out_.size();
    if (count_ > 0) out_ += ',';
    if (asked_.selectors.any()) {
      one_.clear();
      write(one_);
      out_ += selected(one_, asked_.selectors, asked_.shown);
    } else {
      write(out_);
    }
    if (count_ > 0 && out_.size() + 1 > most_bytes_) {
      out_.resize(before);
      return false;
    }
    ++count_;
    return true;
  }
  std::string finish() { return std::move(out_) + "]"; }

 private:
  const Asked& asked_;
  std::size_t most_bytes_;
  std::size_t count_ = 0;
  std::string out_ = "[";
  std::string one_;
};

/// No object is written in fewer bytes: how many can be in a page of bytes.
constexpr std::size_t least_object_bytes = 128;

query::Selection selection_of(const Call& call, const Face& face, View& view, const Asked& asked) {
  const Config& config = call.services.config;
  query::Selection selection;
  selection.conditions = to_stored(face, view, asked.conditions);
  if (!asked.pool.empty()) {
    query::Condition within;
    within.path = {"resourcePoolId"};
    const model::Object* pool = view.find(Kind::resource_pool, asked.pool);
    if (pool != nullptr) within.operands.emplace_back(pool->id());
    selection.conditions.push_back(std::move(within));
  }
  selection.limit = asked.paging.most(config.query).value_or(config.oran.page_bytes / least_object_bytes + 1);
  selection.offset = asked.paging.offset(config.query);
  if (asked.paging.page == 0) selection.cursor = asked.paging.marker;
  selection.identity = asked.identity;
  return selection;
}

void answer_page(Call& call, const Face& face, View& view, const Asked& asked, const query::Selection& selection,
                 const Plan& plan) {
  auto page = make_page(plan, selection, call.services.cursor_key, asked.deadline, call.request.stop);
  if (!page) return call.answer(marker_problem(page.error()));
  Items items(asked, call.services.config.oran.page_bytes);
  Tag tag;
  tag.mix(call.query);
  tag.mix(page->total);
  const model::Object* last = nullptr;
  for (const model::ObjectRef& object : page->objects) {
    if (!items.add([&](std::string& out) { view.append(face, *object, out); })) {
      page->next = cursor_after(last->id(), plan.digest, call.services.cursor_key);
      break;
    }
    last = object.get();
    tag.mix(last->revision());
    if (face.find("oCloudSiteId") != nullptr) tag.mix(view.sites().site_of(last->id()));
  }
  http::Response response;
  add_links(call, asked.parameters, asked.paging, page->total, page->next, response);
  answer_body(call, tag.weak(call.services.epoch), items.finish(), std::move(response));
}

/// Looks, and answers unless that is too much work for the caller's thread: then false.
bool run(Call& call, const Face& face, const Asked& asked, std::size_t most_work) {
  View view(call.services.config.o_cloud, call.services.state.snapshot());
  query::Selection selection = selection_of(call, face, view, asked);
  Plan plan = make_plan(call.services.state, view.snapshot(), face.kind, selection);
  if (std::max(plan.scans(), std::min(plan.candidates, selection.limit)) > most_work) return false;
  answer_page(call, face, view, asked, selection, plan);
  return true;
}

void answer(const CallRef& call, const Face& face, std::string pool) {
  auto parameters = read_parameters(*call);
  if (!parameters) return;
  auto asked = std::make_shared<Asked>();
  std::vector<Fault> faults;
  const Config& config = call->services.config;
  asked->parameters = std::move(*parameters);
  asked->identity = std::string(face.version) + "\n" + pool + "\n";
  asked->pool = std::move(pool);
  asked->shown = face.selectables();
  read_filters(*call, *asked, faults);
  check_paths(face, asked->conditions, faults);
  asked->selectors = query::parse_selectors(asked->parameters, asked->shown, faults);
  asked->paging = read_paging(asked->parameters, config, faults);
  if (refused(*call, std::move(faults))) return;
  if (!asked->pool.empty()) {
    View view(call->services.config.o_cloud, call->services.state.snapshot());
    if (view.find(Kind::resource_pool, asked->pool) == nullptr)
      return call->answer(not_found("there is no resourcePool " + asked->pool));
  }
  asked->deadline = std::min(call->request.deadline, std::chrono::steady_clock::now() + config.query.scan_timeout);
  if (run(*call, face, *asked, config.query.scan_inline)) return;
  constexpr std::size_t any_work = static_cast<std::size_t>(-1);
  if (call->services.scans.offer([call, &face, asked] { run(*call, face, *asked, any_work); })) return;
  answer_busy(*call);
}

std::string etag_of_shown(Call& call, const Face& face, View& view, const model::Object& object) {
  std::string tag = etag_of(call.services, object);
  if (face.find("oCloudSiteId") == nullptr) return tag;
  tag.pop_back();  // the site is no part of the object
  return tag + "." + std::string(view.sites().site_of(object.id()).substr(0, 8)) + "\"";
}

/// Reads the selectors of a get; false where it answered.
bool read_selectors(Call& call, std::span<const query::Selectable> attributes, query::Selectors& selectors) {
  auto parameters = read_parameters(call);
  if (!parameters) return false;
  std::vector<Fault> faults;
  selectors = query::parse_selectors(*parameters, attributes, faults);
  return !refused(call, std::move(faults));
}

void answer_one(Call& call, Kind kind, const std::string& id, const std::string& pool) {
  const Face& face = face_of(kind, call.version);
  auto attributes = face.selectables();
  query::Selectors selectors;
  if (!read_selectors(call, attributes, selectors)) return;
  View view(call.services.config.o_cloud, call.services.state.snapshot());
  const model::Object* object = view.find(kind, id);
  const model::Object* within = pool.empty() ? nullptr : view.find(Kind::resource_pool, pool);
  if (!pool.empty() && within == nullptr) return call.answer(not_found("there is no resourcePool " + pool));
  bool there = object != nullptr && (within == nullptr || object->pool() == within->id());
  if (!there) {
    std::string where = within == nullptr ? "" : " in resourcePool " + pool;
    return call.answer(not_found("there is no " + std::string(to_string(kind)) + " " + id + where));
  }
  std::string body;
  view.append(face, *object, body);
  if (selectors.any()) body = selected(body, selectors, attributes);
  answer_body(call, etag_of_shown(call, face, view, *object), std::move(body));
}

// ---- what is made of a snapshot

using query::Selectable;

constexpr std::array site_attributes = {
    Selectable{"oCloudSiteId"}, Selectable{"globalLocationId"},    Selectable{"name"},
    Selectable{"description"},  Selectable{"resourcePools", true}, Selectable{"extensions", true, true, true},
};
constexpr std::array location_attributes = {
    Selectable{"globalLocationId"},
    Selectable{"name"},
    Selectable{"description"},
    Selectable{"oCloudSiteIds", true, false, true},
    Selectable{"coordinate", true, true, true},
    Selectable{"civicAddress", true, true, true},
    Selectable{"address", false, false, true},
    Selectable{"extensions", true, true, true},
};

std::span<const Selectable> attributes_of(Made what) {
  if (what == Made::site) return site_attributes;
  return location_attributes;
}

const std::vector<Shown>& all_of(View& view, Made what) {
  return what == Made::site ? view.sites().sites() : view.sites().locations();
}

void check_paths(std::span<const Selectable> attributes, const std::vector<query::Condition>& asked,
                 std::vector<Fault>& faults) {
  for (const query::Condition& condition : asked) {
    auto known = std::find_if(attributes.begin(), attributes.end(),
                              [&](const Selectable& attribute) { return attribute.name == condition.path[0]; });
    if (known == attributes.end() || (condition.path.size() > 1 && !known->open))
      faults.push_back({"filter", "there is no attribute \"" + condition.path[0] + "\""});
  }
}

/// Our own ids in operands stand for the UUIDs that are shown.
void accept_own_ids(View& view, std::vector<query::Condition>& conditions) {
  for (query::Condition& condition : conditions) {
    const std::string& name = condition.path[0];
    bool equality = condition.test == query::Test::any_of || condition.test == query::Test::none_of;
    std::vector<std::string> texts;
    for (const query::Operand& operand : condition.operands)
      if (equality) texts.push_back(operand.text);
    for (const std::string& text : texts) {
      if (name == "resourcePools")
        if (const model::Object* pool = view.snapshot()->find(Kind::resource_pool, text))
          condition.operands.emplace_back(view.uuid_of(Kind::resource_pool, pool->id()));
      if (name == "oCloudSiteId" || name == "oCloudSiteIds")
        for (const Shown& site : view.sites().sites())
          if (site.own == text) condition.operands.emplace_back(site.id);
    }
  }
}

}  // namespace

void answer_list(const CallRef& call, Kind kind) { answer(call, face_of(kind, call->version), {}); }

void answer_resources_of_pool(const CallRef& call) {
  answer(call, face_of(Kind::resource, call->version), call->parts[0]);
}

void answer_object(const CallRef& call, Kind kind) { answer_one(*call, kind, call->parts.back(), {}); }

void answer_resource_of_pool(const CallRef& call) {
  answer_one(*call, Kind::resource, call->parts.back(), call->parts[0]);
}

void answer_list(const CallRef& call, Made what) {
  auto parameters = read_parameters(*call);
  if (!parameters) return;
  const Config& config = call->services.config;
  Asked asked;
  std::vector<Fault> faults;
  asked.parameters = std::move(*parameters);
  asked.shown.assign(attributes_of(what).begin(), attributes_of(what).end());
  read_filters(*call, asked, faults);
  check_paths(asked.shown, asked.conditions, faults);
  asked.selectors = query::parse_selectors(asked.parameters, asked.shown, faults);
  asked.paging = read_paging(asked.parameters, config, faults);
  if (refused(*call, std::move(faults))) return;
  View view(call->services.config.o_cloud, call->services.state.snapshot());
  accept_own_ids(view, asked.conditions);
  std::string digest = (what == Made::site ? "sites\n" : "locations\n") + asked.identity;
  digest = crypto::to_hex(crypto::sha256(digest)).substr(0, 16);
  auto after =
      cursor_place(asked.paging.page == 0 ? asked.paging.marker : std::string(), digest, call->services.cursor_key);
  if (!after) return call->answer(marker_problem(after.error()));
  Items items(asked, config.oran.page_bytes);
  std::size_t most = asked.paging.most(config.query).value_or(SIZE_MAX);
  std::size_t skip = asked.paging.offset(config.query);
  std::size_t total = 0;
  std::size_t count = 0;
  const Shown* last = nullptr;
  std::string next;
  for (const Shown& one : all_of(view, what)) {
    bool matches = std::all_of(asked.conditions.begin(), asked.conditions.end(),
                               [&](const query::Condition& condition) { return query::meets(condition, one.json); });
    if (!matches) continue;
    if (++total <= skip || (!after->empty() && one.id <= *after) || !next.empty()) continue;
    bool added = count < most && items.add([&](std::string& out) { one.json.append_json(out); });
    if (added) {
      ++count;
      last = &one;
    } else {
      next = cursor_after(last->id, digest, call->services.cursor_key);
    }
  }
  http::Response response;
  add_links(*call, asked.parameters, asked.paging, total, next, response);
  std::string body = items.finish();
  Tag tag;
  tag.mix(std::to_string(total) + body);
  answer_body(*call, tag.weak(call->services.epoch), std::move(body), std::move(response));
}

void answer_object(const CallRef& call, Made what) {
  query::Selectors selectors;
  if (!read_selectors(*call, attributes_of(what), selectors)) return;
  View view(call->services.config.o_cloud, call->services.state.snapshot());
  const std::vector<Shown>& all = all_of(view, what);
  const std::string& id = call->parts[0];
  auto found = std::find_if(all.begin(), all.end(), [&](const Shown& one) { return one.id == id || one.own == id; });
  if (found == all.end())
    return call->answer(
        not_found("there is no " + std::string(what == Made::site ? "O-Cloud site " : "location ") + id));
  std::string etag =
      "\"" + call->services.epoch + "." + crypto::to_hex(crypto::sha256(found->json.to_json())).substr(0, 16) + "\"";
  answer_body(*call, std::move(etag), query::select(found->json, selectors, attributes_of(what)).to_json());
}

void answer_value(Call& call, const Value& value, std::span<const query::Selectable> attributes) {
  query::Selectors selectors;
  if (!read_selectors(call, attributes, selectors)) return;
  std::string etag =
      "\"" + call.services.epoch + "." + crypto::to_hex(crypto::sha256(value.to_json())).substr(0, 16) + "\"";
  answer_body(call, std::move(etag), query::select(value, selectors, attributes).to_json());
}

}  // namespace netweave::api::oran
