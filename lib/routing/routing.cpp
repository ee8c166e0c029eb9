#include "routing/routing.hpp"

#include <algorithm>

namespace netweave::routing {

adapters::Host* owner_of(Hosts& hosts, const model::Object& object) {
  for (auto& host : hosts)
    if (host->config().name == object.adapter()) return host.get();
  return nullptr;
}

Result<adapters::Host*> for_creation(Hosts& hosts, Kind kind) {
  adapters::Host* best = nullptr;
  auto rank = [](const adapters::Host& host) { return std::pair(host.config().is_default, host.config().priority); };
  for (auto& host : hosts)
    if (host->config().enabled && (best == nullptr || rank(*host) > rank(*best))) best = host.get();
  if (best == nullptr) return make_error(ErrorKind::invalid, "no adapter is configured that could create it");
  if (auto capable = check_capable(*best, kind, ims::Operation::create); !capable) return std::move(capable).error();
  return best;
}

Result<adapters::Host*> named(Hosts& hosts, const std::string& name) {
  for (auto& host : hosts)
    if (host->config().name == name) return host.get();
  Error error = make_error(ErrorKind::invalid, "there is no adapter " + name);
  error.faults.push_back({"X-Netweave-Adapter", "must name a configured adapter"});
  return error;
}

Result<void> check_capable(const adapters::Host& host, Kind kind, ims::Operation operation) {
  if (host.can(kind, operation)) return {};
  std::string verb = operation == ims::Operation::create   ? "create"
                     : operation == ims::Operation::update ? "change"
                                                           : "delete";
  return make_error(ErrorKind::unimplemented, "the adapter " + host.config().name + " (" + host.adapter().info().type +
                                                  ") can't " + verb + " a " + std::string(to_string(kind)));
}

}  // namespace netweave::routing
