#include "api/oran/filter.hpp"

#include <algorithm>

#include "model/fields.hpp"
#include "model/uuid.hpp"
#include "state/columns.hpp"
#include "state/groups.hpp"

namespace netweave::api::oran {
namespace {

using query::Condition;
using query::Operand;
using query::Scalar;
using query::Test;

using Scalars = std::vector<Scalar>;

Scalar text_scalar(std::string text) { return {Scalar::Type::text, 0, std::move(text)}; }

bool is_equality(const Condition& condition) {
  return condition.test == Test::any_of || condition.test == Test::none_of;
}

/// An id is met by our own as well, where it is compared for equality.
Scalars id_values(const Condition& condition, const std::string& uuid, const std::string& own) {
  Scalars values = {text_scalar(uuid)};
  if (is_equality(condition)) values.push_back(text_scalar(own));
  return values;
}

/// One face's conditions into stored ones.
class Translation {
 public:
  Translation(const Face& face, View& view) : face_(face), view_(view) {}

  std::vector<Condition> run(const std::vector<Condition>& asked) {
    for (const Condition& condition : asked)
      if (const Attribute* attribute = face_.find(condition.path.front())) add(*attribute, condition);
    return std::move(stored_);
  }

 private:
  void add(const Attribute& attribute, const Condition& asked) {
    switch (attribute.how) {
      case How::text:
        return add_text(attribute, asked);
      case How::nullable:
      case How::list:
      case How::items:
      case How::object:
        return add_copy(attribute, asked);
      case How::texts:
        return add_read(attribute, asked, [](std::span<const Scalar> values) {
          Scalars texts;
          for (const Scalar& value : values)
            if (value.type == Scalar::Type::text) texts.push_back(value);
          return texts;
        });
      case How::flags:
        return add_flags(attribute, asked);
      case How::self:
        return add_self(asked);
      case How::id:
        return add_id(attribute, asked);
      case How::link:
        return add_link(attribute, asked);
      case How::linked:
        return add_linked(attribute, asked);
      case How::word:
        return add_word(attribute, asked);
      case How::o_cloud:
        return add_constant(asked, id_values(asked, view_.o_cloud(), view_.own_o_cloud()));
      case How::site:
        return add_site(attribute, asked);
      case How::no_items:
        return add_constant(asked, {});
    }
  }

  void add_copy(const Attribute& attribute, Condition condition) {
    query::Path path = stored_path(attribute);
    path.insert(path.end(), condition.path.begin() + 1, condition.path.end());
    condition.path = std::move(path);
    stored_.push_back(std::move(condition));
  }

  /// Where the empty text is told from none, the stored values do not say it by themselves.
  void add_text(const Attribute& attribute, const Condition& asked) {
    Scalars empty = {text_scalar({})};
    if (query::meets(asked, empty) == query::meets(asked, Scalars())) return add_copy(attribute, asked);
    add_read(attribute, asked, [empty](std::span<const Scalar> values) {
      return values.empty() ? empty : Scalars(values.begin(), values.end());
    });
  }

  void add_flags(const Attribute& attribute, const Condition& asked) {
    query::Path below(asked.path.begin() + 1, asked.path.end());
    add_read(attribute, asked, [below](std::span<const Scalar> values) {
      bool set = below.size() == 1 &&
                 std::any_of(values.begin(), values.end(), [&](const Scalar& value) { return value.text == below[0]; });
      return set ? Scalars{{Scalar::Type::boolean, 1, {}}} : Scalars();
    });
  }

  void add_self(const Condition& asked) {
    Condition condition = asked;
    condition.path = state::uuid_path;
    if (is_equality(asked)) {
      condition.path = {std::string(model::table_of(face_.kind).id)};
      for (const Operand& operand : asked.operands)
        if (const model::Object* object = find_by_uuid(face_.kind, operand.text))
          condition.operands.emplace_back(object->id());
    }
    stored_.push_back(std::move(condition));
  }

  /// A reference to an object that is not there has a UUID too, which no index knows.
  void add_id(const Attribute& attribute, const Condition& asked) {
    Kind kind = attribute.of;
    Condition condition = asked;
    bool known = is_equality(asked);
    for (const Operand& operand : asked.operands) {
      if (!known || !model::is_uuid(operand.text)) continue;
      const model::Object* object = find_by_uuid(kind, operand.text);
      known = object != nullptr;
      if (known) condition.operands.emplace_back(object->id());
    }
    if (known) return add_copy(attribute, condition);
    View* view = &view_;
    add_read(attribute, asked, [asked, kind, view](std::span<const Scalar> values) {
      Scalars shown;
      for (const Scalar& value : values)
        for (Scalar& one : id_values(asked, view->uuid_of(kind, value.text), value.text))
          shown.push_back(std::move(one));
      return shown;
    });
  }

  void add_link(const Attribute& attribute, const Condition& asked) {
    const Attribute* link = &attribute;
    View* view = &view_;
    add_read(attribute, asked, [asked, link, view](std::span<const Scalar> values) {
      const model::Object* other = view->linked(*link, values);
      if (other == nullptr) return Scalars();
      return id_values(asked, view->uuid_of(link->of, other->id()), std::string(other->id()));
    });
  }

  /// Which of the objects that can be linked meet the condition decides which links do.
  void add_linked(const Attribute& attribute, const Condition& asked) {
    const Face& face = face_of(attribute.of, face_.version);
    Condition within = asked;
    within.path.erase(within.path.begin());
    const Attribute* inner = within.path.empty() ? nullptr : face.find(within.path.front());
    bool without = query::meets(asked, Scalars());  // whether what shows null there meets it
    if (inner == nullptr || (within.path.size() > 1 && !inner->open())) return add_constant(asked, {});
    Condition links;
    links.parameter = asked.parameter;
    links.test = without ? Test::none_of : Test::any_of;
    std::vector<Condition> conditions = to_stored(face, view_, {within});
    for (auto other = view_.snapshot()->table(attribute.of).begin(); other.valid(); other.next())
      if (meets(conditions, *other) != without) links.operands.emplace_back(view_.uuid_of(attribute.of, other->id()));
    add_link(attribute, links);
  }

  static bool meets(const std::vector<Condition>& conditions, const model::Object& object) {
    return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
      return query::meets(condition, state::FieldReader(condition.path).read(object));
    });
  }

  /// Every object shows one of a few words: which of them meet the condition decides which stored ones do.
  void add_word(const Attribute& attribute, const Condition& asked) {
    bool undefined = query::meets(asked, Scalars{text_scalar("UNDEFINED")});
    Condition condition;
    condition.parameter = asked.parameter;
    condition.path = stored_path(attribute);
    condition.test = undefined ? Test::none_of : Test::any_of;
    for (const Word& word : attribute.words)
      if (query::meets(asked, Scalars{text_scalar(std::string(word.shown))}) != undefined)
        condition.operands.emplace_back(word.stored);
    stored_.push_back(std::move(condition));
  }

  void add_site(const Attribute& attribute, const Condition& asked) {
    View* view = &view_;
    add_read(attribute, asked, [asked, view](std::span<const Scalar> values) {
      Scalars shown;
      for (const Scalar& value : values) {
        const model::Object* pool = view->snapshot()->find(Kind::resource_pool, value.text);
        if (pool == nullptr) continue;
        SiteRules::Site site = view->sites().site_of(*pool);
        for (Scalar& one : id_values(asked, site.id, site.own)) shown.push_back(std::move(one));
      }
      return shown;
    });
  }

  /// The same of every object: it holds, or nothing does.
  void add_constant(const Condition& asked, const Scalars& values) {
    if (query::meets(asked, values)) return;
    Condition never;
    never.parameter = asked.parameter;
    never.path = {std::string(model::table_of(face_.kind).id)};
    stored_.push_back(std::move(never));
  }

  void add_read(const Attribute& attribute, const Condition& asked, query::Reading reading) {
    Condition condition = asked;
    condition.path = stored_path(attribute);
    condition.reading = std::make_shared<const query::Reading>(std::move(reading));
    stored_.push_back(std::move(condition));
  }

  const model::Object* find_by_uuid(Kind kind, std::string_view uuid) const {
    return model::is_uuid(uuid) ? state::find_by_uuid(view_.snapshot()->index(kind), uuid) : nullptr;
  }

  const Face& face_;
  View& view_;
  std::vector<Condition> stored_;
};

}  // namespace

std::vector<Condition> to_stored(const Face& face, View& view, const std::vector<Condition>& asked) {
  return Translation(face, view).run(asked);
}

}  // namespace netweave::api::oran
