#include "base/executor.hpp"

namespace netweave {

Executor::Executor(unsigned threads, std::size_t max_queued) : max_pending_(threads + max_queued) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Executor::~Executor() { stop(); }

bool Executor::offer(std::function<void()> job) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || queue_.size() + running_ >= max_pending_) return false;
    queue_.push_back({std::move(job), current_trace()});
  }
  changed_.notify_one();
  return true;
}

void Executor::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void Executor::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopped_ || !queue_.empty(); });
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
      ++running_;
    }
    {
      TraceScope scope(job.trace);
      job.run();
    }
    job.run = nullptr;  // what it holds ends before its place is free
    std::lock_guard lock(mutex_);
    --running_;
  }
}

}  // namespace netweave
