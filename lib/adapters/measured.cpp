#include "adapters/measured.hpp"

#include "telemetry/calls.hpp"

namespace netweave::adapters {
namespace {

using ims::CallContext;
using ims::Observed;
using ims::Removal;
using telemetry::Calls;

class MeasuredAdapter final : public ims::Adapter {
 public:
  MeasuredAdapter(std::unique_ptr<ims::Adapter> behind, const std::string& name, telemetry::Metrics& metrics)
      : behind_(std::move(behind)),
        create_pool_(of(metrics, name, "create_resource_pool")),
        update_pool_(of(metrics, name, "update_resource_pool")),
        remove_pool_(of(metrics, name, "remove_resource_pool")),
        create_resource_(of(metrics, name, "create_resource")),
        update_resource_(of(metrics, name, "update_resource")),
        remove_resource_(of(metrics, name, "remove_resource")),
        read_(of(metrics, name, "read")) {}

  [[nodiscard]] ims::AdapterInfo info() const override { return behind_->info(); }
  [[nodiscard]] ims::Health health() const override { return behind_->health(); }
  void observe(ims::Feed& feed, std::stop_token stop) override { behind_->observe(feed, std::move(stop)); }

  Result<Observed> create_resource_pool(const ResourcePool& pool, const CallContext& context) override {
    return create_pool_.measure([&] { return behind_->create_resource_pool(pool, context); });
  }
  Result<Observed> update_resource_pool(const ResourcePool& pool, const Value& patch,
                                        const CallContext& context) override {
    return update_pool_.measure([&] { return behind_->update_resource_pool(pool, patch, context); });
  }
  Result<Removal> remove_resource_pool(const std::string& id, const CallContext& context) override {
    return remove_pool_.measure([&] { return behind_->remove_resource_pool(id, context); });
  }
  Result<Observed> create_resource(const Resource& resource, const CallContext& context) override {
    return create_resource_.measure([&] { return behind_->create_resource(resource, context); });
  }
  Result<Observed> update_resource(const Resource& resource, const Value& patch, const CallContext& context) override {
    return update_resource_.measure([&] { return behind_->update_resource(resource, patch, context); });
  }
  Result<Removal> remove_resource(const std::string& id, const CallContext& context) override {
    return remove_resource_.measure([&] { return behind_->remove_resource(id, context); });
  }
  Result<Observed> read(Kind kind, const std::string& id, const CallContext& context) override {
    return read_.measure([&] { return behind_->read(kind, id, context); });
  }

 private:
  static Calls of(telemetry::Metrics& metrics, const std::string& adapter, const std::string& operation) {
    return {metrics,
            {"netweave_adapter_requests_total", "netweave_adapter_request_duration_seconds", "Calls of an adapter"},
            {{"adapter", adapter}, {"operation", operation}}};
  }

  std::unique_ptr<ims::Adapter> behind_;
  Calls create_pool_, update_pool_, remove_pool_, create_resource_, update_resource_, remove_resource_, read_;
};

}  // namespace

std::unique_ptr<ims::Adapter> measured(std::unique_ptr<ims::Adapter> adapter, const std::string& name,
                                       telemetry::Metrics& metrics) {
  return std::make_unique<MeasuredAdapter>(std::move(adapter), name, metrics);
}

}  // namespace netweave::adapters
