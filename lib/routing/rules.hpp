#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "netweave/config.hpp"
#include "netweave/model.hpp"

/// The rules of who gets what is created: what each says of a creation. Which adapters there are, and how they are, is
/// for `choose`.
namespace netweave::routing {

/// What is to be created, as far as rules ask.
struct Creation {
  Kind kind = Kind::resource_pool;
  std::string instance_type;  ///< `extensions.instanceType` of a pool; empty where it asks for none
  std::string location;
  Value extensions = Value::object();  ///< with `labels`
};
Creation creation_of(const ResourcePool& pool);

/// Why the rule's conditions do not hold for it, in words; empty where they do. Capabilities are not looked at.
std::string mismatch(const RoutingRule& rule, const Creation& creation);

/// Rules in the order that they are tried.
using RulesRef = std::shared_ptr<const RoutingConfig>;

/// The rules in force, which a reload replaces. Any thread.
class Rules {
 public:
  explicit Rules(RoutingConfig config) { replace(std::move(config)); }
  void replace(RoutingConfig config);
  [[nodiscard]] RulesRef now() const;

 private:
  mutable std::mutex mutex_;
  RulesRef rules_;
};

}  // namespace netweave::routing
