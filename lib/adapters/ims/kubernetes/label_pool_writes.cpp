#include "adapters/ims/kubernetes/label_pool_writes.hpp"

#include <map>

#include "adapters/ims/kubernetes/identifiers.hpp"
#include "adapters/ims/kubernetes/json.hpp"
#include "adapters/ims/kubernetes/mapping.hpp"

namespace netweave::ims::kubernetes {
namespace {

/// Names of nodes, with the pool label that each has; empty: none.
using Labelled = std::map<std::string, std::string>;

Result<Labelled> find_nodes(const Backend& backend, const std::string& selector, const CallContext& context) {
  Labelled out;
  std::string next;
  JsonReader reader;
  do {
    std::string path = "/api/v1/nodes?limit=500&labelSelector=" + encode_query(selector);
    if (!next.empty()) path += "&continue=" + encode_query(next);
    Result<std::string> answer = call(backend, context, "GET", path);
    if (!answer) return std::move(answer).error();
    const Json* list = reader.read(*answer);
    if (list == nullptr || !at(*list, "items").IsArray())
      return make_error(ErrorKind::internal, "the API server's answer is no list of nodes");
    for (const auto& node : at(*list, "items").GetArray()) {
      const Json& metadata = at(node, "metadata");
      out[std::string(text_at(metadata, "name"))] = text_at(at(metadata, "labels"), pool_label);
    }
    next = text_at(at(*list, "metadata"), "continue");
  } while (!next.empty());
  return out;
}

/// An empty value takes the label off.
Result<void> set_label(const Backend& backend, const std::string& node, const std::string& value,
                       const CallContext& context) {
  Value body = Value::object();
  body["metadata"]["labels"][pool_label] = value.empty() ? Value() : Value(value);
  Result<std::string> answer = call(backend, context, "PATCH", "/api/v1/nodes/" + node, body);
  if (!answer && answer.error().kind != ErrorKind::not_found) return std::move(answer).error();
  return {};  // a node that went away meanwhile needs no label
}

/// All of them, or none as far as that can be had.
Result<void> set_labels(const Backend& backend, const Labelled& before, const Labelled& wanted,
                        const CallContext& context) {
  for (auto node = wanted.begin(); node != wanted.end(); ++node) {
    Result<void> set = set_label(backend, node->first, node->second, context);
    if (set) continue;
    Error error = std::move(set).error();
    error.message = "node " + node->first + " can't be labelled: " + error.message;
    CallContext undo = context;
    undo.stop = {};  // what was begun is taken back even when the caller went away
    for (auto done = wanted.begin(); done != node; ++done) {
      auto old = before.find(done->first);
      if (!set_label(backend, done->first, old == before.end() ? "" : old->second, undo))
        error.message += "; node " + done->first + " keeps the new label";
    }
    return error;
  }
  return {};
}

Observed observed_pool(const Backend& backend, ResourcePool pool, const std::string& key, const std::string& token) {
  pool.resource_pool_id = make_id(backend.settings.name, {"o2", key, ""});
  Value& part = pool.extensions["k8s"];
  part["kind"] = "NodeLabel";
  part["label"] = Value(pool_label);
  part["value"] = key;
  if (pool.extensions.find("labels") == nullptr) pool.extensions["labels"] = Value::object();
  Observed out;
  out.client_token = token;
  out.kept = true;  // without nodes nothing in the cluster shows it
  out.object = std::move(pool);
  return out;
}

}  // namespace

Result<std::string> selector_text(const Value& selector) {
  std::string out;
  if (selector.is_null()) return out;
  auto wrong = [](const std::string& field, const std::string& reason) {
    return invalid("the pool's selector can't be used", "extensions.k8s.selector" + field, reason);
  };
  for (const auto& [name, value] : selector.as_object())
    if (name != "matchLabels") return wrong("." + name, "is not known: matchLabels is");
  const Value& labels = selector.at("matchLabels");
  if (!labels.is_object() || labels.empty()) return wrong(".matchLabels", "must be an object with a label at least");
  for (const auto& [name, value] : labels.as_object()) {
    if (!value.is_text()) return wrong(".matchLabels." + name, "must be text");
    out += (out.empty() ? "" : ",") + name + "=" + std::string(value.as_text());
  }
  return out;
}

Result<Observed> create_label_pool(const Backend& backend, const ResourcePool& pool, const CallContext& context) {
  Result<std::string> selector = selector_text(pool.extensions.at("k8s").at("selector"));
  if (!selector) return std::move(selector).error();
  std::string key = object_name(pool.resource_pool_id, pool.name, context.client_token);
  Observed out = observed_pool(backend, pool, key, context.client_token);
  const auto& made = std::get<ResourcePool>(out.object);
  Labelled before, wanted;
  if (!selector->empty()) {
    Result<Labelled> found = find_nodes(backend, *selector, context);
    if (!found) return std::move(found).error();
    before = std::move(*found);
    for (const auto& [node, label] : before) wanted[node] = key;
  }
  backend.label_pools.put(made);  // before the first node shows the label
  if (Result<void> set = set_labels(backend, before, wanted, context); !set) {
    backend.label_pools.remove(made.resource_pool_id);
    return std::move(set).error();
  }
  return out;
}

Result<Observed> update_label_pool(const Backend& backend, const ResourcePool& pool, const Value& patch,
                                   const CallContext& context) {
  std::string key = reference_of(backend.settings.name, pool.resource_pool_id).name;
  Observed out = observed_pool(backend, pool, key, "");
  if (patch.at("extensions").at("k8s").find("selector") != nullptr) {
    Result<std::string> selector = selector_text(pool.extensions.at("k8s").at("selector"));
    if (!selector) return std::move(selector).error();
    Result<Labelled> had = find_nodes(backend, std::string(pool_label) + "=" + key, context);
    if (!had) return std::move(had).error();
    Result<Labelled> found = selector->empty() ? Result<Labelled>(Labelled()) : find_nodes(backend, *selector, context);
    if (!found) return std::move(found).error();
    Labelled before = *found, wanted;
    for (const auto& [node, label] : *found)
      if (label != key) wanted[node] = key;
    for (const auto& [node, label] : *had) {
      before[node] = label;
      if (found->count(node) == 0) wanted[node] = "";
    }
    if (Result<void> set = set_labels(backend, before, wanted, context); !set) return std::move(set).error();
  }
  backend.label_pools.put(std::get<ResourcePool>(out.object));
  return out;
}

Result<Removal> remove_label_pool(const Backend& backend, const std::string& id, const CallContext& context) {
  std::string key = reference_of(backend.settings.name, id).name;
  auto known = backend.label_pools.find(id);
  Result<Labelled> had = find_nodes(backend, std::string(pool_label) + "=" + key, context);
  if (!had) return std::move(had).error();
  backend.label_pools.remove(id);
  Labelled wanted;
  for (const auto& [node, label] : *had) wanted[node] = "";
  if (Result<void> set = set_labels(backend, *had, wanted, context); !set) {
    if (known) backend.label_pools.put(std::move(*known));
    return std::move(set).error();
  }
  return Removal::done;
}

}  // namespace netweave::ims::kubernetes
