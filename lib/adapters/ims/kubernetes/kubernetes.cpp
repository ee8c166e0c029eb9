#include "adapters/ims/kubernetes/kubernetes.hpp"

#include "adapters/ims/kubernetes/backend.hpp"
#include "adapters/ims/kubernetes/identifiers.hpp"
#include "adapters/ims/kubernetes/observer.hpp"
#include "adapters/ims/kubernetes/pool_writes.hpp"
#include "adapters/ims/kubernetes/resource_writes.hpp"

namespace netweave::ims::kubernetes {
namespace {

class KubernetesAdapter final : public Adapter {
 public:
  explicit KubernetesAdapter(Settings settings)
      : settings_(std::move(settings)), api_(settings_), observer_(settings_, api_, label_pools_) {}

  [[nodiscard]] AdapterInfo info() const override {
    AdapterInfo out;
    out.type = "kubernetes";
    out.version = observer_.cluster_version();
    const char* scaled = "a MachineDeployment where Cluster API is installed; else a label on the selected nodes";
    out.capabilities = {
        {Kind::resource_pool, Operation::create, scaled},
        {Kind::resource_pool, Operation::update, "replicas where Cluster API or OpenShift makes the machines"},
        {Kind::resource_pool, Operation::remove, "MachineDeployments without machines, and pools made through O2"},
        {Kind::resource, Operation::update,
         "labels, annotations, taints and unschedulable of nodes; labels and "
         "annotations of volumes"},
        {Kind::resource, Operation::remove, "nodes, and volumes that no claim is bound to"},
    };
    return out;
  }

  [[nodiscard]] Health health() const override { return api_.health(); }

  void observe(Feed& feed, std::stop_token stop) override {
    std::vector<Observed> last = feed.last_objects();
    for (const Observed& observed : last)
      if (const auto* pool = std::get_if<ResourcePool>(&observed.object))
        if (reference_of(settings_.name, pool->resource_pool_id).what == "o2") label_pools_.put(*pool);
    observer_.run(feed, last, feed.last_checkpoint(), stop);
  }

  Result<Observed> create_resource_pool(const ResourcePool& pool, const CallContext& context) override {
    return create_pool(backend(), pool, context);
  }
  Result<Observed> update_resource_pool(const ResourcePool& pool, const Value& patch,
                                        const CallContext& context) override {
    return update_pool(backend(), pool, patch, context);
  }
  Result<Removal> remove_resource_pool(const std::string& id, const CallContext& context) override {
    return remove_pool(backend(), id, context);
  }
  Result<Observed> create_resource(const Resource& resource, const CallContext&) override {
    bool volume = reference_of(settings_.name, resource.resource_type_id).what == "storageclass";
    return make_error(ErrorKind::unimplemented,
                      volume ? "Kubernetes makes PersistentVolumes from claims: they can't be made through O2"
                             : "nodes register themselves with Kubernetes: raise the replicas of their pool instead");
  }
  Result<Observed> update_resource(const Resource& resource, const Value& patch, const CallContext& context) override {
    return kubernetes::update_resource(backend(), resource, patch, context);
  }
  Result<Removal> remove_resource(const std::string& id, const CallContext& context) override {
    return kubernetes::remove_resource(backend(), id, context);
  }
  Result<Observed> read(Kind kind, const std::string& id, const CallContext& context) override {
    return read_object(backend(), kind, id, context);
  }

 private:
  Backend backend() { return {settings_, api_, label_pools_}; }

  const Settings settings_;
  ApiClient api_;
  LabelPools label_pools_;
  Observer observer_;
};

}  // namespace

Result<std::unique_ptr<Adapter>> make_kubernetes(const AdapterSettings& settings) {
  Result<Settings> read = read_settings(settings);
  if (!read) return std::move(read).error();
  return std::unique_ptr<Adapter>(std::make_unique<KubernetesAdapter>(std::move(*read)));
}

}  // namespace netweave::ims::kubernetes
