#include "api/page.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/crypto.hpp"
#include "model/fields.hpp"

namespace netweave::api {
namespace {

using query::Condition;
using query::Selection;
using query::SortValue;
using query::Subject;
using state::Order;
using state::Place;

/// A place in a sort order: the keys' values, then the id. What a cursor holds.
struct Point {
  std::vector<SortValue> keys;
  std::string id;
};

/// What a cursor is good for: the same list with the same conditions and order, whatever its limit.
std::string digest_of(Kind kind, const Selection& selection) {
  std::string text(1, static_cast<char>(kind));
  auto add_path = [&](const std::vector<std::string>& path) {
    for (const std::string& segment : path) text.append(segment).append("\x1f");
  };
  for (const Condition& condition : selection.conditions) {
    text += static_cast<char>('0' + static_cast<int>(condition.subject) * 2 + static_cast<int>(condition.test));
    add_path(condition.path);
    for (const std::string& value : condition.values) text.append("\x1e").append(value);
  }
  for (const query::SortKey& key : selection.sort) {
    text += key.descending ? '-' : '+';
    add_path(key.path);
  }
  return crypto::to_hex(crypto::sha256(text)).substr(0, 16);
}

std::string write_cursor(const Point& point, const std::string& digest, const std::string& key) {
  Value json = Value::array();
  json.push_back(digest);
  json.push_back(point.id);
  for (const SortValue& value : point.keys) json.push_back(value.to_value());
  std::string text = json.to_json();
  return crypto::to_base64url(crypto::hmac_sha256(key, text).substr(0, 16) + text);
}

Result<Point> read_cursor(const std::string& cursor, const Selection& selection, const std::string& digest,
                          const std::string& key) {
  auto refuse = [] {
    Error error = make_error(ErrorKind::invalid, "the cursor is not one of this list: begin without one");
    error.faults.push_back({"cursor", "not given out for this query"});
    return error;
  };
  auto bytes = crypto::from_base64url(cursor);
  if (!bytes || bytes->size() < 16) return refuse();
  std::string text = bytes->substr(16);
  if (!crypto::equal(crypto::hmac_sha256(key, text).substr(0, 16), bytes->substr(0, 16))) return refuse();
  auto json = Value::parse(text);
  if (!json || json->size() != 2 + selection.sort.size() || json->as_array()[0].as_text() != digest) return refuse();
  Point point;
  point.id = json->as_array()[1].as_text();
  for (std::size_t i = 2; i < json->size(); ++i) point.keys.push_back(SortValue::from_value(json->as_array()[i]));
  return point;
}

/// The part of a tree that a list walks: everything, or one group of an index.
struct Source {
  const state::Tree* tree;
  Order order = Order::by_id;
  std::string_view group = {};

  [[nodiscard]] bool within(const model::Object& object) const {
    return order == Order::by_id || state::place_of(order, object).group == group;
  }
  [[nodiscard]] std::size_t begin_rank() const { return order == Order::by_id ? 0 : tree->rank(order, {group, {}}); }
  [[nodiscard]] std::size_t end_rank() const {
    if (order == Order::by_id) return tree->size();
    std::string beyond(group);
    beyond += '\0';  // the first group after this one, as ids hold no such byte
    return tree->rank(order, {beyond, {}});
  }
};

/// Picks an index for an equality that it answers. `answered` is that condition, or nullptr.
Source pick_source(const state::Snapshot& snapshot, Kind kind, const std::vector<Condition>& conditions,
                   const Condition*& answered) {
  Source source{&snapshot.table(kind)};
  if (kind != Kind::resource) return source;
  for (auto place = conditions.begin(); place != conditions.end(); ++place) {
    bool single = place->subject == Subject::self && place->path.size() == 1 && place->values.size() == 1 &&
                  place->test == query::Test::equal_any;
    bool pool = single && place->path[0] == "resourcePoolId";
    bool type = single && place->path[0] == "resourceTypeId";
    if (!pool && !type) continue;
    source.order = pool ? Order::by_pool : Order::by_type;
    source.tree = &snapshot.index(source.order);
    source.group = place->values[0];
    answered = &*place;
    return source;
  }
  return source;
}

/// Looks at an object through the conditions, parsing its JSON, and its pool's and type's, only when one asks.
class Matcher {
 public:
  Matcher(const state::Snapshot& snapshot, const std::vector<Condition>& conditions)
      : snapshot_(snapshot), conditions_(conditions) {}

  bool matches(const model::Object& object) {
    own_.reset();
    for (const Condition& condition : conditions_)
      if (!meets(condition, object)) return false;
    return true;
  }
  const Value& parsed(const model::Object& object) {
    if (!own_) own_ = Value::parse(object.json()).value_or(Value());
    return *own_;
  }

 private:
  bool meets(const Condition& condition, const model::Object& object) {
    if (condition.subject == Subject::self) {
      if (auto quick = by_handle(condition, object)) return *quick;
      return query::meets(condition, parsed(object));
    }
    bool pool = condition.subject == Subject::pool;
    std::string id(pool ? object.pool() : object.type());
    const model::Object* other = snapshot_.find(pool ? Kind::resource_pool : Kind::resource_type, id);
    if (other == nullptr) return false;
    auto [place, made] = others_.try_emplace(other);
    if (made) place->second = Value::parse(other->json()).value_or(Value());
    return query::meets(condition, place->second);
  }

  /// Ids stand in the object itself: no JSON to read.
  static std::optional<bool> by_handle(const Condition& condition, const model::Object& object) {
    if (condition.path.size() != 1 || condition.test != query::Test::equal_any) return std::nullopt;
    const std::string& field = condition.path[0];
    std::string_view value;
    if (field == model::table_of(object.kind()).id)
      value = object.id();
    else if (object.kind() == Kind::resource && field == "resourcePoolId")
      value = object.pool();
    else if (object.kind() == Kind::resource && field == "resourceTypeId")
      value = object.type();
    else
      return std::nullopt;
    return std::find(condition.values.begin(), condition.values.end(), value) != condition.values.end();
  }

  const state::Snapshot& snapshot_;
  const std::vector<Condition>& conditions_;
  std::optional<Value> own_;
  std::map<const model::Object*, Value> others_;
};

struct Found {
  const model::Object* object;
  std::vector<SortValue> keys;
};

bool before(const Selection& selection, const Found& a, const std::vector<SortValue>& keys, std::string_view id) {
  for (std::size_t i = 0; i < selection.sort.size(); ++i)
    if (int side = query::compare(a.keys[i], keys[i], selection.sort[i].descending); side != 0) return side < 0;
  return a.object->id() < id;
}

/// The page of a list in id order without conditions left: no object is looked at that the page does not show.
Page page_by_id(const Source& source, const Selection& selection, const std::optional<Point>& after) {
  Page page;
  std::size_t begin = source.begin_rank();
  std::size_t end = source.end_rank();
  page.total = end - begin;
  auto cursor = after ? source.tree->lower_bound(source.order, {source.group, after->id}, true)
                      : source.tree->select(begin + std::min(selection.offset, page.total));
  for (; cursor.valid() && source.within(*cursor) && page.objects.size() < selection.limit; cursor.next())
    page.objects.push_back(model::ObjectRef::share(&*cursor));
  if (cursor.valid() && source.within(*cursor)) page.next = "more";
  return page;
}

/// The page of a list that must look at every object of its source.
Page page_by_scan(const state::Snapshot& snapshot, const Source& source, const Selection& selection,
                  const std::vector<Condition>& conditions, const std::optional<Point>& after) {
  Matcher matcher(snapshot, conditions);
  std::vector<Found> found;
  auto cursor = source.order == Order::by_id ? source.tree->begin() : source.tree->select(source.begin_rank());
  for (; cursor.valid() && source.within(*cursor); cursor.next()) {
    if (!matcher.matches(*cursor)) continue;
    Found one{&*cursor, {}};
    for (const query::SortKey& key : selection.sort)
      one.keys.push_back(SortValue::of(matcher.parsed(*cursor), key.path));
    found.push_back(std::move(one));
  }
  auto order = [&](const Found& a, const Found& b) { return before(selection, a, b.keys, b.object->id()); };
  if (!selection.sort.empty()) std::sort(found.begin(), found.end(), order);
  Page page;
  page.total = found.size();
  auto first = found.begin() + static_cast<std::ptrdiff_t>(std::min(selection.offset, found.size()));
  if (after)
    first = std::partition_point(found.begin(), found.end(), [&](const Found& one) {
      return before(selection, one, after->keys, after->id) || one.object->id() == after->id;
    });
  for (; first != found.end() && page.objects.size() < selection.limit; ++first)
    page.objects.push_back(model::ObjectRef::share(first->object));
  if (first != found.end()) page.next = "more";
  return page;
}

}  // namespace

Result<Page> make_page(const state::Snapshot& snapshot, Kind kind, const Selection& selection,
                       const std::string& cursor_key) {
  std::string digest = digest_of(kind, selection);
  std::optional<Point> after;
  if (!selection.cursor.empty()) {
    auto point = read_cursor(selection.cursor, selection, digest, cursor_key);
    if (!point) return std::move(point).error();
    after = std::move(*point);
  }
  const Condition* answered = nullptr;
  Source source = pick_source(snapshot, kind, selection.conditions, answered);
  std::vector<Condition> rest;
  for (const Condition& condition : selection.conditions)
    if (&condition != answered) rest.push_back(condition);
  Page page = rest.empty() && selection.sort.empty() ? page_by_id(source, selection, after)
                                                     : page_by_scan(snapshot, source, selection, rest, after);
  if (!page.next.empty()) {
    const model::Object& last = *page.objects.back();
    Point point{{}, std::string(last.id())};
    if (!selection.sort.empty()) {
      Value json = Value::parse(last.json()).value_or(Value());
      for (const query::SortKey& key : selection.sort) point.keys.push_back(SortValue::of(json, key.path));
    }
    page.next = write_cursor(point, digest, cursor_key);
  }
  return page;
}

}  // namespace netweave::api
