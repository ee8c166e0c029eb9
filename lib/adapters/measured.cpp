#include "adapters/measured.hpp"

#include "telemetry/calls.hpp"

namespace netweave::adapters {
namespace {

using ims::CallContext;
using ims::Observed;
using ims::Removal;
using telemetry::Calls;

/// The backend is told of the call's own span, where it has one.
template <class Call>
auto measure(Calls& calls, const CallContext& context, const Call& call) {
  const TraceContext outer = current_trace();
  return calls.measure([&] {
    if (current_trace() == outer) return call(context);
    CallContext with = context;
    with.traceparent = current_trace().traceparent();
    return call(with);
  });
}

class MeasuredAdapter final : public ims::Adapter {
 public:
  MeasuredAdapter(std::unique_ptr<ims::Adapter> behind, const std::string& name, telemetry::Metrics& metrics,
                  telemetry::Tracer* tracer)
      : behind_(std::move(behind)),
        create_pool_(of(metrics, name, "create_resource_pool", tracer)),
        update_pool_(of(metrics, name, "update_resource_pool", tracer)),
        remove_pool_(of(metrics, name, "remove_resource_pool", tracer)),
        create_resource_(of(metrics, name, "create_resource", tracer)),
        update_resource_(of(metrics, name, "update_resource", tracer)),
        remove_resource_(of(metrics, name, "remove_resource", tracer)),
        read_(of(metrics, name, "read", tracer)) {}

  [[nodiscard]] ims::AdapterInfo info() const override { return behind_->info(); }
  [[nodiscard]] ims::Health health() const override { return behind_->health(); }
  void observe(ims::Feed& feed, std::stop_token stop) override { behind_->observe(feed, std::move(stop)); }

  Result<Observed> create_resource_pool(const ResourcePool& pool, const CallContext& context) override {
    return measure(create_pool_, context,
                   [&](const CallContext& with) { return behind_->create_resource_pool(pool, with); });
  }
  Result<Observed> update_resource_pool(const ResourcePool& pool, const Value& patch,
                                        const CallContext& context) override {
    return measure(update_pool_, context,
                   [&](const CallContext& with) { return behind_->update_resource_pool(pool, patch, with); });
  }
  Result<Removal> remove_resource_pool(const std::string& id, const CallContext& context) override {
    return measure(remove_pool_, context,
                   [&](const CallContext& with) { return behind_->remove_resource_pool(id, with); });
  }
  Result<Observed> create_resource(const Resource& resource, const CallContext& context) override {
    return measure(create_resource_, context,
                   [&](const CallContext& with) { return behind_->create_resource(resource, with); });
  }
  Result<Observed> update_resource(const Resource& resource, const Value& patch, const CallContext& context) override {
    return measure(update_resource_, context,
                   [&](const CallContext& with) { return behind_->update_resource(resource, patch, with); });
  }
  Result<Removal> remove_resource(const std::string& id, const CallContext& context) override {
    return measure(remove_resource_, context,
                   [&](const CallContext& with) { return behind_->remove_resource(id, with); });
  }
  Result<Observed> read(Kind kind, const std::string& id, const CallContext& context) override {
    return measure(read_, context, [&](const CallContext& with) { return behind_->read(kind, id, with); });
  }

 private:
  static Calls of(telemetry::Metrics& metrics, const std::string& adapter, const std::string& operation,
                  telemetry::Tracer* tracer) {
    return {metrics,
            {"netweave_adapter_requests_total", "netweave_adapter_request_duration_seconds", "Calls of an adapter",
             "adapter"},
            {{"adapter", adapter}, {"operation", operation}},
            tracer};
  }

  std::unique_ptr<ims::Adapter> behind_;
  Calls create_pool_, update_pool_, remove_pool_, create_resource_, update_resource_, remove_resource_, read_;
};

}  // namespace

std::unique_ptr<ims::Adapter> measured(std::unique_ptr<ims::Adapter> adapter, const std::string& name,
                                       telemetry::Metrics& metrics, telemetry::Tracer* tracer) {
  return std::make_unique<MeasuredAdapter>(std::move(adapter), name, metrics, tracer);
}

}  // namespace netweave::adapters
