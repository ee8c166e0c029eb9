#include "base/pointer.hpp"

#include <charconv>

namespace netweave {
namespace {

/// Whether `name` is the first step of `place`, or all of it.
bool begins(std::string_view place, std::string_view name) {
  if (!place.starts_with(name)) return false;
  return place.size() == name.size() || place[name.size()] == '.' || place[name.size()] == '[';
}

/// The member that `place` begins with, of several the one with the longest name; nullptr where there is none.
const Value::Member* first_step(const Value& value, std::string_view place) {
  const Value::Member* found = nullptr;
  for (const Value::Member& member : value.as_object())
    if (begins(place, member.first) && (found == nullptr || member.first.size() > found->first.size())) found = &member;
  return found;
}

}  // namespace

std::string pointer_part(std::string_view name) {
  std::string part;
  for (char c : name) {
    if (c == '~')
      part += "~0";
    else if (c == '/')
      part += "~1";
    else
      part += c;
  }
  return part;
}

std::string pointer_to(const Value& body, std::string_view place) {
  std::string pointer;
  const Value* at = &body;
  while (!place.empty()) {
    std::size_t index = 0;
    if (place.front() == '[') {
      auto [end, error] = std::from_chars(place.data() + 1, place.data() + place.size(), index);
      bool there = error == std::errc() && index < at->as_array().size();
      pointer += "/" + std::to_string(index);
      if (!there) return pointer;
      at = &at->as_array()[index];
      place.remove_prefix(place.find(']') + 1);
    } else {
      const Value::Member* step = first_step(*at, place);
      if (step == nullptr) return pointer.empty() ? pointer : pointer + "/" + pointer_part(place);
      pointer += "/" + pointer_part(step->first);
      at = &step->second;
      place.remove_prefix(step->first.size());
    }
    if (place.starts_with('.')) place.remove_prefix(1);
  }
  return pointer;
}

}  // namespace netweave
