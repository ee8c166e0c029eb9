#include "telemetry/metrics.hpp"

#include <algorithm>
#include <sstream>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace netweave::telemetry {
namespace {

prometheus::ClientMetric metric_of(const Labels& labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

prometheus::MetricFamily family_of(const std::string& name, const std::string& help, prometheus::MetricType type) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

void fill(prometheus::ClientMetric& metric, const Histogram& histogram) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= Histogram::bounds.size(); ++i) {
    total += histogram.count(i);
    prometheus::ClientMetric::Bucket bucket;
    bucket.cumulative_count = total;
    bucket.upper_bound =
        i < Histogram::bounds.size() ? Histogram::bounds.at(i) : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back(bucket);
  }
  metric.histogram.sample_count = total;
  metric.histogram.sample_sum = histogram.sum();
}

template <class T>
struct Named {
  std::string help;
  std::map<Labels, T> members;  // a map's nodes stay where they are
};

struct Gauge {
  std::string name;
  std::string help;
  std::function<void(const Metrics::Emit&)> read;
};

}  // namespace

void Histogram::observe(double seconds) noexcept {
  seconds = seconds > 0 ? std::min(seconds, longest) : 0;  // a wall clock that was set back gives less than nothing
  auto bucket = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
  buckets_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  nanoseconds_.fetch_add(static_cast<std::uint64_t>(seconds * 1e9), std::memory_order_relaxed);
}

struct Metrics::Impl {
  std::mutex mutex;
  std::map<std::string, Named<Counter>> counters;
  std::map<std::string, Named<Histogram>> histograms;
  std::vector<Gauge> gauges;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(impl_->mutex);
  auto& named = impl_->counters[name];
  named.help = help;
  return named.members[labels];
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(impl_->mutex);
  auto& named = impl_->histograms[name];
  named.help = help;
  return named.members[labels];
}

void Metrics::gauge(std::string name, std::string help, std::function<void(const Emit&)> read) {
  std::lock_guard lock(impl_->mutex);
  impl_->gauges.push_back({std::move(name), std::move(help), std::move(read)});
}

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> families;
  std::lock_guard lock(impl_->mutex);
  for (const auto& [name, named] : impl_->counters) {
    auto family = family_of(name, named.help, prometheus::MetricType::Counter);
    for (const auto& [labels, counter] : named.members) {
      family.metric.push_back(metric_of(labels));
      family.metric.back().counter.value = static_cast<double>(counter.value());
    }
    families.push_back(std::move(family));
  }
  for (const auto& [name, named] : impl_->histograms) {
    auto family = family_of(name, named.help, prometheus::MetricType::Histogram);
    for (const auto& [labels, histogram] : named.members) {
      family.metric.push_back(metric_of(labels));
      fill(family.metric.back(), histogram);
    }
    families.push_back(std::move(family));
  }
  for (const Gauge& gauge : impl_->gauges) {
    auto family = family_of(gauge.name, gauge.help, prometheus::MetricType::Gauge);
    gauge.read([&](const Labels& labels, double value) {
      family.metric.push_back(metric_of(labels));
      family.metric.back().gauge.value = value;
    });
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

}  // namespace netweave::telemetry
