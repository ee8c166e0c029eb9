#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/trace.hpp"

namespace netweave {

/// A few threads for calls that block. Any thread may offer a job, which runs in the trace of who offered it.
class Executor {
 public:
  /// `max_queued`: jobs that wait, beside one that runs on each thread.
  Executor(unsigned threads, std::size_t max_queued);
  /// Waits for the jobs that run; those still queued are run too, so that whoever waits for them is answered.
  ~Executor();

  /// False when the queue is full or the executor has stopped; the job was not taken then.
  bool offer(std::function<void()> job);
  void stop();

 private:
  struct Job {
    std::function<void()> run;
    TraceContext trace;
  };
  void work();

  const std::size_t max_pending_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  std::size_t running_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace netweave
