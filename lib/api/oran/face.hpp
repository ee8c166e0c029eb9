#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "netweave/model.hpp"

#include "query/selectors.hpp"

/// The O-RAN family's objects as tables: how each attribute is had from an object as the log holds it. One table a kind
/// and version is all there is: objects are written by it (writer.hpp), and filters are turned by it into conditions on
/// stored objects (filter.hpp). Attributes and cardinalities: O-RAN.WG6.TS.O2IMS-INTERFACE clause 3.2.6.
namespace netweave::api::oran {

enum class How : std::uint8_t {
  text,      ///< the stored text; "" where there is none
  nullable,  ///< the stored value; null where there is none
  list,      ///< the stored array; [] where there is none
  items,     ///< the stored array of objects; [] where there is none
  texts,     ///< the texts among the stored values, as an array
  object,    ///< the stored object; {} where there is none
  flags,     ///< a stored list of names, as an object with true under each
  self,      ///< the UUID of the object
  id,        ///< the UUID of the object (`of`) whose id is stored, be it there or not
  link,      ///< the same; null where no id is stored, or there is no such object
  linked,    ///< the object itself, as its own face shows it; null likewise
  word,      ///< a stored word in the standard's own
  o_cloud,   ///< the UUID of this O-Cloud
  site,      ///< the UUID of the site that the pool is part of
  no_items   ///< always []
};

/// A stored word and the standard's. What has no line is UNDEFINED.
struct Word {
  std::string_view stored;
  std::string_view shown;
};

struct Attribute {
  std::string_view name;
  How how = How::text;
  std::string_view from = {};  ///< the stored path, a dot between its segments
  Kind of = Kind::resource;    ///< of an id or a link: what it names
  std::span<const Word> words = {};
  bool spare = false;  ///< its cardinality begins with 0

  [[nodiscard]] bool complex() const noexcept;
  /// Whether filters and selectors may step into it.
  [[nodiscard]] bool open() const noexcept {
    return how == How::object || how == How::flags || how == How::items || how == How::linked;
  }
};

struct Face {
  Kind kind;
  std::string_view version;  ///< "v1", "v2"
  std::span<const Attribute> attributes;

  [[nodiscard]] const Attribute* find(std::string_view name) const noexcept;
  [[nodiscard]] std::vector<query::Selectable> selectables() const;
};

/// Of deployment managers, pools, resources, types and dictionaries. `version` is v1 or v2.
const Face& face_of(Kind kind, std::string_view version) noexcept;

/// The stored path of an attribute.
query::Path stored_path(const Attribute& attribute);
/// The standard's word for a stored one.
std::string_view shown_word(std::span<const Word> words, std::string_view stored) noexcept;

}  // namespace netweave::api::oran
