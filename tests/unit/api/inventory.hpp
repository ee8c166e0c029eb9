#pragma once

#include "base/ids.hpp"
#include "model/fields.hpp"
#include "state/state.hpp"
#include "unit/api/twin.hpp"

/// Random inventories: a state, and the same as plain rows for the slow twin.
namespace netweave::twin {

using Random = std::mt19937;
using Strings = std::vector<std::string>;

/// How many inventories to try: one in a debug build, under sanitizers above all, where each takes a minute.
constexpr unsigned inventories(unsigned all) {
#ifdef NDEBUG
  return all;
#else
  return all > 0 ? 1 : 0;
#endif
}

inline std::size_t below(Random& random, std::size_t bound) { return random() % bound; }
inline const std::string& one_of(Random& random, const Strings& texts) { return texts[below(random, texts.size())]; }

inline const Strings words = {"alpha",
                              "Alpha",
                              "beta",
                              "be\"ta\\",
                              "gamma ray",
                              "true",
                              "42",
                              "",
                              "\xC3\xA9t\xC3\xA9",
                              "2026-01-02T03:04:05Z",
                              "2026-01-02T04:04:05+01:00",
                              "2026-01-02T03:04:05.5Z"};
inline const Strings zones = {"a", "b", "c"};
inline const Strings numbers = {"0", "-1", "3.5", "42", "42.0", "4.2e1", "1000000"};

inline Value random_scalar(Random& random) {
  switch (below(random, 5)) {
    case 0:
      return static_cast<std::int64_t>(below(random, 50));
    case 1:
      return static_cast<double>(below(random, 100)) / 2;
    case 2:
      return random() % 2 == 0;
    case 3:
      return nullptr;
    default:
      return one_of(random, words);
  }
}

inline Value random_value(Random& random, int depth) {
  if (depth > 0 && below(random, 4) == 0) {
    Value array = Value::array();
    for (std::size_t i = below(random, 4); i > 0; --i) array.push_back(random_value(random, depth - 1));
    return array;
  }
  if (depth > 0 && below(random, 4) == 0) {
    Value object = Value::object();
    for (const char* name : {"x", "y", "dotted.name"})
      if (random() % 2 == 0) object[name] = random_value(random, depth - 1);
    return object;
  }
  return random_scalar(random);
}

inline Value random_extensions(Random& random) {
  Value extensions = Value::object();
  if (below(random, 8) != 0) {
    extensions["labels"]["zone"] = one_of(random, zones);
    if (random() % 2 == 0) extensions["labels"]["topology/rack"] = std::to_string(below(random, 6));
    if (below(random, 40) == 0) extensions["labels"]["topology/rack"] = random_scalar(random);
  }
  extensions["cpu"]["cores"] = static_cast<std::int64_t>(1U << below(random, 8));
  extensions["cpu"]["model"] = "EPYC " + std::to_string(below(random, 5));
  for (const char* name : {"a", "b", "quo\"ted"})
    if (random() % 2 == 0) extensions[name] = random_value(random, 3);
  if (random() % 2 == 0) extensions["tags"] = random_value(random, 2);
  return extensions;
}

/// A state, its slow twin's rows, and the log's place.
class Inventory {
 public:
  /// With `tenants` each object belongs to one of them, and some pools are shared.
  Inventory(Random& random, std::size_t count, std::size_t column_bytes, Strings tenants = {})
      : state(column_bytes), tenants_(std::move(tenants)) {
    for (int i = 0; i < 5; ++i) put(pool(random, i));
    for (int i = 0; i < 3; ++i) put(type(random, i));
    for (int i = 0; i < 3; ++i) put(alarms(random, i));
    put(measurements());
    for (std::size_t i = 0; i < count; ++i) put(resource(random, i));
    flush();
  }

  /// What a tenant sees of the rows.
  [[nodiscard]] World seen_by(const std::string& tenant) const {
    auto owns = [&](Kind kind, const std::string& id) { return owners.at({kind, id}) == tenant; };
    auto shared = [&](const std::string& pool) {
      auto row = world.pools.find(pool);
      return row != world.pools.end() && row->second.at("shared").as_bool();
    };
    World seen = world;
    std::erase_if(seen.pools,
                  [&](const auto& row) { return !owns(Kind::resource_pool, row.first) && !shared(row.first); });
    std::erase_if(seen.resources, [&](const auto& row) {
      return !owns(Kind::resource, row.first) && !shared(std::string(row.second.at("resourcePoolId").as_text()));
    });
    return seen;
  }

  void change(Random& random, std::size_t among) {
    put(resource(random, below(random, among)));
    std::string id = "res-" + std::to_string(below(random, among));
    if (world.resources.contains(id) && random() % 2 == 0) remove(Kind::resource, id, world.resources);
    put(type(random, static_cast<int>(below(random, 3))));
    put(alarms(random, static_cast<int>(below(random, 3))));
    if (world.alarms.contains("alarms-2") && random() % 2 == 0)
      remove(Kind::alarm_dictionary, "alarms-2", world.alarms);
    flush();
  }

  state::State state;
  World world;
  std::map<std::pair<Kind, std::string>, std::string> owners;
  std::map<std::pair<Kind, std::string>, std::string> uuids;  ///< under which the O-RAN family shows what there is

 private:
  static Value pool(Random& random, int number) {
    Value json;
    json["resourcePoolId"] = "pool-" + std::to_string(number);
    json["name"] = "Pool " + std::to_string(number);
    if (number != 4) json["location"] = number < 2 ? "us-west-2a" : "us-east-1";
    json["oCloudId"] = "ocloud-1";
    json["extensions"] = random_extensions(random);
    return json;
  }
  /// Of dictionaries it may name none, one that is not there, or what is no id.
  static Value type(Random& random, int number) {
    Value json;
    json["resourceTypeId"] = "type-" + std::to_string(number);
    json["name"] = "Type";
    if (number > 0) json["vendor"] = number == 1 ? "Dell" : "HPE";
    json["resourceClass"] = number == 0 ? "storage" : "compute";
    Value& extensions = json["extensions"] = random_extensions(random);
    if (random() % 4 != 0) extensions["alarmDictionaryId"] = "alarms-" + std::to_string(below(random, 4));
    if (below(random, 8) == 0) extensions["alarmDictionaryId"] = random_value(random, 2);
    if (random() % 2 == 0) extensions["performanceDictionaryId"] = "measurements";
    return json;
  }
  static Value alarms(Random& random, int number) {
    Value json;
    json["alarmDictionaryId"] = "alarms-" + std::to_string(number);
    json["vendor"] = number == 1 ? "Dell" : "HPE";
    if (random() % 2 == 0) json["entityType"] = one_of(random, words);
    json["managementInterfaceId"].push_back("O2IMS");
    for (std::size_t i = below(random, 3); i > 0; --i) {
      Value alarm;
      alarm["alarmName"] = one_of(random, words);
      alarm["clearingType"] = random() % 2 == 0 ? "AUTOMATIC" : "MANUAL";
      alarm["alarmAdditionalFields"]["x"] = random_value(random, 2);
      json["alarmDefinition"].push_back(std::move(alarm));
    }
    return json;
  }
  static Value measurements() {
    Value json;
    json["performanceDictionaryId"] = "measurements";
    json["vendorSoftwareProduct"] = "alpha";
    json["supportedMeasurements"].push_back(Value::parse(R"({"performanceMeasurementId":"beta"})").value());
    return json;
  }
  static Value resource(Random& random, std::size_t number) {
    Value json;
    json["resourceId"] = "res-" + std::to_string(number);
    json["resourceTypeId"] = "type-" + std::to_string(below(random, 4));  // the last is not there
    json["resourcePoolId"] = "pool-" + std::to_string(below(random, 6));
    if (random() % 2 == 0) json["description"] = one_of(random, words);
    json["createdAt"] = "2026-01-0" + std::to_string(1 + below(random, 5)) + "T00:00:00.000Z";
    json["extensions"] = random_extensions(random);
    return json;
  }

  void put(Value json) {
    model::Draft draft;
    auto is = [&](const char* member) { return json.find(member) != nullptr; };
    bool is_pool = is("location") || is("oCloudId");
    draft.kind = is_pool                         ? Kind::resource_pool
                 : is("resourceClass")           ? Kind::resource_type
                 : is("alarmDictionaryId")       ? Kind::alarm_dictionary
                 : is("performanceDictionaryId") ? Kind::performance_dictionary
                                                 : Kind::resource;
    Rows& rows = rows_of(draft.kind);
    std::string_view id = model::table_of(draft.kind).id;
    draft.id = json.at(id).as_text();
    if (!tenants_.empty()) {
      std::size_t lot = std::hash<std::string>()(draft.id + std::to_string(revision_));
      const std::string& owner = owners[{draft.kind, draft.id}] = tenants_[lot % tenants_.size()];
      if (owner != model::default_tenant) draft.tenant = owner;
      if (is_pool && lot % 7 == 0) json["shared"] = true;
    }
    draft.json = json.to_json();
    draft.adapter = "sim";
    if (std::hash<std::string>()(draft.id) % 5 == 0) draft.reference = "given/" + draft.id;
    uuids[{draft.kind, draft.id}] =
        make_uuid5(netweave_namespace, std::string(to_string(draft.kind)) + "/sim/" +
                                           (draft.reference.empty() ? draft.id : draft.reference));
    if (draft.kind == Kind::resource) {
      draft.pool = json.at("resourcePoolId").as_text();
      draft.type = json.at("resourceTypeId").as_text();
    }
    auto object = model::Object::make(draft);
    object.stamp(++revision_);
    model::ObjectRef& prior = objects_[{draft.kind, draft.id}];
    entries_.push_back({revision_, 0, object, prior});
    prior = object;
    rows[draft.id] = json;
  }
  void remove(Kind kind, const std::string& id, Rows& rows) {
    entries_.push_back({++revision_, 0, {}, objects_[{kind, id}]});
    objects_.erase({kind, id});
    rows.erase(id);
  }
  void flush() {
    // a commit changes an object once
    std::map<std::pair<Kind, std::string>, bool> seen;
    std::vector<store::Entry> commit;
    for (store::Entry& entry : entries_) {
      if (!seen.emplace(std::pair(entry.subject().kind(), std::string(entry.subject().id())), true).second) {
        state.apply(commit);
        commit.clear();
        seen.clear();
      }
      commit.push_back(entry);
    }
    state.apply(commit);
    entries_.clear();
  }

  Rows& rows_of(Kind kind) {
    if (kind == Kind::alarm_dictionary) return world.alarms;
    if (kind == Kind::performance_dictionary) return world.measurements;
    return kind == Kind::resource_pool ? world.pools : kind == Kind::resource_type ? world.types : world.resources;
  }

  Strings tenants_;
  model::Revision revision_ = 0;
  std::map<std::pair<Kind, std::string>, model::ObjectRef> objects_;
  std::vector<store::Entry> entries_;
};

}  // namespace netweave::twin
