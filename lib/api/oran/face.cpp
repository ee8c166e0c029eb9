#include "api/oran/face.hpp"

#include <algorithm>
#include <array>

namespace netweave::api::oran {
namespace {

constexpr std::array classes = {Word{"compute", "COMPUTE"}, Word{"network", "NETWORKING"}, Word{"storage", "STORAGE"}};
constexpr std::array kinds = {Word{"physical", "PHYSICAL"}, Word{"virtual", "LOGICAL"}, Word{"logical", "LOGICAL"}};

constexpr Attribute extensions{.name = "extensions", .how = How::object, .from = "extensions", .spare = true};

constexpr std::array manager = {
    Attribute{.name = "deploymentManagerId", .how = How::self},
    Attribute{.name = "name", .from = "name"},
    Attribute{.name = "description", .from = "description"},
    Attribute{.name = "oCloudId", .how = How::o_cloud},
    Attribute{.name = "serviceUri", .from = "serviceUri"},
    Attribute{.name = "supportedLocations", .how = How::list, .from = "supportedLocations"},
    Attribute{.name = "capabilities", .how = How::flags, .from = "capabilities", .spare = true},
    Attribute{.name = "capacity", .how = How::object, .from = "capacity", .spare = true},
    extensions,
};

constexpr std::array pool_v1 = {
    Attribute{.name = "resourcePoolId", .how = How::self},
    Attribute{.name = "oCloudId", .how = How::o_cloud},
    Attribute{.name = "globalLocationId", .from = "globalLocationId"},
    Attribute{.name = "name", .from = "name"},
    Attribute{.name = "description", .from = "description"},
    Attribute{.name = "location", .from = "location", .spare = true},
    extensions,
};

constexpr std::array pool_v2 = {
    Attribute{.name = "resourcePoolId", .how = How::self},
    Attribute{.name = "name", .from = "name"},
    Attribute{.name = "oCloudSiteId", .how = How::site, .from = "resourcePoolId"},
    Attribute{.name = "description", .from = "description"},
    extensions,
};

constexpr std::array resource_v1 = {
    Attribute{.name = "resourceId", .how = How::self},
    Attribute{.name = "resourceTypeId", .how = How::id, .from = "resourceTypeId", .of = Kind::resource_type},
    Attribute{.name = "resourcePoolId", .how = How::id, .from = "resourcePoolId", .of = Kind::resource_pool},
    Attribute{.name = "globalAssetId", .how = How::nullable, .from = "globalAssetId", .spare = true},
    Attribute{.name = "description", .from = "description"},
    Attribute{.name = "elements", .how = How::no_items, .spare = true},
    extensions,
};

constexpr std::array resource_v2 = {
    Attribute{.name = "resourceId", .how = How::self},
    Attribute{.name = "resourceTypeId", .how = How::id, .from = "resourceTypeId", .of = Kind::resource_type},
    Attribute{.name = "resourcePoolId", .how = How::id, .from = "resourcePoolId", .of = Kind::resource_pool},
    Attribute{.name = "globalAssetId", .how = How::nullable, .from = "globalAssetId", .spare = true},
    Attribute{.name = "description", .from = "description"},
    Attribute{.name = "elements", .how = How::no_items, .spare = true},
    Attribute{.name = "tags", .how = How::texts, .from = "extensions.tags", .spare = true},
    Attribute{.name = "groups", .how = How::texts, .from = "extensions.groups", .spare = true},
    extensions,
};

constexpr Attribute alarm_dictionary_id{.name = "alarmDictionaryId",
                                        .how = How::link,
                                        .from = "extensions.alarmDictionaryId",
                                        .of = Kind::alarm_dictionary,
                                        .spare = true};

constexpr std::array type_v1 = {
    Attribute{.name = "resourceTypeId", .how = How::self},
    Attribute{.name = "name", .from = "name"},
    Attribute{.name = "description", .from = "description"},
    Attribute{.name = "vendor", .from = "vendor"},
    Attribute{.name = "model", .from = "model"},
    Attribute{.name = "version", .from = "version"},
    Attribute{.name = "alarmDictionary",
              .how = How::linked,
              .from = "extensions.alarmDictionaryId",
              .of = Kind::alarm_dictionary,
              .spare = true},
    alarm_dictionary_id,
    Attribute{.name = "resourceKind", .how = How::word, .from = "resourceKind", .words = kinds},
    Attribute{.name = "resourceClass", .how = How::word, .from = "resourceClass", .words = classes},
    extensions,
};

constexpr std::array type_v2 = {
    Attribute{.name = "resourceTypeId", .how = How::self},
    Attribute{.name = "name", .from = "name"},
    Attribute{.name = "description", .from = "description"},
    Attribute{.name = "vendor", .from = "vendor"},
    Attribute{.name = "model", .from = "model"},
    Attribute{.name = "version", .from = "version"},
    alarm_dictionary_id,
    Attribute{.name = "performanceDictionaryId",
              .how = How::link,
              .from = "extensions.performanceDictionaryId",
              .of = Kind::performance_dictionary,
              .spare = true},
    Attribute{.name = "resourceKind", .how = How::word, .from = "resourceKind", .words = kinds},
    Attribute{.name = "resourceClass", .how = How::word, .from = "resourceClass", .words = classes},
    extensions,
};

constexpr std::array alarms = {
    Attribute{.name = "alarmDictionaryId", .how = How::self},
    Attribute{.name = "alarmDictionaryVersion", .from = "alarmDictionaryVersion"},
    Attribute{.name = "alarmDictionarySchemaVersion", .from = "alarmDictionarySchemaVersion"},
    Attribute{.name = "entityType", .from = "entityType"},
    Attribute{.name = "vendor", .from = "vendor"},
    Attribute{.name = "managementInterfaceId", .how = How::list, .from = "managementInterfaceId"},
    Attribute{.name = "pkNotificationField", .how = How::list, .from = "pkNotificationField"},
    Attribute{.name = "alarmDefinition", .how = How::items, .from = "alarmDefinition"},
    Attribute{.name = "probableCauses", .how = How::items, .from = "probableCauses"},
};

constexpr std::array measurements = {
    Attribute{.name = "performanceDictionaryId", .how = How::self},
    Attribute{.name = "performanceDictionaryVersion", .from = "performanceDictionaryVersion"},
    Attribute{.name = "performanceDictionarySchemaVersion", .from = "performanceDictionarySchemaVersion"},
    Attribute{.name = "vendorSoftwareProduct", .from = "vendorSoftwareProduct"},
    Attribute{.name = "supportedInterfaces", .from = "supportedInterfaces"},
    Attribute{.name = "supportedMeasurements", .how = How::items, .from = "supportedMeasurements"},
};

constexpr std::array faces = {
    Face{Kind::deployment_manager, "v1", manager},
    Face{Kind::deployment_manager, "v2", manager},
    Face{Kind::resource_pool, "v1", pool_v1},
    Face{Kind::resource_pool, "v2", pool_v2},
    Face{Kind::resource, "v1", resource_v1},
    Face{Kind::resource, "v2", resource_v2},
    Face{Kind::resource_type, "v1", type_v1},
    Face{Kind::resource_type, "v2", type_v2},
    Face{Kind::alarm_dictionary, "v1", alarms},
    Face{Kind::alarm_dictionary, "v2", alarms},
    Face{Kind::performance_dictionary, "v2", measurements},
};

}  // namespace

bool Attribute::complex() const noexcept {
  return open() || how == How::list || how == How::texts || how == How::no_items;
}

const Attribute* Face::find(std::string_view name) const noexcept {
  auto found = std::find_if(attributes.begin(), attributes.end(),
                            [&](const Attribute& attribute) { return attribute.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

std::vector<query::Selectable> Face::selectables() const {
  std::vector<query::Selectable> all;
  for (const Attribute& attribute : attributes)
    all.push_back({attribute.name, attribute.complex(), attribute.open(), attribute.spare});
  return all;
}

const Face& face_of(Kind kind, std::string_view version) noexcept {
  const auto* found = std::find_if(faces.begin(), faces.end(),
                                   [&](const Face& face) { return face.kind == kind && face.version == version; });
  return found == faces.end() ? faces[5] : *found;
}

query::Path stored_path(const Attribute& attribute) {
  query::Path path;
  std::string_view rest = attribute.from;
  while (true) {
    path.emplace_back(rest.substr(0, rest.find('.')));
    if (path.back().size() == rest.size()) return path;
    rest.remove_prefix(path.back().size() + 1);
  }
}

std::string_view shown_word(std::span<const Word> words, std::string_view stored) noexcept {
  auto found = std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.stored == stored; });
  return found == words.end() ? std::string_view("UNDEFINED") : found->shown;
}

}  // namespace netweave::api::oran
