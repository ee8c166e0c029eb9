#include "adapters/ims/kubernetes/identifiers.hpp"

#include <algorithm>
#include <array>

#include "base/crypto.hpp"

namespace netweave::ims::kubernetes {
namespace {

constexpr std::size_t longest_id = 255;
constexpr std::size_t longest_label = 63;
constexpr std::size_t hash_digits = 16;

constexpr std::array<std::string_view, 13> kinds = {"node", "pv",  "type", "storageclass", "cluster", "md",     "ms",
                                                    "oms",  "gke", "eks",  "aks",          "role",    "default"};

std::string hash(std::string_view bytes, std::size_t digits) {
  return crypto::to_hex(crypto::sha256(bytes)).substr(0, digits);
}

bool namespaced(std::string_view what) { return what == "md" || what == "ms" || what == "oms"; }

bool alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// RFC 1123 label: what every kind of name in Kubernetes accepts.
bool plain_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_label && alphanumeric(name.front()) && alphanumeric(name.back()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return alphanumeric(c) || c == '-'; });
}

std::string slug(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (alphanumeric(c))
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  out.resize(std::min<std::size_t>(out.size(), 40));
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "pool" : out;
}

}  // namespace

std::string make_id(std::string_view adapter, const Reference& reference) {
  std::string id = std::string(adapter) + "-" + reference.what;
  if (!reference.name_space.empty()) id += "-" + reference.name_space + "." + reference.name;
  if (reference.name_space.empty() && !reference.name.empty()) id += "-" + reference.name;
  if (id.size() <= longest_id) return id;
  return id.substr(0, longest_id - hash_digits - 1) + ":" + hash(id, hash_digits);
}

Reference reference_of(std::string_view adapter, std::string_view id) {
  Reference found;
  if (!id.starts_with(adapter) || id.size() <= adapter.size() + 1 || id[adapter.size()] != '-') return found;
  std::string_view rest = id.substr(adapter.size() + 1);
  std::string_view what = rest.substr(0, rest.find('-'));
  std::string_view name = what.size() == rest.size() ? std::string_view() : rest.substr(what.size() + 1);
  bool known = what == "o2" || std::find(kinds.begin(), kinds.end(), what) != kinds.end();
  bool alone = what == "cluster" || what == "default";
  if (!known || alone != name.empty() || name.find(':') != std::string_view::npos) return found;
  if (namespaced(what)) {
    std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return found;
    found.name_space = name.substr(0, dot);
    name.remove_prefix(dot + 1);
  }
  found.what = what;
  found.name = name;
  return found;
}

std::string object_name(std::string_view wished, std::string_view fallback, std::string_view salt) {
  if (plain_name(wished)) return std::string(wished);
  std::string_view base = wished.empty() ? fallback : wished;
  return slug(base) + "-" + hash(std::string(base) + '\0' + std::string(salt), 8);
}

}  // namespace netweave::ims::kubernetes
