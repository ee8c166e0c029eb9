#include <doctest/doctest.h>

#include "api/oran/filter.hpp"
#include "api/page.hpp"
#include "query/oran_filter.hpp"
#include "unit/api/inventory.hpp"

using namespace netweave;
using namespace netweave::api;
using namespace netweave::twin;

// The O-RAN family's filters against a slow twin that evaluates them on the objects as they are shown.

namespace {

constexpr auto no_deadline = std::chrono::steady_clock::time_point::max();

OCloudConfig cloud() {
  OCloudConfig config;
  config.id = "ocloud-1";
  SiteConfig named;
  named.id = "site-1";
  named.global_location_id = "west";
  named.resource_pools = {"pool-0", "pool-4"};
  SiteConfig there;
  there.id = "7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e";
  there.global_location_id = "us-west-2a";
  config.sites = {named, there};
  return config;
}

std::string uuid5(const std::string& name) { return make_uuid5(netweave_namespace, name); }

/// What the contract says of one object, plainly. With `both`, an id is the UUID and our own, as equality takes them.
class Plain {
 public:
  Plain(const Inventory& inventory, bool v2, bool both) : inventory_(inventory), v2_(v2), both_(both) {}

  Value show(Kind kind, const Value& own) const {
    if (kind == Kind::alarm_dictionary) return alarms(own);
    if (kind == Kind::performance_dictionary) return measurements(own);
    return kind == Kind::resource ? resource(own) : kind == Kind::resource_pool ? pool(own) : type(own);
  }

 private:
  Value id(const std::string& uuid, const std::string& own) const {
    if (!both_) return uuid;
    Value values = Value::array();
    values.push_back(uuid);
    values.push_back(own);
    return values;
  }
  Value id(Kind kind, const Value& own) const {
    std::string text(own.as_text());
    auto known = inventory_.uuids.find({kind, text});
    std::string stem = std::string(to_string(kind)) + "//";
    return id(known != inventory_.uuids.end() ? known->second : uuid5(stem + text), text);
  }
  static Value text(const Value& value) { return value.is_null() ? Value("") : value; }
  static Value list(const Value& value) { return value.is_null() ? Value::array() : value; }
  static Value object(const Value& value) { return value.is_null() ? Value::object() : value; }
  static Value texts(const Value& own, const char* name) {
    Value all = Value::array();
    for (const Value& value : values_at(own, {"extensions", name}))
      if (value.is_text()) all.push_back(value);
    return all;
  }

  Value resource(const Value& own) const {
    Value shown;
    shown["resourceId"] = id(Kind::resource, own.at("resourceId"));
    shown["resourceTypeId"] = id(Kind::resource_type, own.at("resourceTypeId"));
    shown["resourcePoolId"] = id(Kind::resource_pool, own.at("resourcePoolId"));
    shown["globalAssetId"] = own.at("globalAssetId");
    shown["description"] = text(own.at("description"));
    shown["elements"] = Value::array();
    if (v2_) shown["tags"] = texts(own, "tags");
    if (v2_) shown["groups"] = texts(own, "groups");
    shown["extensions"] = object(own.at("extensions"));
    return shown;
  }

  Value site(const Value& own) const {
    std::string pool(own.at("resourcePoolId").as_text());
    std::string at(own.at("location").as_text());
    if (pool == "pool-0" || pool == "pool-4") return id(uuid5("oCloudSite/configuration/site-1"), "site-1");
    if (at == "us-west-2a") return id("7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e", "7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e");
    return id(uuid5("oCloudSite/location/" + at), at);
  }

  Value pool(const Value& own) const {
    Value shown;
    shown["resourcePoolId"] = id(Kind::resource_pool, own.at("resourcePoolId"));
    shown["name"] = own.at("name");
    shown["description"] = text(own.at("description"));
    shown["extensions"] = object(own.at("extensions"));
    if (v2_) shown["oCloudSiteId"] = site(own);
    if (!v2_) shown["oCloudId"] = id(uuid5("oCloud/ocloud-1"), "ocloud-1");
    if (!v2_) shown["globalLocationId"] = text(own.at("globalLocationId"));
    if (!v2_) shown["location"] = text(own.at("location"));
    return shown;
  }

  Value type(const Value& own) const {
    std::map<std::string, std::string> words = {
        {"compute", "COMPUTE"}, {"storage", "STORAGE"}, {"network", "NETWORKING"}};
    auto word = words.find(std::string(own.at("resourceClass").as_text()));
    Value shown;
    shown["resourceTypeId"] = id(Kind::resource_type, own.at("resourceTypeId"));
    for (const char* name : {"name", "description", "vendor", "model", "version"}) shown[name] = text(own.at(name));
    shown["resourceKind"] = "UNDEFINED";
    shown["resourceClass"] = word == words.end() ? "UNDEFINED" : word->second;
    const Value* named = dictionary(own, "alarmDictionaryId", inventory_.world.alarms);
    const Value* measured = dictionary(own, "performanceDictionaryId", inventory_.world.measurements);
    if (!v2_) shown["alarmDictionary"] = named == nullptr ? Value() : alarms(*named);
    shown["alarmDictionaryId"] = named == nullptr ? Value() : alarms(*named).at("alarmDictionaryId");
    if (v2_)
      shown["performanceDictionaryId"] =
          measured == nullptr ? Value() : measurements(*measured).at("performanceDictionaryId");
    shown["extensions"] = object(own.at("extensions"));
    return shown;
  }

  /// The dictionary that a type names: by the first text, where that is an array.
  static const Value* dictionary(const Value& type, const char* link, const Rows& rows) {
    for (const Value& value : values_at(type, {"extensions", link})) {
      if (!value.is_text()) continue;
      auto row = rows.find(std::string(value.as_text()));
      return row == rows.end() ? nullptr : &row->second;
    }
    return nullptr;
  }

  Value alarms(const Value& own) const {
    Value shown;
    shown["alarmDictionaryId"] = id(Kind::alarm_dictionary, own.at("alarmDictionaryId"));
    for (const char* name : {"alarmDictionaryVersion", "alarmDictionarySchemaVersion", "entityType", "vendor"})
      shown[name] = text(own.at(name));
    for (const char* name : {"managementInterfaceId", "pkNotificationField", "alarmDefinition", "probableCauses"})
      shown[name] = list(own.at(name));
    return shown;
  }

  Value measurements(const Value& own) const {
    Value shown;
    shown["performanceDictionaryId"] = id(Kind::performance_dictionary, own.at("performanceDictionaryId"));
    for (const char* name : {"performanceDictionaryVersion", "performanceDictionarySchemaVersion",
                             "vendorSoftwareProduct", "supportedInterfaces"})
      shown[name] = text(own.at(name));
    shown["supportedMeasurements"] = list(own.at("supportedMeasurements"));
    return shown;
  }

  const Inventory& inventory_;
  bool v2_;
  bool both_;
};

const Rows& rows_of(const Inventory& inventory, Kind kind) {
  const World& world = inventory.world;
  if (kind == Kind::alarm_dictionary) return world.alarms;
  if (kind == Kind::performance_dictionary) return world.measurements;
  return kind == Kind::resource ? world.resources : kind == Kind::resource_pool ? world.pools : world.types;
}

std::string random_operand(Random& random, const Inventory& inventory) {
  auto any_uuid = [&] {
    auto place = inventory.uuids.begin();
    std::advance(place, static_cast<std::ptrdiff_t>(below(random, inventory.uuids.size())));
    return place->second;
  };
  switch (below(random, 9)) {
    case 0:
    case 1:
      return any_uuid();
    case 2:
      return uuid5("resourcePool//pool-5");  // resources name it, and it is not there
    case 3:
      return one_of(random, {"pool-1", "pool-5", "type-3", "type-1", "res-7", "ocloud-1", "site-1", "us-east-1",
                             "alarms-0", "alarms-2", "measurements"});
    case 4:
      return one_of(random, {"COMPUTE", "STORAGE", "UNDEFINED", "compute", "PHYSICAL", "E"});
    case 5:
      return one_of(random, {uuid5("oCloud/ocloud-1"), uuid5("oCloudSite/configuration/site-1"),
                             uuid5("oCloudSite/location/us-east-1"), "7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e"});
    case 6:
      return one_of(random, numbers);
    case 7:
      return any_uuid().substr(0, 3);
    default:
      return one_of(random, words);
  }
}

Path random_path(Random& random, const oran::Face& face) {
  static const std::vector<Path> below_extensions = {
      {"extensions"},           {"extensions", "labels", "zone"}, {"extensions", "labels", "topology/rack"},
      {"extensions", "a", "x"}, {"extensions", "cpu", "cores"},   {"extensions", "b", "dotted.name"}};
  static const std::vector<Path> below_alarms = {{"alarmDictionaryId"},
                                                 {"vendor"},
                                                 {"entityType"},
                                                 {"alarmDefinition", "alarmName"},
                                                 {"alarmDefinition", "alarmAdditionalFields", "x"},
                                                 {"vendor", "x"},
                                                 {"colour"},
                                                 {"alarmDefinition"}};
  static const std::vector<Path> below_measurements = {{"supportedMeasurements", "performanceMeasurementId"}};
  bool alarms = face.kind == Kind::alarm_dictionary;
  if (face.find("alarmDictionary") != nullptr && random() % 3 == 0) {
    Path path = below_alarms[below(random, below_alarms.size())];
    path.insert(path.begin(), "alarmDictionary");
    return path;
  }
  const auto& further = alarms                                      ? below_alarms
                        : face.kind == Kind::performance_dictionary ? below_measurements
                                                                    : below_extensions;
  if (random() % 3 == 0) {
    Path path = further[below(random, further.size())];
    if (const oran::Attribute* known = face.find(path[0]); known != nullptr && (path.size() == 1 || known->open()))
      return path;
  }
  return {std::string(face.attributes[below(random, face.attributes.size())].name)};
}

struct Generated {
  std::string text;
  Query equality;  // to be asked of the objects that have both ids
  Query others;
};

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

Generated random_filter(Random& random, const Inventory& inventory, const oran::Face& face) {
  static const std::map<std::string, std::string> ops = {
      {"eq", "eq"},   {"neq", "ne"}, {"gt", "gt"},   {"gte", "gte"},       {"lt", "lt"},
      {"lte", "lte"}, {"in", "in"},  {"nin", "nin"}, {"cont", "contains"}, {"ncont", "ncontains"}};
  static const Strings names = {"eq", "eq", "neq", "gt", "gte", "lt", "lte", "in", "in", "nin", "cont", "ncont"};
  Generated made;
  for (std::size_t i = 1 + below(random, 2); i > 0; --i) {
    std::string name = one_of(random, names);
    bool several = name == "in" || name == "nin" || name == "cont" || name == "ncont";
    Asked asked{"self", random_path(random, face), ops.at(name), {}};
    made.text += std::string(made.text.empty() ? "(" : ";(") + name + ",";
    for (const std::string& segment : asked.path)
      made.text += (&segment == asked.path.data() ? "" : "/") + quoted(segment);
    for (std::size_t j = several ? 1 + below(random, 20) : 1; j > 0; --j) {
      asked.operands.push_back(random_operand(random, inventory));
      made.text += "," + quoted(asked.operands.back());
    }
    made.text += ")";
    bool equality = name == "eq" || name == "neq" || name == "in" || name == "nin";
    (equality ? made.equality : made.others).asked.push_back(std::move(asked));
  }
  return made;
}

Strings expected_ids(const Inventory& inventory, const oran::Face& face, const Generated& made) {
  bool v2 = face.version == "v2";
  Plain one(inventory, v2, false);
  Plain both(inventory, v2, true);
  Strings ids;
  for (const auto& [id, own] : rows_of(inventory, face.kind))
    if (matches({}, made.others, one.show(face.kind, own)) && matches({}, made.equality, both.show(face.kind, own)))
      ids.push_back(id);
  return ids;
}

Strings found_ids(const Inventory& inventory, const oran::Face& face, const std::string& text) {
  std::vector<Fault> faults;
  auto asked = query::parse_oran_filter(text, faults);
  for (const Fault& fault : faults) FAIL(fault.reason);
  OCloudConfig config = cloud();
  oran::View view(config, inventory.state.snapshot(), tenancy::Scope());
  query::Selection selection;
  selection.limit = 1000000;
  selection.conditions = oran::to_stored(face, view, asked);
  auto page =
      make_page(make_plan(inventory.state, view.snapshot(), face.kind, selection, {}), selection, "key", no_deadline);
  REQUIRE(page);
  Strings ids;
  for (const model::ObjectRef& object : page->objects) ids.emplace_back(object->id());
  CHECK(page->total == ids.size());
  return ids;
}

}  // namespace

TEST_CASE("O-RAN filters agree with their slow twin, which evaluates what is shown") {
  for (unsigned seed = 0; seed < inventories(5); ++seed) {
    CAPTURE(seed);
    Random random(seed);
    std::size_t count = std::array<std::size_t, 5>{0, 1, 60, 300, 900}.at(seed);
    Inventory inventory(random, count, seed == 3 ? 0 : std::size_t{1} << 20U);
    for (int round = 0; round < 300; ++round) {
      for (Kind kind : {Kind::resource, Kind::resource, Kind::resource_pool, Kind::resource_type, Kind::resource_type,
                        Kind::alarm_dictionary, Kind::performance_dictionary})
        for (const char* version : {"v1", "v2"}) {
          if (kind == Kind::performance_dictionary && version == std::string("v1")) continue;  // has none
          const oran::Face& face = oran::face_of(kind, version);
          Generated made = random_filter(random, inventory, face);
          CAPTURE(made.text);
          CAPTURE(version);
          CHECK(found_ids(inventory, face, made.text) == expected_ids(inventory, face, made));
        }
      if (round % 10 == 0 && count > 0) inventory.change(random, count);
    }
  }
}

TEST_CASE("objects are written as the contract shows them, and found by UUID and by our id") {
  Random random(5);
  Inventory inventory(random, 200, 0);
  OCloudConfig config = cloud();
  oran::View view(config, inventory.state.snapshot(), tenancy::Scope());
  for (Kind kind :
       {Kind::resource, Kind::resource_pool, Kind::resource_type, Kind::alarm_dictionary, Kind::performance_dictionary})
    for (const char* version : {"v1", "v2"})
      for (const auto& row : rows_of(inventory, kind)) {
        const std::string& id = row.first;
        if (kind == Kind::performance_dictionary && version == std::string("v1")) continue;
        CAPTURE(id);
        const model::Object* object = view.find(kind, id);
        REQUIRE(object != nullptr);
        std::string written;
        view.append(oran::face_of(kind, version), *object, written);
        CHECK(Value::parse(written).value() ==
              Plain(inventory, version == std::string("v2"), false).show(kind, row.second));
        CHECK(view.find(kind, inventory.uuids.at({kind, id})) == object);
      }
  CHECK(view.find(Kind::resource, uuid5("resource/sim/absent")) == nullptr);
}

TEST_CASE("equality on ids and labels looks at the members of an index alone") {
  Random random(6);
  Inventory inventory(random, 1000, std::size_t{1} << 20U);
  OCloudConfig config = cloud();
  oran::View view(config, inventory.state.snapshot(), tenancy::Scope());
  auto plan_of = [&](const std::string& text) {
    std::vector<Fault> faults;
    query::Selection selection;
    const oran::Face& face = oran::face_of(Kind::resource, "v2");
    selection.conditions = oran::to_stored(face, view, query::parse_oran_filter(text, faults));
    REQUIRE(faults.empty());
    return make_plan(inventory.state, view.snapshot(), Kind::resource, selection, {});
  };
  std::string pool = inventory.uuids.at({Kind::resource_pool, "pool-1"});
  std::string resource = inventory.uuids.at({Kind::resource, "res-3"});
  CHECK(plan_of("(eq,resourcePoolId," + pool + ")").by == "resourcePoolId");
  CHECK(plan_of("(eq,resourcePoolId," + pool + ")").scans() == 0);
  CHECK(plan_of("(eq,resourcePoolId,pool-1)").scans() == 0);
  CHECK(plan_of("(in,resourceId," + resource + ",res-4)").candidates == 2);
  CHECK(plan_of("(eq,extensions/labels/zone,a)").by == "extensions.labels.zone");
  CHECK(plan_of("(eq,elements,x)").candidates == 0);
  CHECK(plan_of("(cont,resourcePoolId,ab)").scans() == inventory.world.resources.size());
}
