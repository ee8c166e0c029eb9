#include "telemetry/calls.hpp"

namespace netweave::telemetry {

Calls::Calls(Metrics& metrics, const CallNames& names, Labels labels)
    : metrics_(metrics),
      names_(names),
      labels_(std::move(labels)),
      duration_(metrics.histogram(names.duration, names.what + ", from call to answer", labels_)) {}

void Calls::note(std::optional<ErrorKind> error, std::chrono::steady_clock::time_point begun) {
  duration_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  std::atomic<Counter*>& place = by_result_.at(error ? static_cast<std::size_t>(*error) : kinds);
  Counter* counter = place.load(std::memory_order_acquire);
  if (counter == nullptr) {
    Labels labels = labels_;
    labels.emplace_back("result", error ? std::string(to_string(*error)) : "ok");
    counter = &metrics_.counter(names_.total, names_.what + ", by what came of them", labels);
    place.store(counter, std::memory_order_release);
  }
  counter->add();
}

}  // namespace netweave::telemetry
