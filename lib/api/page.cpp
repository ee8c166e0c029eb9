#include "api/page.hpp"

#include <algorithm>
#include <functional>
#include <queue>

#include "base/crypto.hpp"
#include "model/fields.hpp"

namespace netweave::api {
namespace {

using query::Scalar;
using query::Selection;
using state::Object;

constexpr std::size_t tag_bytes = 16;

/// A place in a sort order: the keys' values, then the id. What a cursor holds.
struct Point {
  std::vector<Scalar> keys;
  std::string id;
};

/// Binds a cursor to its query, though it does not hold that.
std::string tag_of(const std::string& asked, const std::string& text, const std::string& key) {
  return crypto::hmac_sha256(key, asked + '\0' + text).substr(0, tag_bytes);
}

std::string write_cursor(const Point& point, const std::string& asked, const std::string& key) {
  Value json = Value::array();
  json.push_back(point.id);
  for (const Scalar& value : point.keys) json.push_back(value.to_value());
  std::string text = json.to_json();
  return crypto::to_base64url(tag_of(asked, text, key) + text);
}

Result<std::optional<Point>> read_cursor(const Selection& selection, const std::string& asked, const std::string& key) {
  auto refuse = [] {
    Error error = make_error(ErrorKind::invalid, "the cursor is not one of this list: begin without one");
    error.faults.push_back({"cursor", "not given out for this query"});
    return error;
  };
  if (selection.cursor.empty()) return std::optional<Point>();
  auto bytes = crypto::from_base64url(selection.cursor);
  if (!bytes || bytes->size() < tag_bytes) return refuse();
  std::string text = bytes->substr(tag_bytes);
  if (!crypto::equal(tag_of(asked, text, key), bytes->substr(0, tag_bytes))) return refuse();
  auto json = Value::parse(text);
  if (!json || json->size() != 1 + selection.sort.size()) return refuse();
  Point point;
  point.id = json->as_array()[0].as_text();
  for (std::size_t i = 1; i < json->size(); ++i) point.keys.push_back(Scalar::of(json->as_array()[i]));
  return std::optional(std::move(point));
}

/// Takes what matches and keeps what the page shows.
class Collector {
  struct Kept {
    const Object* object;
    std::vector<Scalar> keys;
  };

  /// The last of what is kept is at the heap's front.
  [[nodiscard]] auto order() const {
    return [this](const Kept& a, const Kept& b) {
      int one = side([&](std::size_t i) -> const Scalar& { return a.keys[i]; }, b.keys);
      return one != 0 ? one < 0 : a.object->id() < b.object->id();
    };
  }
  template <class KeyOf>
  int side(KeyOf&& key_of, const std::vector<Scalar>& other) const {
    for (std::size_t i = 0; i < other.size(); ++i)
      if (int one = query::compare(key_of(i), other[i], selection_.sort[i].descending); one != 0) return one;
    return 0;
  }
  bool is_before(const Object& object, const std::vector<const Scalar*>& keys, const Kept& other) const {
    int one = side([&](std::size_t i) -> const Scalar& { return *keys[i]; }, other.keys);
    return one != 0 ? one < 0 : object.id() < other.object->id();
  }
  bool is_after_point(const Object& object, const std::vector<const Scalar*>& keys) const {
    int one = side([&](std::size_t i) -> const Scalar& { return *keys[i]; }, after_->keys);
    return one != 0 ? one > 0 : object.id() > after_->id;
  }

 public:
  Collector(const Selection& selection, std::optional<Point> after)
      : selection_(selection), after_(std::move(after)), most_(selection.offset + selection.limit + 1) {}

  [[nodiscard]] bool sorts() const noexcept { return !selection_.sort.empty(); }

  /// Of matches that come by id: whether the next ones can only be counted.
  [[nodiscard]] bool is_full() const noexcept { return kept_.size() == most_; }
  void count(std::size_t matches) noexcept { total_ += matches; }
  /// Whether none up to this id is on the page.
  [[nodiscard]] bool is_before(std::string_view id) const noexcept { return after_ && id <= after_->id; }

  /// A match of a list that is sorted by id, in order.
  void add(const Object& object) {
    ++total_;
    if (!is_full() && !is_before(object.id())) kept_.push_back({&object, {}});
  }
  /// A match with its keys. They are copied only where it is kept.
  void add(const Object& object, const std::vector<const Scalar*>& keys) {
    ++total_;
    if (after_ && !is_after_point(object, keys)) return;
    if (is_full() && !is_before(object, keys, kept_.front())) return;
    if (is_full()) {
      std::pop_heap(kept_.begin(), kept_.end(), order());
      kept_.pop_back();
    }
    Kept kept{&object, {}};
    for (const Scalar* key : keys) kept.keys.push_back(*key);
    kept_.push_back(std::move(kept));
    std::push_heap(kept_.begin(), kept_.end(), order());
  }

  Page finish(const Plan& plan, const std::string& cursor_key) {
    if (sorts()) std::sort_heap(kept_.begin(), kept_.end(), order());
    Page page;
    page.total = total_;
    std::size_t at = std::min(after_ ? 0 : selection_.offset, kept_.size());
    for (; at < kept_.size() && page.objects.size() < selection_.limit; ++at)
      page.objects.push_back(model::ObjectRef::share(kept_[at].object));
    if (at == kept_.size() || page.objects.empty()) return page;
    Kept& last = kept_[at - 1];
    page.next = write_cursor({std::move(last.keys), std::string(last.object->id())}, plan.asked, cursor_key);
    return page;
  }

 private:
  const Selection& selection_;
  std::optional<Point> after_;
  std::size_t most_;
  std::size_t total_ = 0;
  std::vector<Kept> kept_;
};

/// The members of several groups in order of their ids.
class Members {
 public:
  Members(const state::Postings& index, const std::vector<std::uint64_t>& groups, std::string_view after) {
    for (std::uint64_t group : groups) {
      auto cursor = index.lower_bound({group, after}, !after.empty());
      if (cursor.valid() && cursor.group() == group) heads_.push_back({cursor, group});
    }
    std::make_heap(heads_.begin(), heads_.end(), later);
  }
  [[nodiscard]] bool valid() const noexcept { return !heads_.empty(); }
  const Object& operator*() const noexcept { return *heads_.front().cursor; }
  void next() {
    if (heads_.size() > 1) std::pop_heap(heads_.begin(), heads_.end(), later);
    Head& head = heads_.back();
    head.cursor.next();
    if (!head.cursor.valid() || head.cursor.group() != head.group)
      heads_.pop_back();
    else if (heads_.size() > 1)
      std::push_heap(heads_.begin(), heads_.end(), later);
  }

 private:
  struct Head {
    state::Postings::Cursor cursor;
    std::uint64_t group;
  };
  static bool later(const Head& a, const Head& b) { return a.cursor->id() > b.cursor->id(); }
  std::vector<Head> heads_;
};

/// Says when to give up. Looked at once a leaf, not once an object.
class Watch {
 public:
  Watch(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop)
      : deadline_(deadline), stop_(stop) {}
  [[nodiscard]] bool ended() const { return stop_.stop_requested() || std::chrono::steady_clock::now() >= deadline_; }
  [[nodiscard]] Error error() const {
    if (stop_.stop_requested()) return make_error(ErrorKind::cancelled, "the client went away");
    return make_error(ErrorKind::exhausted,
                      "the list took longer than query.scan_timeout: narrow it by a pool, a type "
                      "or a label");
  }

 private:
  std::chrono::steady_clock::time_point deadline_;
  const std::stop_token& stop_;
};

/// Looks at an object through its JSON.
void look_at(const Plan& plan, const Object& object, Collector& into) {
  if (!plan.in_scope(object)) return;
  for (const Residual& residual : plan.residuals)
    if (!residual.meets(residual.field.read(object))) return;
  if (!into.sorts()) return into.add(object);
  static const Scalar absent;
  std::vector<std::vector<Scalar>> values;
  std::vector<const Scalar*> keys;
  for (const state::FieldReader& field : plan.sort) values.push_back(field.read(object));
  for (const std::vector<Scalar>& found : values) {
    auto first = std::find_if(found.begin(), found.end(),
                              [](const Scalar& value) { return value.type != Scalar::Type::absent; });
    keys.push_back(first == found.end() ? &absent : &*first);
  }
  into.add(object, keys);
}

/// Which of a leaf's objects meet every condition, asked of the columns' values.
std::size_t mask_of(const Plan& plan, const state::Tree::LeafCursor& leaf, std::array<bool, state::leaf_items>& mask) {
  std::size_t count = leaf.items().size();
  for (std::size_t i = 0; i < count; ++i) mask[i] = plan.in_scope(*leaf.items()[i]);
  std::array<bool, state::leaf_items> verdicts{};
  for (const Residual& residual : plan.residuals) {
    auto column = state::column_of(leaf, residual.field, *plan.budget);
    for (std::size_t i = 0; i < column->values.size(); ++i) verdicts[i] = residual.meets(column->values[i]);
    for (std::size_t i = 0; i < count; ++i) mask[i] = mask[i] && verdicts[column->code[i]];
  }
  return static_cast<std::size_t>(std::count(mask.begin(), mask.begin() + static_cast<std::ptrdiff_t>(count), true));
}

void collect_sorted(const Plan& plan, const state::Tree::LeafCursor& leaf,
                    const std::array<bool, state::leaf_items>& mask, Collector& into) {
  std::vector<std::shared_ptr<const state::Column>> columns;
  for (const state::FieldReader& field : plan.sort) columns.push_back(state::column_of(leaf, field, *plan.budget));
  std::vector<const Scalar*> keys(columns.size());
  for (std::size_t at = 0; at < leaf.items().size(); ++at) {
    if (!mask[at]) continue;
    for (std::size_t i = 0; i < columns.size(); ++i) keys[i] = &columns[i]->first(at);
    into.add(*leaf.items()[at], keys);
  }
}

/// Every object of the table, a leaf at a time.
bool scan_table(const Plan& plan, const Watch& watch, Collector& into) {
  std::array<bool, state::leaf_items> mask{};
  for (auto leaf = plan.snapshot->table(plan.kind).leaves(); leaf.valid(); leaf.next()) {
    if (watch.ended()) return false;
    std::size_t matches = mask_of(plan, leaf, mask);
    auto items = leaf.items();
    if (matches == 0) continue;
    if (into.sorts()) {
      collect_sorted(plan, leaf, mask, into);
    } else if (into.is_full() || into.is_before(items.back()->id())) {
      into.count(matches);
    } else {
      for (std::size_t at = 0; at < items.size(); ++at)
        if (mask[at]) into.add(*items[at]);
    }
  }
  return true;
}

/// Candidates that an index gave, one by one.
bool scan_candidates(const Plan& plan, const Watch& watch, Collector& into) {
  std::size_t looked = 0;
  auto look = [&](const Object& object) {
    look_at(plan, object, into);
    return ++looked % state::leaf_items != 0 || !watch.ended();
  };
  if (plan.way == Plan::Way::ids)
    return std::all_of(plan.listed.begin(), plan.listed.end(), [&](const Object* object) { return look(*object); });
  for (Members members(plan.snapshot->index(plan.kind), plan.groups, {}); members.valid(); members.next())
    if (!look(*members)) return false;
  return true;
}

/// A list by id without conditions left: no object is touched that the page does not show. `from` walks from the
/// offset or the cursor on.
template <class Walk>
Page walk(const Plan& plan, const Selection& selection, Walk&& from, const std::string& cursor_key) {
  Page page;
  page.total = plan.candidates;
  for (; from.valid() && page.objects.size() < selection.limit; from.next())
    page.objects.push_back(model::ObjectRef::share(&*from));
  if (from.valid() && !page.objects.empty())
    page.next = write_cursor({{}, std::string(page.objects.back()->id())}, plan.asked, cursor_key);
  return page;
}

Page walk_table(const Plan& plan, const Selection& selection, const std::optional<Point>& after,
                const std::string& cursor_key) {
  const state::Tree& table = plan.snapshot->table(plan.kind);
  auto cursor = after ? table.lower_bound({0, after->id}, true) : table.select(selection.offset);
  return walk(plan, selection, cursor, cursor_key);
}

/// One group is a stretch of its index: an offset into it is a place.
class Stretch {
 public:
  Stretch(const state::Postings& index, std::uint64_t group, const std::optional<Point>& after, std::size_t offset)
      : group_(group),
        cursor_(after ? index.lower_bound({group, after->id}, true) : index.select(index.rank({group, {}}) + offset)) {}
  [[nodiscard]] bool valid() const noexcept { return cursor_.valid() && cursor_.group() == group_; }
  const Object& operator*() const noexcept { return *cursor_; }
  void next() noexcept { cursor_.next(); }

 private:
  std::uint64_t group_;
  state::Postings::Cursor cursor_;
};

Page walk_index(const Plan& plan, const Selection& selection, const std::optional<Point>& after,
                const std::string& cursor_key) {
  const state::Postings& index = plan.snapshot->index(plan.kind);
  if (plan.groups.size() == 1)
    return walk(plan, selection, Stretch(index, plan.groups[0], after, selection.offset), cursor_key);
  Members members(index, plan.groups, after ? std::string_view(after->id) : std::string_view());
  for (std::size_t skipped = 0; !after && skipped < selection.offset && members.valid(); ++skipped) members.next();
  return walk(plan, selection, std::move(members), cursor_key);
}

}  // namespace

std::string cursor_after(std::string_view last, const std::string& asked, const std::string& key) {
  return write_cursor({{}, std::string(last)}, asked, key);
}

Result<std::string> cursor_place(const std::string& cursor, const std::string& asked, const std::string& key) {
  Selection selection;
  selection.cursor = cursor;
  auto point = read_cursor(selection, asked, key);
  if (!point) return std::move(point).error();
  return *point ? std::move((*point)->id) : std::string();
}

Result<Page> make_page(const Plan& plan, const Selection& selection, const std::string& cursor_key,
                       std::chrono::steady_clock::time_point deadline, const std::stop_token& stop) {
  auto after = read_cursor(selection, plan.asked, cursor_key);
  if (!after) return std::move(after).error();
  bool walks = plan.walks();
  if (walks && plan.way == Plan::Way::table) return walk_table(plan, selection, *after, cursor_key);
  if (walks && plan.way == Plan::Way::index) return walk_index(plan, selection, *after, cursor_key);
  Collector into(selection, std::move(*after));
  Watch watch(deadline, stop);
  bool done = plan.way == Plan::Way::table ? scan_table(plan, watch, into) : scan_candidates(plan, watch, into);
  if (!done) return watch.error();
  Page page = into.finish(plan, cursor_key);
  page.scanned = plan.candidates;
  return page;
}

}  // namespace netweave::api
