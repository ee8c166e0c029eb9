#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "netweave/adapter/ims.hpp"

#include "base/ids.hpp"

/// A backend that outlives the gateway in front of it, and its adapter, which does what the test says.
namespace netweave::test {

using Key = std::pair<Kind, std::string>;

/// What the backend has, and how it behaves. Any thread.
class Backend {
 public:
  struct Manners {
    bool uids = true;
    bool versions = false;
    bool tags = true;  ///< keeps the client token
    bool reads = true;
    bool own_ids = true;  ///< names what it makes; else under the id that was given
    ims::Removal removal = ims::Removal::done;
  };
  Manners manners;
  /// Asked before and after each write takes effect; an error is the answer then.
  std::function<std::optional<Error>()> before = [] { return std::nullopt; };
  std::function<std::optional<Error>()> after = [] { return std::nullopt; };

  /// What was asked for beyond what the backend keeps: an id and a description.
  struct Asked {
    std::string id;
    std::string description;
  };

  std::mutex mutex;
  std::map<Key, ims::Observed> objects;
  std::map<Key, Asked> asked;            ///< of what was created through O2
  std::map<Key, ims::Observed> leaving;  ///< removals that are accepted and not done
  std::uint64_t version = 0;
  std::size_t made = 0;

  static ims::Observed pool(const std::string& id, const std::string& location = "here") {
    ResourcePool pool;
    pool.resource_pool_id = pool.name = id;
    pool.location = location;
    return {pool};
  }
  static ims::Observed resource(const std::string& id, const std::string& pool, const std::string& note = "",
                                const std::string& type = "t-type") {
    Resource resource;
    resource.resource_id = id;
    resource.resource_pool_id = pool;
    resource.resource_type_id = type;
    resource.extensions["note"] = note;
    return {resource};
  }
  static ims::Observed type(const std::string& id = "t-type") {
    ResourceType type;
    type.resource_type_id = type.name = id;
    return {type};
  }

  /// A change of the backend's own; gives what it has then.
  ims::Observed set(ims::Observed observed, bool same_object = true) {
    std::lock_guard lock(mutex);
    Key key{ims::kind_of(observed), std::string(ims::id_of(observed))};
    auto place = objects.find(key);
    bool known = place != objects.end() && same_object;
    if (known) observed.client_token = place->second.client_token;
    if (!known) asked.erase(key);
    if (manners.uids) observed.uid = known ? place->second.uid : make_uuid();
    if (manners.versions) observed.version = ++version;
    objects.insert_or_assign(key, observed);
    return observed;
  }
  /// Gives what was there.
  ims::Observed erase(Kind kind, const std::string& id) {
    std::lock_guard lock(mutex);
    ims::Observed gone = objects.at({kind, id});
    objects.erase({kind, id});
    asked.erase({kind, id});
    leaving.erase({kind, id});
    ++version;
    return gone;
  }
  std::vector<ims::Observed> list() {
    std::lock_guard lock(mutex);
    std::vector<ims::Observed> all;
    for (const auto& [key, object] : objects) all.push_back(object);
    return all;
  }
};

/// The adapter over a Backend; `observe` runs what the rig gives it.
class BackendAdapter final : public ims::Adapter {
 public:
  using Observe = std::function<void(ims::Feed&, std::stop_token)>;
  BackendAdapter(Backend& backend, Observe observe) : backend_(backend), observe_(std::move(observe)) {}

  [[nodiscard]] ims::AdapterInfo info() const override {
    ims::AdapterInfo info{"test", "1", {}};
    for (Kind kind : {Kind::resource_pool, Kind::resource})
      for (auto operation : {ims::Operation::create, ims::Operation::update, ims::Operation::remove})
        info.capabilities.push_back({kind, operation, {}});
    return info;
  }
  [[nodiscard]] ims::Health health() const override { return {true, {}}; }
  void observe(ims::Feed& feed, std::stop_token stop) override { observe_(feed, std::move(stop)); }

  Result<ims::Observed> create_resource_pool(const ResourcePool& pool, const ims::CallContext& context) override {
    return create({pool}, pool.resource_pool_id, context);
  }
  Result<ims::Observed> create_resource(const Resource& resource, const ims::CallContext& context) override {
    return create({resource}, resource.resource_id, context);
  }
  Result<ims::Observed> update_resource_pool(const ResourcePool& pool, const Value&, const ims::CallContext&) override {
    return update({pool});
  }
  Result<ims::Observed> update_resource(const Resource& resource, const Value&, const ims::CallContext&) override {
    return update({resource});
  }
  Result<ims::Removal> remove_resource_pool(const std::string& id, const ims::CallContext&) override {
    return remove({Kind::resource_pool, id});
  }
  Result<ims::Removal> remove_resource(const std::string& id, const ims::CallContext&) override {
    return remove({Kind::resource, id});
  }
  Result<ims::Observed> read(Kind kind, const std::string& id, const ims::CallContext& context) override {
    if (!backend_.manners.reads) return ims::Adapter::read(kind, id, context);
    std::lock_guard lock(backend_.mutex);
    auto place = backend_.objects.find({kind, id});
    if (place == backend_.objects.end()) return make_error(ErrorKind::not_found, id + " is not there");
    return place->second;
  }

 private:
  /// What the backend keeps of it: no description.
  static std::string strip(ims::Observed& observed) {
    return std::visit(
        [](auto& object) {
          if constexpr (requires { object.created_at; }) object.created_at = object.updated_at = {};
          if constexpr (requires { object.o_cloud_id; }) object.o_cloud_id = {};
          if constexpr (requires { object.description; }) return std::exchange(object.description, {});
          return std::string();
        },
        observed.object);
  }

  Result<ims::Observed> create(ims::Observed wanted, const std::string& given, const ims::CallContext& context) {
    if (auto fault = backend_.before()) return *fault;
    {
      std::lock_guard lock(backend_.mutex);
      Kind kind = ims::kind_of(wanted);
      std::string id = given;
      if (given.empty() || backend_.manners.own_ids)
        id = std::string("t-") + (kind == Kind::resource ? "res" : "pool") + "-made-" + std::to_string(++backend_.made);
      if (backend_.objects.contains({kind, id})) return make_error(ErrorKind::conflict, id + " is taken");
      if (auto* pool = std::get_if<ResourcePool>(&wanted.object)) pool->resource_pool_id = id;
      if (auto* resource = std::get_if<Resource>(&wanted.object)) resource->resource_id = id;
      std::string description = strip(wanted);
      if (backend_.manners.tags) wanted.client_token = context.client_token;
      if (backend_.manners.uids) wanted.uid = make_uuid();
      if (backend_.manners.versions) wanted.version = ++backend_.version;
      backend_.objects.insert_or_assign({kind, id}, wanted);
      backend_.asked[{kind, id}] = {given.empty() ? id : given, description};
    }
    if (auto fault = backend_.after()) return *fault;
    return wanted;
  }

  Result<ims::Observed> update(ims::Observed wanted) {
    if (auto fault = backend_.before()) return *fault;
    {
      std::lock_guard lock(backend_.mutex);
      auto place = backend_.objects.find({ims::kind_of(wanted), std::string(ims::id_of(wanted))});
      if (place == backend_.objects.end()) return make_error(ErrorKind::not_found, "it is not there");
      strip(wanted);
      wanted.uid = place->second.uid;
      wanted.client_token = place->second.client_token;
      if (backend_.manners.versions) wanted.version = ++backend_.version;
      place->second = wanted;
    }
    if (auto fault = backend_.after()) return *fault;
    return wanted;
  }

  Result<ims::Removal> remove(const Key& key) {
    if (auto fault = backend_.before()) return *fault;
    ims::Removal removal = backend_.manners.removal;
    {
      std::lock_guard lock(backend_.mutex);
      auto place = backend_.objects.find(key);
      if (place == backend_.objects.end()) return make_error(ErrorKind::not_found, key.second + " is not there");
      for (const auto& [other, object] : backend_.objects)
        if (const auto* resource = std::get_if<Resource>(&object.object);
            resource != nullptr && resource->resource_pool_id == key.second)
          return make_error(ErrorKind::conflict, "it holds resources");
      if (removal == ims::Removal::pending) {
        backend_.leaving.insert_or_assign(key, place->second);
      } else {
        backend_.objects.erase(place);
        backend_.asked.erase(key);
      }
      ++backend_.version;
    }
    if (auto fault = backend_.after()) return *fault;
    return removal;
  }

  Backend& backend_;
  Observe observe_;
};

}  // namespace netweave::test
