#include <array>
#include <cmath>

#include "adapters/ims/kubernetes/identifiers.hpp"
#include "adapters/ims/kubernetes/mapping.hpp"
#include "adapters/ims/kubernetes/quantity.hpp"

namespace netweave::ims::kubernetes {
namespace {

/// The members of spec that say what a volume is made of. Their contents hold names of secrets: only CSI's driver and
/// handle are taken.
constexpr std::array<const char*, 7> sources = {"csi", "nfs", "local", "hostPath", "iscsi", "fc", "cephfs"};

void add_text(Value& out, const char* name, const Json& object, std::string_view member) {
  if (std::string_view text = text_at(object, member); !text.empty()) out.add(name, Value(text));
}

Value source_of(const Json& spec) {
  Value out = Value::object();
  for (const char* name : sources)
    if (!at(spec, name).IsNull()) {
      out.add("type", name);
      add_text(out, "driver", at(spec, name), "driver");
      add_text(out, "volumeHandle", at(spec, name), "volumeHandle");
      break;
    }
  return out;
}

Value kubernetes_part(const Json& volume, const Meta& meta, double bytes) {
  const Json& spec = at(volume, "spec");
  Value out = Value::object();
  out.add("kind", "PersistentVolume");
  out.add("name", Value(meta.name));
  out.add("annotations", annotations_of(volume));
  const Json& capacity = at(spec, "capacity");
  if (!capacity.IsNull()) out.add("capacity", to_value(capacity));
  out.add("capacityNumbers", Value(Value::Object{{"storage", Value(static_cast<std::int64_t>(bytes))}}));
  if (const Json& modes = at(spec, "accessModes"); !modes.IsNull()) out.add("accessModes", to_value(modes));
  add_text(out, "persistentVolumeReclaimPolicy", spec, "persistentVolumeReclaimPolicy");
  add_text(out, "storageClassName", spec, "storageClassName");
  add_text(out, "volumeMode", spec, "volumeMode");
  add_text(out, "phase", at(volume, "status"), "phase");
  if (const Json& claim = at(spec, "claimRef"); !claim.IsNull()) {
    Value& reference = out.add("claimRef", Value::object());
    add_text(reference, "namespace", claim, "namespace");
    add_text(reference, "name", claim, "name");
  }
  out.add("source", source_of(spec));
  return out;
}

}  // namespace

std::string storage_type_id(std::string_view adapter, std::string_view storage_class) {
  return make_id(adapter, {"storageclass", storage_class.empty() ? "none" : std::string(storage_class), ""});
}

MappedVolume map_volume(std::string_view adapter, const Json& volume) {
  Meta meta = meta_of(volume);
  const Json& spec = at(volume, "spec");
  MappedVolume out;
  out.storage_class = text_at(spec, "storageClassName");
  out.bytes = parse_quantity(text_at(at(spec, "capacity"), "storage")).value_or(0);

  Resource resource;
  resource.resource_id = make_id(adapter, {"pv", std::string(meta.name), ""});
  resource.resource_type_id = storage_type_id(adapter, out.storage_class);
  resource.resource_pool_id = make_id(adapter, {"default", "", ""});
  resource.global_asset_id = "urn:uuid:" + std::string(meta.uid);
  resource.created_at = std::move(meta.created);
  resource.extensions.add("labels", labels_of(volume));
  Value storage = Value::object();
  storage.add("gb", std::round(out.bytes / gibibyte * 100) / 100);
  resource.extensions.add("storage", std::move(storage));
  resource.extensions.add("k8s", kubernetes_part(volume, meta, out.bytes));
  out.observed.uid = meta.uid;
  out.observed.version = meta.version;
  out.observed.object = std::move(resource);
  return out;
}

Observed map_storage_class(std::string_view adapter, std::string_view name, const Json& storage_class) {
  ResourceType type;
  type.resource_type_id = storage_type_id(adapter, name);
  type.name = name.empty() ? "none" : name;
  type.resource_class = "storage";
  type.resource_kind = "logical";
  type.vendor = text_at(storage_class, "provisioner");
  type.description = storage_class.IsNull() ? "A storage class that volumes name and the cluster does not have"
                                            : "Kubernetes StorageClass";
  type.extensions.add("labels", labels_of(storage_class));
  Value& part = type.extensions.add("k8s", Value::object());
  part.add("kind", "StorageClass");
  part.add("name", type.name);
  // Its parameters may name secrets.
  for (const char* member : {"provisioner", "reclaimPolicy", "volumeBindingMode"})
    add_text(part, member, storage_class, member);
  if (const Json& expands = at(storage_class, "allowVolumeExpansion"); expands.IsBool())
    part.add("allowVolumeExpansion", expands.GetBool());
  Observed out;
  out.object = std::move(type);
  return out;
}

}  // namespace netweave::ims::kubernetes
