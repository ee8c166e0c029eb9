#include "kinds.hpp"

#include <algorithm>
#include <array>

#include "base/time.hpp"
#include "config/text.hpp"
#include "exit.hpp"
#include "output/text.hpp"

namespace netweave::cli {
namespace {

using enum Cell;

constexpr std::array manager_columns = {
    Column{"ID", "deploymentManagerId"},       Column{"NAME", "name"},
    Column{"LOCATIONS", "supportedLocations"}, Column{"CAPABILITIES", "capabilities", true},
    Column{"CPU", "capacity.totalCpu", true},  Column{"MEMORY-MB", "capacity.totalMemoryMb", true},
    Column{"SERVICE-URI", "serviceUri", true},
};
constexpr std::array pool_columns = {
    Column{"ID", "resourcePoolId"},      Column{"NAME", "name"},
    Column{"LOCATION", "location"},      Column{"AGE", "createdAt", false, age},
    Column{"O-CLOUD", "oCloudId", true}, Column{"GLOBAL-LOCATION", "globalLocationId", true},
    Column{"TENANT", "tenantId", true},  Column{"DESCRIPTION", "description", true},
};
constexpr std::array resource_columns = {
    Column{"ID", "resourceId"},
    Column{"TYPE", "resourceTypeId"},
    Column{"POOL", "resourcePoolId"},
    Column{"AGE", "createdAt", false, age},
    Column{"ASSET", "globalAssetId", true},
    Column{"TENANT", "tenantId", true},
    Column{"LABELS", "extensions.labels", true, labels},
    Column{"DESCRIPTION", "description", true},
};
constexpr std::array type_columns = {
    Column{"ID", "resourceTypeId"},     Column{"NAME", "name"},
    Column{"CLASS", "resourceClass"},   Column{"KIND", "resourceKind"},
    Column{"VENDOR", "vendor", true},   Column{"MODEL", "model", true},
    Column{"VERSION", "version", true}, Column{"DESCRIPTION", "description", true},
};
constexpr std::array subscription_columns = {
    Column{"ID", "subscriptionId"},
    Column{"CALLBACK", "callback"},
    Column{"EVENTS", "eventTypes", false, text, "<all>"},
    Column{"AGE", "createdAt", false, age},
    Column{"CONSUMER", "consumerSubscriptionId", true},
    Column{"TENANT", "tenantId", true},
    Column{"FILTER", "filter", true, json},
};
constexpr std::array o_cloud_columns = {
    Column{"ID", "oCloudId"},
    Column{"NAME", "name"},
    Column{"SERVICE-URI", "serviceUri"},
    Column{"GLOBAL-CLOUD-ID", "globalCloudId", true},
    Column{"DESCRIPTION", "description", true},
};
constexpr std::array features_columns = {
    Column{"VERSION", "version"},       Column{"API-VERSIONS", "apiVersions"}, Column{"ADAPTERS", "adapters.name"},
    Column{"QUERIES", "queries", true}, Column{"KINDS", "kinds", true},
};
constexpr std::array tenant_columns = {
    Column{"ID", "tenantId"},
    Column{"NAME", "name"},
    Column{"STATUS", "status"},
    Column{"AGE", "createdAt", false, age},
    Column{"EMAIL", "contactEmail", true},
    Column{"DESCRIPTION", "description", true},
};

constexpr std::array all_kinds = {
    Kind{.name = "DeploymentManager",
         .path = "deploymentManagers",
         .id = "deploymentManagerId",
         .shorts = "dm dms manager managers",
         .read_only = "",
         .exact = "oCloudId",
         .columns = manager_columns,
         .labels = false},
    Kind{.name = "ResourcePool",
         .path = "resourcePools",
         .id = "resourcePoolId",
         .shorts = "pool pools rp",
         .read_only = "",
         .exact = "resourcePoolId oCloudId",
         .columns = pool_columns},
    Kind{.name = "Resource",
         .path = "resources",
         .id = "resourceId",
         .shorts = "res",
         .read_only = "",
         .exact = "resourceId resourceTypeId resourcePoolId",
         .columns = resource_columns},
    Kind{.name = "ResourceType",
         .path = "resourceTypes",
         .id = "resourceTypeId",
         .shorts = "type types rt",
         .read_only = "",
         .exact = "resourceTypeId resourceClass resourceKind vendor model",
         .columns = type_columns,
         .labels = false},
    Kind{.name = "Subscription",
         .path = "subscriptions",
         .id = "subscriptionId",
         .shorts = "sub subs",
         .read_only = "status",
         .exact = "",
         .columns = subscription_columns,
         .put = true,
         .labels = false},
    Kind{.name = "OCloudInfrastructure",
         .path = "oCloudInfrastructure",
         .id = "",
         .shorts = "ocloud oc",
         .read_only = "",
         .exact = "",
         .columns = o_cloud_columns,
         .labels = false},
    Kind{.name = "Features",
         .path = "features",
         .id = "",
         .shorts = "feature",
         .read_only = "",
         .exact = "",
         .columns = features_columns,
         .labels = false},
    Kind{.name = "Tenant",
         .path = "tenants",
         .id = "tenantId",
         .shorts = "tn",
         .read_only = "usage",
         .exact = "",
         .columns = tenant_columns,
         .since = 3,
         .put = true,
         .labels = false},
};

/// Lower case, without what separates words.
std::string bare(std::string_view word) {
  std::string text = config::lower(word);
  std::erase_if(text, [](char c) { return c == '-' || c == '_'; });
  return text;
}

bool is_called(const Kind& kind, const std::string& word) {
  if (word == bare(kind.name) || word == bare(kind.path)) return true;
  auto shorts = words_of(kind.shorts);
  return std::find(shorts.begin(), shorts.end(), word) != shorts.end();
}

void collect(const Value& value, std::string_view path, Value::Array& found) {
  if (value.is_array()) {
    for (const Value& item : value.as_array()) collect(item, path, found);
  } else if (path.empty()) {
    if (!value.is_null()) found.push_back(value);
  } else {
    std::size_t dot = path.find('.');
    const Value* member = value.find(path.substr(0, dot));
    if (member != nullptr) collect(*member, dot == std::string_view::npos ? "" : path.substr(dot + 1), found);
  }
}

std::string age_of(const Value& value, std::int64_t now) {
  auto time = parse_rfc3339(value.as_text());
  if (!time) return "<unknown>";
  return format_age(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::milliseconds(now - *time)));
}

std::string labels_of(const Value& value) {
  std::string text;
  for (const auto& [key, label] : value.as_object()) {
    if (!text.empty()) text += ',';
    text.append(key).append("=").append(label.is_text() ? std::string(label.as_text()) : label.to_json());
  }
  return text;
}

std::string text_of(const Value& value, Cell cell, std::int64_t now) {
  switch (cell) {
    case age:
      return age_of(value, now);
    case labels:
      return labels_of(value);
    case json:
      return value.empty() ? "" : value.to_json();
    case text:
      break;
  }
  return value.is_text() ? std::string(value.as_text()) : value.to_json();
}

}  // namespace

std::string Kind::lower_name() const { return config::lower(name); }

std::string Kind::reference_to(std::string_view object_id) const {
  return single() ? lower_name() : lower_name() + "/" + std::string(object_id);
}

std::string Kind::reference(const Value& object) const { return reference_to(object.at(id).as_text()); }

std::span<const Kind> kinds() noexcept { return all_kinds; }

Result<const Kind*> find_kind(std::string_view word) {
  std::string wanted = bare(word);
  std::vector<std::string_view> names;
  std::string known;
  for (const Kind& kind : all_kinds) {
    if (is_called(kind, wanted)) return &kind;
    names.push_back(kind.path);
    names.push_back(kind.name);
    for (std::string_view one : words_of(kind.shorts))
      if (one.size() > 2) names.push_back(one);
    known.append(known.empty() ? "" : ", ").append(kind.path);
  }
  std::string message = "there is no kind \"" + std::string(word) + "\"";
  if (std::string_view near = config::nearest(wanted, names); !near.empty())
    return usage_error(message + "; did you mean \"" + std::string(near) + "\"?");
  return usage_error(message + "; there are " + known);
}

Value::Array values_at(const Value& object, std::string_view path) {
  Value::Array found;
  collect(object, path, found);
  return found;
}

std::string cell_text(const Column& column, const Value& object, std::int64_t now) {
  std::string cell;
  for (const Value& value : values_at(object, column.path)) {
    std::string one = text_of(value, column.cell, now);
    if (one.empty()) continue;
    if (!cell.empty()) cell += ',';
    cell += one;
  }
  return cell.empty() ? std::string(column.absent) : cell;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace netweave::cli
