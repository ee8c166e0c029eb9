#include "model/fields.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include <doctest/doctest.h>

#include "model/kinds.hpp"

using namespace netweave;
using namespace netweave::model;

namespace {

template <class T>
T read(const Table& table, const std::string& json, std::vector<Fault>& faults) {
  T into;
  read_fields(table, Value::parse(json).value(), &into, faults);
  return into;
}

/// Reads, expects no fault, writes: the same text must come out.
template <class T>
void check_round_trip(const Table& table, const std::string& json) {
  std::vector<Fault> faults;
  T object = read<T>(table, json, faults);
  for (const Fault& fault : faults) CHECK_MESSAGE(false, fault.field << ": " << fault.reason);
  CHECK(to_json(table, object) == json);
  CHECK(to_json(table, from_json<T>(table, json)) == json);
}

bool has(const std::vector<Fault>& faults, const std::string& field, const std::string& part) {
  return std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) {
    return fault.field == field && fault.reason.find(part) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("each kind reads and writes every one of its members") {
  check_round_trip<DeploymentManager>(
      deployment_manager_table(),
      R"({"deploymentManagerId":"dm","name":"n","description":"d","oCloudId":"o","serviceUri":"https://x",)"
      R"("supportedLocations":["a","b"],"capabilities":["c"],"capacity":{"totalCpu":1.5,"totalMemoryMb":2.25,)"
      R"("totalStorageGb":3.25,"availableCpu":0.5,"availableMemoryMb":5.25,"availableStorageGb":6.25},"extensions":{"k":[1,null]}})");
  check_round_trip<ResourcePool>(
      resource_pool_table(),
      R"({"resourcePoolId":"p","name":"n","description":"d","location":"l","oCloudId":"o",)"
      R"("globalLocationId":"geo:1,2","createdAt":"c","updatedAt":"u","extensions":{"labels":{"a":"b"}}})");
  check_round_trip<Resource>(resource_table(),
                             R"({"resourceId":"r","resourceTypeId":"t","resourcePoolId":"p","globalAssetId":"urn:x",)"
                             R"("description":"\"d\"\n\u0001","createdAt":"c","updatedAt":"u","extensions":{"x":1}})");
  check_round_trip<ResourceType>(
      resource_type_table(),
      R"({"resourceTypeId":"t","name":"n","description":"d","vendor":"v","model":"m",)"
      R"("version":"1","resourceClass":"compute","resourceKind":"physical","extensions":{"x":1}})");
  check_round_trip<Subscription>(
      subscription_table(),
      R"({"subscriptionId":"s","callback":"https://x","consumerSubscriptionId":"c","filter":{"resourcePoolId":["a"],)"
      R"("resourceTypeId":["b","c"],"resourceId":["d"],"labels":{"k":"v"}},"eventTypes":["e"],"createdAt":"c",)"
      R"("updatedAt":"u"})");
  check_round_trip<OCloudInfrastructure>(
      o_cloud_table(), R"({"oCloudId":"o","globalCloudId":"g","name":"n","description":"d","serviceUri":"u",)"
                       R"("extensions":{"x":1}})");
}

TEST_CASE("absent members are left out, required ones are always written") {
  CHECK(to_json(resource_table(), Resource()) == R"({"resourceId":"","resourceTypeId":"","resourcePoolId":""})");
  CHECK(to_json(resource_pool_table(), ResourcePool()) == R"({"resourcePoolId":"","name":"","oCloudId":""})");
  CHECK(to_json(deployment_manager_table(), DeploymentManager()) ==
        R"({"deploymentManagerId":"","name":"","oCloudId":"","serviceUri":""})");
  CHECK(to_json(subscription_table(), Subscription()) == R"({"subscriptionId":"","callback":"","createdAt":""})");
}

TEST_CASE("what the JSON does not name stays as it is") {
  Resource resource;
  resource.description = "before";
  resource.resource_id = "r";
  std::vector<Fault> faults;
  read_fields(resource_table(), Value::parse(R"({"resourceId":"s"})").value(), &resource, faults);
  CHECK(resource.description == "before");
  CHECK(resource.resource_id == "s");
}

TEST_CASE("every fault of a body is told at once, with its place") {
  std::vector<Fault> faults;
  read<DeploymentManager>(deployment_manager_table(),
                          R"({"name":1,"description":null,"supportedLocations":"one","capabilities":["a",2],)"
                          R"("capacity":{"totalCpu":"8","unknown":1,"availableCpu":null},"extensions":[],"nope":true})",
                          faults);
  CHECK(faults.size() == 9);
  CHECK(has(faults, "name", "must be a string"));
  CHECK(has(faults, "description", "must be a string"));
  CHECK(has(faults, "supportedLocations", "array of strings"));
  CHECK(has(faults, "capabilities", "array of strings"));
  CHECK(has(faults, "capacity.totalCpu", "a number"));
  CHECK(has(faults, "capacity.unknown", "no such member"));
  CHECK(has(faults, "capacity.availableCpu", "a number"));
  CHECK(has(faults, "extensions", "an object"));
  CHECK(has(faults, "nope", "no such member of a deploymentManager"));
}

TEST_CASE("a body that is no object is one fault") {
  for (const char* json : {"[]", "1", "\"x\"", "null", "true"}) {
    std::vector<Fault> faults;
    read<Resource>(resource_table(), json, faults);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].field == "body");
  }
}

TEST_CASE("a filter takes one string for a list of one, other lists do not") {
  std::vector<Fault> faults;
  auto subscription =
      read<Subscription>(subscription_table(), R"({"filter":{"resourcePoolId":"a"},"eventTypes":"b"})", faults);
  CHECK(subscription.filter.resource_pool_id == std::vector<std::string>{"a"});
  CHECK(faults.size() == 1);
  CHECK(has(faults, "eventTypes", "array"));
}

TEST_CASE("lengths count characters, up to and with the limit") {
  struct Case {
    const Table& table;
    std::string field;
    std::size_t most;
  };
  for (const Case& one : {Case{resource_pool_table(), "name", 255}, Case{resource_pool_table(), "description", 1000},
                          Case{resource_pool_table(), "location", 255}}) {
    CAPTURE(one.field);
    for (const std::string& character : {std::string("x"), std::string("\xc3\xa9"), std::string("\xf0\x9f\x98\x80")}) {
      std::string text;
      for (std::size_t i = 0; i < one.most; ++i) text += character;
      std::vector<Fault> faults;
      ResourcePool pool;
      Value body;
      body[one.field] = text;
      read_fields(one.table, body, &pool, faults);
      CHECK(faults.empty());
      body[one.field] = text + character;
      read_fields(one.table, body, &pool, faults);
      CHECK(faults.size() == 1);
      CHECK(has(faults, one.field, "at most"));
    }
  }
}

TEST_CASE("extensions hold at most a hundred members") {
  for (std::size_t members : {100U, 101U}) {
    Value body;
    body["extensions"] = Value::object();
    for (std::size_t i = 0; i < members; ++i) body["extensions"].add(std::to_string(i), 1);
    std::vector<Fault> faults;
    Resource resource;
    read_fields(resource_table(), body, &resource, faults);
    CHECK(faults.size() == (members == 100U ? 0 : 1));
  }
}

TEST_CASE("a required member is asked for unless it is the gateway's own or excused") {
  Resource resource;
  std::vector<Fault> faults;
  check_required(resource_table(), &resource, {}, faults);
  CHECK(faults.size() == 3);
  faults.clear();
  std::array<std::string_view, 1> excused = {"resourceId"};
  resource.resource_pool_id = "p";
  check_required(resource_table(), &resource, excused, faults);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0] == Fault{"resourceTypeId", "is required"});
  faults.clear();
  Subscription subscription;
  subscription.callback = "x";
  subscription.subscription_id = "s";
  check_required(subscription_table(), &subscription, {}, faults);
  CHECK(faults.empty());  // createdAt is the gateway's
}

TEST_CASE("an update may repeat or leave out what is immutable, never change it") {
  Resource before;
  before.resource_id = "r";
  before.resource_pool_id = "p";
  before.resource_type_id = "t";
  Resource after = before;
  std::vector<Fault> faults;
  check_immutable(resource_table(), &before, &after, faults);
  after.resource_pool_id = "";
  after.description = "changed";
  check_immutable(resource_table(), &before, &after, faults);
  CHECK(faults.empty());
  after.resource_pool_id = "q";
  after.resource_id = "s";
  check_immutable(resource_table(), &before, &after, faults);
  CHECK(faults.size() == 2);
  CHECK(has(faults, "resourcePoolId", "can't be changed"));
  CHECK(has(faults, "resourceId", "can't be changed"));
}

TEST_CASE("stored JSON of another version is read as far as it is known") {
  auto resource = from_json<Resource>(resource_table(), R"({"resourceId":"r","later":1,"description":7})");
  CHECK(resource.resource_id == "r");
  CHECK(resource.description == "");
  CHECK(from_json<Resource>(resource_table(), "not JSON").resource_id == "");
}

TEST_CASE("arrays of structs are read, written, and read anew") {
  const char* one = R"({"alarmDictionaryId":"a","probableCauses":[{"probableCauseCode":"x"},)"
                    R"({"probableCauseCode":"y","standardReference":{"versionOrRelease":"1"}}]})";
  auto dictionary = from_json<AlarmDictionary>(alarm_dictionary_table(), one);
  REQUIRE(dictionary.probable_causes.size() == 2);
  CHECK(dictionary.probable_causes[1].standard_reference.version_or_release == "1");
  CHECK(dictionary.management_interface_id == std::vector<std::string>{"O2IMS"});
  std::string json = to_json(alarm_dictionary_table(), dictionary);
  CHECK(json.find(R"("probableCauses":[{"probableCauseCode":"x","probableCauseDescription":""},{)") !=
        std::string::npos);
  CHECK(json.find(R"("alarmDefinition":[],)") != std::string::npos);
  CHECK(to_json(alarm_dictionary_table(), from_json<AlarmDictionary>(alarm_dictionary_table(), json)) == json);
  std::vector<Fault> faults;
  read_fields(alarm_dictionary_table(), Value::parse(R"({"probableCauses":[{"probableCauseCode":1}]})").value(),
              &dictionary, faults);
  CHECK(dictionary.probable_causes.size() == 1);
  CHECK(has(faults, "probableCauses[0].probableCauseCode", "must be a string"));
  faults.clear();
  read_fields(alarm_dictionary_table(), Value::parse(R"({"probableCauses":[1]})").value(), &dictionary, faults);
  CHECK(has(faults, "probableCauses", "must be an array of objects"));
}

TEST_CASE("the tables hold together") {
  for (Kind kind : {Kind::deployment_manager, Kind::resource_pool, Kind::resource_type, Kind::resource,
                    Kind::subscription, Kind::o_cloud, Kind::alarm_dictionary, Kind::performance_dictionary}) {
    const Table& table = table_of(kind);
    CAPTURE(std::string(table.name));
    CHECK(table.name == to_string(kind));
    REQUIRE(table.find(table.id) != nullptr);
    CHECK(table.find(table.id)->required);
    for (const Field& field : table.fields) {
      CHECK(table.find(field.name) == &field);
      CHECK((field.type == FieldType::nested || field.type == FieldType::items) == (field.nested != nullptr));
      CHECK((field.type == FieldType::items) == (field.vector != nullptr));
      CHECK_FALSE((field.required && field.type == FieldType::number));  // an absent one can't be written
    }
    CHECK(table.find("nope") == nullptr);
  }
}

TEST_CASE("whole numbers are written without a fraction") {
  DeploymentManager manager;
  manager.capacity.total_cpu = 64;
  manager.capacity.available_cpu = 0.5;
  manager.capacity.total_memory_mb = 1e300;
  std::string json = to_json(deployment_manager_table(), manager);
  CHECK(json.find("\"totalCpu\":64,") != std::string::npos);
  CHECK(json.find("\"availableCpu\":0.5") != std::string::npos);
  CHECK(json.find("\"totalMemoryMb\":1e300") != std::string::npos);
}
