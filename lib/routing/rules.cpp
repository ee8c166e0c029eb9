#include "routing/rules.hpp"

#include <algorithm>

namespace netweave::routing {
namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string type_mismatch(const RoutingRule& rule, const Creation& creation) {
  const std::string& wanted = rule.resource_type;
  if (wanted == "*" || wanted == to_string(creation.kind) || wanted == creation.instance_type) return {};
  std::string is = std::string(to_string(creation.kind));
  if (!creation.instance_type.empty()) is += " of " + creation.instance_type;
  return "it is for " + wanted + ", this is a " + is;
}

std::string label_mismatch(const RoutingRule& rule, const Creation& creation) {
  const Value& labels = creation.extensions.at("labels");
  for (const Value::Member& wanted : rule.labels.as_object()) {
    const Value& present = labels.at(wanted.first);
    if (present == wanted.second) continue;
    std::string needs = "the label " + wanted.first + " must be " + quoted(wanted.second.as_text());
    return needs + (present.is_text() ? ", is " + quoted(present.as_text()) : ", and is not there");
  }
  return {};
}

std::string location_mismatch(const RoutingRule& rule, const Creation& creation) {
  const std::string& location = creation.location;
  auto fails = [&](const std::string& wanted, bool holds, std::string_view verb) {
    if (wanted.empty() || (holds && !location.empty())) return std::string();
    std::string must = "the location must " + std::string(verb) + " " + quoted(wanted);
    return must + (location.empty() ? ", and there is none" : ", is " + quoted(location));
  };
  const RoutingLocation& wanted = rule.location;
  std::string reason = fails(wanted.exact, location == wanted.exact, "be");
  if (reason.empty()) reason = fails(wanted.prefix, location.starts_with(wanted.prefix), "begin with");
  if (reason.empty()) reason = fails(wanted.suffix, location.ends_with(wanted.suffix), "end with");
  bool inside = location.find(wanted.contains) != std::string::npos;
  if (reason.empty()) reason = fails(wanted.contains, inside, "have in it");
  return reason;
}

/// The first member of `wanted` that `present` has not, or has otherwise; objects are compared member by member.
std::string member_mismatch(const Value& wanted, const Value& present, const std::string& path) {
  for (const Value::Member& member : wanted.as_object()) {
    std::string name = path + "." + member.first;
    const Value* found = present.find(member.first);
    if (found == nullptr) return name + " must be " + member.second.to_json() + ", and is not there";
    if (member.second.is_object() && found->is_object()) {
      if (auto reason = member_mismatch(member.second, *found, name); !reason.empty()) return reason;
    } else if (!(*found == member.second)) {
      return name + " must be " + member.second.to_json() + ", is " + found->to_json();
    }
  }
  return {};
}

}  // namespace

Creation creation_of(const ResourcePool& pool) {
  Creation creation;
  creation.instance_type = pool.extensions.at("instanceType").as_text();
  creation.location = pool.location;
  creation.extensions = pool.extensions;
  return creation;
}

std::string mismatch(const RoutingRule& rule, const Creation& creation) {
  std::string reason = type_mismatch(rule, creation);
  if (reason.empty()) reason = label_mismatch(rule, creation);
  if (reason.empty()) reason = location_mismatch(rule, creation);
  if (reason.empty()) reason = member_mismatch(rule.extensions, creation.extensions, "extensions");
  return reason;
}

void Rules::replace(RoutingConfig config) {
  std::stable_sort(config.rules.begin(), config.rules.end(),
                   [](const RoutingRule& a, const RoutingRule& b) { return a.priority > b.priority; });
  auto rules = std::make_shared<const RoutingConfig>(std::move(config));
  std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
}

RulesRef Rules::now() const {
  std::lock_guard lock(mutex_);
  return rules_;
}

}  // namespace netweave::routing
