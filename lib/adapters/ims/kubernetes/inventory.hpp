#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "netweave/adapter/ims.hpp"

#include "adapters/ims/kubernetes/collections.hpp"
#include "adapters/ims/kubernetes/label_pools.hpp"
#include "adapters/ims/kubernetes/mapping.hpp"

namespace netweave::ims::kubernetes {

struct Removed {
  Kind kind = Kind::resource;
  std::string id;
  std::string uid;
};
/// What an event of Kubernetes leads to, in the order in which it is to be told.
using Change = std::variant<Observed, Removed>;
using Changes = std::vector<Change>;

/// What O2 sees and Kubernetes has not as objects (pools made of labels, resource types, the cluster's capacity), kept
/// in step with what it has. Of a node it keeps what these need, not the node. One thread at a time.
class Inventory {
 public:
  /// Keeps a reference to `label_pools`.
  Inventory(std::string adapter, std::string server, std::string cluster, const LabelPools& label_pools);

  /// The state that these objects, fed before a restart, stand for.
  void load(const std::vector<Observed>& last);

  /// An object was listed, created or changed; one that is older than what is known is passed over.
  void put(Source source, const Json& object, Changes& out);
  /// An object is gone.
  void drop(Source source, const Json& object, Changes& out);

  /// The derived objects that changed, and those that nothing needs any more. Looks at every node: call it at
  /// most once a second, and at the end of a full list.
  void refresh(Changes& out);
  [[nodiscard]] bool dirty() const { return dirty_; }
  /// Something happened that only a new full list puts right: a pool vanished before its nodes.
  [[nodiscard]] bool needs_list() const { return needs_list_; }

  void set_cluster_version(const std::string& version);
  /// The pool of a Machine, by the key in Membership::machine.
  void set_machine(const std::string& machine, std::string pool) { machines_[machine] = std::move(pool); }
  [[nodiscard]] bool knows_machine(const std::string& machine) const { return machines_.count(machine) != 0; }

 private:
  struct Member {  ///< a node or a volume
    std::uint64_t version = 0;
    std::string uid;
    std::string pool;
    std::string type;
    std::string zone;
    std::string region;
    Amounts capacity;
    Amounts allocatable;
    bool usable = false;
  };
  struct Pool {
    Observed observed;
    bool own = false;         ///< an object in Kubernetes: stays without members
    bool through_o2 = false;  ///< the label o2.netweave.io/pool
    bool fed = false;
    bool changed = true;
    std::size_t members = 0;
    std::map<std::string, std::size_t> zones;
    std::map<std::string, std::size_t> regions;
  };
  struct Type {
    Observed observed;
    bool own = false;  ///< a StorageClass
    bool fed = false;
    std::size_t uses = 0;
  };

  void put_node(const Json& node, Changes& out);
  void put_volume(const Json& volume, Changes& out);
  void put_storage_class(const Json& object, Changes& out);
  void put_pool(const char* what, const Json& object, Changes& out);
  void drop_member(std::unordered_map<std::string, Member>& members, const char* what, const Json& object,
                   Changes& out);
  void drop_storage_class(const Json& object, Changes& out);
  void drop_pool(const char* what, const Json& object, Changes& out);
  void join(const Member& member);
  void leave(const Member& member);
  void feed(const std::string& pool_id, const std::string& type_id, Changes& out);
  void ensure_pool(const Membership& membership);
  void load_member(const Resource& resource, const Observed& observed);
  [[nodiscard]] static bool needed(const Pool& pool) { return pool.members > 0 || pool.own; }
  [[nodiscard]] Observed with_location(const Pool& pool) const;
  [[nodiscard]] Observed deployment_manager() const;

  std::string adapter_;
  std::string server_;
  std::string cluster_;
  std::string version_;
  const LabelPools& label_pools_;
  std::unordered_map<std::string, Member> nodes_;
  std::unordered_map<std::string, Member> volumes_;
  std::map<std::string, Pool> pools_;
  std::map<std::string, Type> types_;
  std::unordered_map<std::string, std::string> machines_;
  bool dirty_ = true;
  bool cluster_changed_ = true;
  bool needs_list_ = false;
};

}  // namespace netweave::ims::kubernetes
