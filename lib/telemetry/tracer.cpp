#include "telemetry/tracer.hpp"

#include <algorithm>
#include <iterator>

namespace netweave::telemetry {
namespace {

constexpr std::chrono::seconds warn_every{60};

Counter& counter(Metrics& metrics, const std::string& result) {
  return metrics.counter("netweave_trace_spans_total", "Spans by what became of them", {{"result", result}});
}

}  // namespace

Tracer::Tracer(TracerOptions options, SendSpans send, Metrics& metrics, Log log)
    : options_(std::move(options)),
      send_(std::move(send)),
      log_(std::move(log)),
      exported_(counter(metrics, "exported")),
      rejected_(counter(metrics, "rejected")),
      dropped_(counter(metrics, "dropped")) {
  queue_.reserve(options_.batch);
  thread_ = std::thread([this] { work(); });
}

Tracer::~Tracer() { stop(); }

TraceContext Tracer::begin(const std::optional<TraceContext>& caller) const {
  if (caller) return child_of(*caller);
  TraceContext context = new_trace();
  context.sampled = samples(context.trace_id);
  return context;
}

bool Tracer::samples(const std::array<std::uint8_t, 16>& trace_id) const noexcept {
  // the last 7 bytes are the random ones, whoever made the id (W3C Trace Context, level 2)
  std::uint64_t number = 0;
  for (std::size_t at = 9; at < trace_id.size(); ++at) number = number << 8U | trace_id[at];
  return static_cast<double>(number) < options_.sampling_rate * 0x1p56;
}

void Tracer::end(Span span) {
  if (!span.context.sampled) return;
  std::size_t waiting = 0;
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= options_.max_queued) return dropped_.add();
    queue_.push_back(std::move(span));
    waiting = queue_.size();
  }
  if (waiting == options_.batch) changed_.notify_all();
}

void Tracer::stop() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, options_.patience, [this] { return ended_; });
  }
  hurry_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Tracer::work() {
  for (;;) {
    std::vector<Span> batch = next_batch();
    if (batch.empty()) break;
    deliver(batch);
  }
  std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

/// Empty at the end alone.
std::vector<Span> Tracer::next_batch() {
  std::unique_lock lock(mutex_);
  while (queue_.empty() && !stopping_)
    changed_.wait_for(lock, options_.interval, [this] { return stopping_ || queue_.size() >= options_.batch; });
  auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), options_.batch));
  std::vector<Span> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.begin() + count));
  queue_.erase(queue_.begin(), queue_.begin() + count);
  return batch;
}

/// Until it is taken or refused; once stopping, one try is all that a batch gets.
void Tracer::deliver(const std::vector<Span>& batch) {
  const std::string body = to_otlp_json(options_.service, batch);
  for (auto wait = options_.first_retry;; wait = std::min(2 * wait, 30 * options_.first_retry)) {
    auto answer = send_(body, hurry_.get_token());
    if (answer) {
      std::size_t rejected = std::min(rejected_spans(*answer), batch.size());
      rejected_.add(rejected);
      exported_.add(batch.size() - rejected);
      return;
    }
    warn(answer.error());
    if (answer.error().kind == ErrorKind::invalid || !pause(wait)) return dropped_.add(batch.size());
  }
}

/// False where it is stopping.
bool Tracer::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return stopping_; });
}

void Tracer::warn(const Error& error) {
  auto now = std::chrono::steady_clock::now();
  if (warned_ && now - *warned_ < warn_every) return;
  warned_ = now;
  log_.warn("spans can't be sent", {{"error", error.message}, {"dropped", std::to_string(dropped_.value())}});
}

}  // namespace netweave::telemetry
