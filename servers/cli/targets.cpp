#include "targets.hpp"

#include <algorithm>

#include "config/text.hpp"
#include "exit.hpp"

namespace netweave::cli {
namespace {

Result<void> add_reference(const std::string& word, std::vector<Target>& targets) {
  std::size_t slash = word.find('/');
  if (slash == std::string::npos)
    return usage_error("\"" + word + "\" stands among KIND/ID and is none: write all of them so, or KIND ID...");
  auto kind = find_kind(word.substr(0, slash));
  if (!kind) return std::move(kind).error();
  std::string id = word.substr(slash + 1);
  if (id.empty()) return usage_error("\"" + word + "\" names no id");
  auto same = std::find_if(targets.begin(), targets.end(), [&](const Target& target) { return target.kind == *kind; });
  if (same == targets.end()) same = targets.insert(targets.end(), Target{*kind, {}});
  same->ids.push_back(std::move(id));
  return {};
}

Result<std::vector<Target>> read_kinds(const std::string& list) {
  std::vector<Target> targets;
  for (const std::string& word : config::split_list(list)) {
    auto kind = find_kind(word);
    if (!kind) return std::move(kind).error();
    targets.push_back({*kind, {}});
  }
  return targets;
}

}  // namespace

Result<std::vector<Target>> read_targets(const std::vector<std::string>& words) {
  std::vector<Target> targets;
  if (words.empty()) return usage_error("name a kind, such as resourcePools");
  if (words[0].find('/') != std::string::npos) {
    for (const std::string& word : words)
      if (auto added = add_reference(word, targets); !added) return std::move(added).error();
  } else {
    auto found = read_kinds(words[0]);
    if (!found) return found;
    targets = std::move(*found);
    if (targets.empty()) return usage_error("name a kind, such as resourcePools");
    if (words.size() > 1 && targets.size() > 1) return usage_error("ids go with one kind; write KIND/ID for several");
    targets[0].ids.assign(words.begin() + 1, words.end());
  }
  for (const Target& target : targets)
    if (target.kind->single() && !target.ids.empty())
      return usage_error("there is one " + std::string(target.kind->path) + ": give no id");
  return targets;
}

Result<std::vector<Target>> read_named(const std::vector<std::string>& words) {
  auto targets = read_targets(words);
  if (!targets) return targets;
  for (const Target& target : *targets)
    if (target.ids.empty()) return usage_error("name an id: " + std::string(target.kind->path) + " ID, or KIND/ID");
  return targets;
}

Result<std::string> object_path(Client& client, const Kind& kind, const std::string& id) {
  auto path = client.path_of(kind.path, kind.since);
  if (!path || id.empty()) return path;
  return *path + "/" + path_segment(id);
}

Result<Fetched> fetch(Client& client, const Kind& kind, const std::string& id) {
  auto path = object_path(client, kind, id);
  if (!path) return std::move(path).error();
  Call call;
  call.path = *path;
  auto response = client.send(call);
  if (!response) return std::move(response).error();
  auto json = json_of(*response, call);
  if (!json) return std::move(json).error();
  const std::string* etag = http::find_header(response->headers, "ETag");
  return Fetched{std::move(*json), etag != nullptr ? *etag : std::string()};
}

std::string entity_tag(const std::string& tag) {
  bool whole = tag == "*" || tag.ends_with('"');
  return whole ? tag : "\"" + tag + "\"";
}

}  // namespace netweave::cli
