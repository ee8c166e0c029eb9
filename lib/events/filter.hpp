#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/value.hpp"

#include "events/event.hpp"
#include "query/condition.hpp"

namespace netweave::events {

/// The ids that a filter compares an object's with: a pool's resourcePoolId is its own id, a type's likewise.
struct Ids {
  std::string_view pool;
  std::string_view type;
  std::string_view resource;
};
Ids ids_of(const model::Object& object) noexcept;

/// An entry on its way past many filters: its JSON is parsed once, and only when a filter asks for more than ids.
class Candidate {
 public:
  Candidate(const store::Entry& entry, const EventType& type) noexcept : entry_(entry), type_(type) {}

  [[nodiscard]] const store::Entry& entry() const noexcept { return entry_; }
  [[nodiscard]] const EventType& type() const noexcept { return type_; }
  /// The object before and after; null where there was none.
  [[nodiscard]] const Value& before() const;
  [[nodiscard]] const Value& after() const;

 private:
  const store::Entry& entry_;
  const EventType& type_;
  mutable std::optional<Value> before_;
  mutable std::optional<Value> after_;
};

/// A subscription's `expression`, read; without text it holds of everything.
struct Expression {
  std::string text;
  std::vector<query::Condition> conditions;

  friend bool operator==(const Expression& a, const Expression& b) { return a.text == b.text; }
};

/// What a subscription asks for: any of the ids, all of the labels and of the expression, of an event type that it
/// names. An empty member asks for nothing in particular.
struct Filter {
  EventMask events = 0;
  std::vector<std::string> pools;
  std::vector<std::string> types;
  std::vector<std::string> resources;
  Value labels = Value::object();
  Expression expression;

  /// Whether the state before or the state after is what it asks for.
  [[nodiscard]] bool matches(const Candidate& candidate) const;
  friend bool operator==(const Filter&, const Filter&) = default;
};

/// `api` is the version that the subscription was made under.
Filter make_filter(const Subscription& subscription, std::string_view api);

}  // namespace netweave::events
