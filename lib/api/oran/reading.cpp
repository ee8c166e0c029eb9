#include "api/oran/reading.hpp"

#include <algorithm>

#include "api/collection.hpp"
#include "api/oran/asked.hpp"
#include "api/oran/filter.hpp"
#include "api/page.hpp"
#include "api/validation.hpp"
#include "base/crypto.hpp"

namespace netweave::api::oran {
namespace {

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
      page->next = cursor_after(last->id(), plan.asked, call.services.cursor_key);
      break;
    }
    last = object.get();
    tag.mix(last->revision());
    tag.mix(view.shown_beside(face, *last));
  }
  http::Response response;
  add_links(call, asked.paging, page->total, page->next, response);
  answer_body(call, tag.weak(call.services.epoch()), items.finish(), std::move(response));
}

/// Looks and answers; false where that is more work than `most_work` objects.
bool run(Call& call, const Face& face, const Asked& asked, std::size_t most_work) {
  View view(call);
  query::Selection selection = selection_of(call, face, view, asked);
  Plan plan = make_plan(call.services.state, view.snapshot(), face.kind, selection, call.scope);
  if (std::max(plan.scans(), std::min(plan.candidates, selection.limit)) > most_work) return false;
  answer_page(call, face, view, asked, selection, plan);
  return true;
}

bool pool_is_there(const Call& call, const std::string& pool) {
  View view(call);
  return view.find(Kind::resource_pool, pool) != nullptr;
}

void answer(const CallRef& call, const Face& face, std::string pool) {
  auto asked = std::make_shared<Asked>();
  std::vector<Fault> faults;
  asked->identity = std::string(face.version) + "\n" + pool + "\n";
  asked->pool = std::move(pool);
  read_list(*call, face.selectables(), *asked, faults);
  if (refuse(*call, std::move(faults))) return;
  if (!asked->pool.empty() && !pool_is_there(*call, asked->pool))
    return call->answer(not_found("there is no resourcePool " + asked->pool));
  if (run(*call, face, *asked, call->services.config.query.scan_inline)) return;
  // what looks at many objects, or writes them, leaves the caller's thread, and takes a snapshot when its turn comes
  constexpr std::size_t any_work = static_cast<std::size_t>(-1);
  if (call->services.scans.offer([call, &face, asked] { run(*call, face, *asked, any_work); })) return;
  answer_busy(*call);
}

std::string tag_of_shown(Call& call, const Face& face, View& view, const model::Object& object) {
  std::string tag = etag_of(call.services, object);
  std::string beside = view.shown_beside(face, object);
  if (beside.empty()) return tag;
  tag.pop_back();
  return tag + "." + crypto::to_hex(crypto::sha256(beside)).substr(0, 16) + "\"";
}

void answer_shown(Call& call, const Face& face, View& view, const model::Object& object,
                  const query::Selectors& selectors) {
  std::string body;
  view.append(face, object, body);
  answer_body(call, tag_of_shown(call, face, view, object), selected(body, selectors, face.selectables()));
}

void answer_one(Call& call, Kind kind, const std::string& id, const std::string& pool) {
  const Face& face = face_of(kind, call.version);
  query::Selectors selectors;
  if (!read_selectors(call, face.selectables(), selectors)) return;
  View view(call);
  const model::Object* object = view.find(kind, id);
  const model::Object* within = pool.empty() ? nullptr : view.find(Kind::resource_pool, pool);
  if (!pool.empty() && within == nullptr) return call.answer(not_found("there is no resourcePool " + pool));
  if (object == nullptr || (within != nullptr && object->pool() != within->id())) {
    std::string where = within == nullptr ? "" : " in resourcePool " + pool;
    return call.answer(not_found("there is no " + std::string(to_string(kind)) + " " + id + where));
  }
  answer_shown(call, face, view, *object, selectors);
}

/// The attribute by which types link to objects of that kind.
const Attribute* link_to(const Face& type, Kind kind) {
  auto found = std::find_if(type.attributes.begin(), type.attributes.end(), [&](const Attribute& attribute) {
    return attribute.how == How::link && attribute.of == kind;
  });
  return found == type.attributes.end() ? nullptr : &*found;
}

}  // namespace

void answer_list(const CallRef& call, Kind kind) { answer(call, face_of(kind, call->version), {}); }

void answer_resources_of_pool(const CallRef& call) {
  answer(call, face_of(Kind::resource, call->version), call->parts[0]);
}

void answer_object(const CallRef& call, Kind kind) { answer_one(*call, kind, call->parts[0], {}); }

void answer_resource_of_pool(const CallRef& call) { answer_one(*call, Kind::resource, call->parts[1], call->parts[0]); }

void answer_dictionary_of_type(const CallRef& call, Kind kind) {
  const Face& face = face_of(kind, call->version);
  query::Selectors selectors;
  if (!read_selectors(*call, face.selectables(), selectors)) return;
  View view(*call);
  const std::string& id = call->parts[0];
  const model::Object* type = view.find(Kind::resource_type, id);
  if (type == nullptr) return call->answer(not_found("there is no resourceType " + id));
  const Attribute* link = link_to(face_of(Kind::resource_type, call->version), kind);
  const model::Object* dictionary = link == nullptr ? nullptr : view.linked(*link, *type);
  if (dictionary == nullptr)
    return call->answer(not_found("resourceType " + id + " has no " + std::string(to_string(kind))));
  answer_shown(*call, face, view, *dictionary, selectors);
}

}  // namespace netweave::api::oran
