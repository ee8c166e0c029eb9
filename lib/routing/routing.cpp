#include "routing/routing.hpp"

#include <algorithm>
#include <array>

namespace netweave::routing {
namespace {

adapters::Host* find(const Hosts& hosts, std::string_view name) {
  for (const auto& host : hosts)
    if (host->config().name == name) return host.get();
  return nullptr;
}

/// What the rule wants its adapter to be able to do and it can't; empty where it can all of it.
std::string lacking(const RoutingRule& rule, const adapters::Host& host) {
  constexpr std::array<std::pair<std::string_view, ims::Operation>, 3> operations = {
      {{"create", ims::Operation::create}, {"update", ims::Operation::update}, {"delete", ims::Operation::remove}}};
  for (const std::string& capability : rule.capabilities) {
    bool able = false;
    for (Kind kind : {Kind::resource_pool, Kind::resource})
      for (const auto& [word, operation] : operations)
        if (capability == std::string(to_string(kind)).append(".").append(word)) able = host.can(kind, operation);
    if (!able) return capability;
  }
  return {};
}

/// One search through the rules.
class Search {
 public:
  Search(const Hosts& hosts, const Creation& creation, Choice& choice)
      : hosts_(hosts), creation_(creation), choice_(choice) {}

  void run() {
    for (const RoutingRule& rule : choice_.rules->rules) {
      choice_.tried.push_back({&rule, false, false, {}});
      attempt(rule, choice_.tried.back());
    }
    if (chosen_ == nullptr) fall_back();
  }

 private:
  void attempt(const RoutingRule& rule, Tried& tried) {
    tried.reason = mismatch(rule, creation_);
    if (!tried.reason.empty()) return;
    tried.matches = true;
    adapters::Host* host = find(hosts_, rule.adapter);
    if (host == nullptr) {
      tried.reason = "its adapter " + rule.adapter + " is disabled";
      return;
    }
    if (std::string missing = lacking(rule, *host); !missing.empty()) {
      tried.matches = false;
      tried.reason = "its adapter " + rule.adapter + " can't do " + missing;
      return;
    }
    if (chosen_ != nullptr) {
      tried.reason = "the rule " + chosen_->name + " comes first";
      return;
    }
    if (rule.failover && host->status().failed) {
      tried.reason = "the backend of its adapter " + rule.adapter + " can't be reached, and it fails over";
      return;
    }
    chosen_ = &rule;
    tried.chosen = true;
    tried.reason = "it is the first that matches";
    choice_.reason = "the rule " + rule.name + " gives it to " + rule.adapter;
    choice_.host = host;
  }

  void fall_back() {
    std::string none = choice_.tried.empty() ? "there are no rules" : "no rule takes it";
    adapters::Host* host = choice_.rules->fallback_enabled ? default_of(hosts_) : nullptr;
    if (host != nullptr) {
      choice_.host = host;
      choice_.reason = none + ": " + host->config().name + " is the default adapter";
      return;
    }
    choice_.reason = none + (choice_.rules->fallback_enabled ? ", and no adapter is enabled"
                                                             : ", and routing.fallback_enabled is false");
  }

  const Hosts& hosts_;
  const Creation& creation_;
  Choice& choice_;
  const RoutingRule* chosen_ = nullptr;
};

}  // namespace

Choice choose(const Hosts& hosts, RulesRef rules, const Creation& creation) {
  Choice choice;
  choice.rules = std::move(rules);
  Search(hosts, creation, choice).run();
  return choice;
}

adapters::Host* owner_of(const Hosts& hosts, const model::Object& object) { return find(hosts, object.adapter()); }

adapters::Host* default_of(const Hosts& hosts) {
  adapters::Host* best = nullptr;
  auto rank = [](const adapters::Host& host) { return std::pair(host.config().is_default, host.config().priority); };
  for (const auto& host : hosts)
    if (best == nullptr || rank(*host) > rank(*best)) best = host.get();
  return best;
}

Result<adapters::Host*> named(const Hosts& hosts, const std::string& name) {
  if (adapters::Host* host = find(hosts, name)) return host;
  std::string known;
  for (const auto& host : hosts) known.append(known.empty() ? "" : ", ").append(host->config().name);
  Error error = make_error(ErrorKind::invalid, "there is no enabled adapter " + name);
  error.faults.push_back({"X-Netweave-Adapter", "must name an enabled adapter; there are: " + known});
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
