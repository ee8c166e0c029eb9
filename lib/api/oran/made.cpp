#include <algorithm>
#include <array>

#include "api/oran/asked.hpp"
#include "api/oran/reading.hpp"
#include "api/oran/view.hpp"
#include "api/page.hpp"
#include "api/validation.hpp"

namespace netweave::api::oran {
namespace {

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

std::vector<Shown> all_of(View& view, Made what) {
  std::vector<const model::Object*> pools = view.pools();
  return what == Made::site ? make_sites(view.sites(), pools)
                            : make_locations(view.config(), view.sites(), *view.snapshot(), pools);
}

/// Our own ids in operands stand for the UUIDs that are shown.
void accept_own_ids(View& view, std::vector<query::Condition>& conditions) {
  std::vector<Shown> sites;
  if (!conditions.empty()) sites = all_of(view, Made::site);
  for (query::Condition& condition : conditions) {
    if (condition.test != query::Test::any_of && condition.test != query::Test::none_of) continue;
    const std::string& name = condition.path[0];
    std::vector<query::Operand> more;
    for (const query::Operand& operand : condition.operands) {
      if (name == "resourcePools" && view.find(Kind::resource_pool, operand.text) != nullptr)
        more.emplace_back(view.uuid_of(Kind::resource_pool, operand.text));
      if (name != "oCloudSiteId" && name != "oCloudSiteIds") continue;
      for (const Shown& site : sites)
        if (site.own == operand.text) more.emplace_back(site.id);
    }
    std::move(more.begin(), more.end(), std::back_inserter(condition.operands));
  }
}

/// What matches, by id.
std::vector<Shown> matching(View& view, Made what, const std::vector<query::Condition>& conditions) {
  std::vector<Shown> all = all_of(view, what);
  std::erase_if(all, [&](const Shown& one) {
    return std::any_of(conditions.begin(), conditions.end(),
                       [&](const query::Condition& condition) { return !query::meets(condition, one.json); });
  });
  return all;
}

}  // namespace

void answer_list(const CallRef& call, Made what) {
  Asked asked;
  std::vector<Fault> faults;
  asked.identity = what == Made::site ? "sites\n" : "locations\n";
  read_list(*call, attributes_of(what), asked, faults);
  if (refuse(*call, std::move(faults))) return;
  View view(*call);
  accept_own_ids(view, asked.conditions);
  const std::string& key = call->services.cursor_key;
  auto after = cursor_place(asked.paging.page == 0 ? asked.paging.marker : std::string(), asked.identity, key);
  if (!after) return call->answer(marker_problem(after.error()));
  std::vector<Shown> found = matching(view, what, asked.conditions);
  std::size_t at = std::min(asked.paging.offset(call->services.config.query), found.size());
  while (at < found.size() && !after->empty() && found[at].id <= *after) ++at;
  Items items(asked, call->services.config.oran.page_bytes);
  std::size_t most = asked.paging.most(call->services.config.query).value_or(found.size());
  while (at < found.size() && items.count() < most &&
         items.add([&](std::string& out) { found[at].json.append_json(out); }))
    ++at;
  http::Response response;
  add_links(*call, asked.paging, found.size(),
            at < found.size() ? cursor_after(found[at - 1].id, asked.identity, key) : std::string(), response);
  std::string body = items.finish();
  Tag tag;
  tag.mix(found.size());
  tag.mix(body);
  answer_body(*call, tag.weak(call->services.epoch()), std::move(body), std::move(response));
}

void answer_object(const CallRef& call, Made what) {
  query::Selectors selectors;
  if (!read_selectors(*call, attributes_of(what), selectors)) return;
  View view(*call);
  std::vector<Shown> all = all_of(view, what);
  const std::string& id = call->parts[0];
  auto found = std::find_if(all.begin(), all.end(), [&](const Shown& one) { return one.id == id || one.own == id; });
  if (found == all.end())
    return call->answer(
        not_found("there is no " + std::string(what == Made::site ? "O-Cloud site " : "location ") + id));
  std::string json = found->json.to_json();
  answer_body(*call, tag_of_content(*call, json), selected(json, selectors, attributes_of(what)));
}

void answer_value(Call& call, const Value& value, std::span<const Selectable> attributes) {
  query::Selectors selectors;
  if (!read_selectors(call, attributes, selectors)) return;
  std::string json = value.to_json();
  answer_body(call, tag_of_content(call, json), selected(json, selectors, attributes));
}

}  // namespace netweave::api::oran
