#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "store/store.hpp"

namespace netweave::events {

/// Writes positions and dead letters, so that the loop which delivers never waits for a disk. What is handed over is
/// written within 100 ms, as one batch; a dead letter is written before any position that was handed over after it, so
/// that none is passed without a trace. What fails is tried again.
class Keeper {
 public:
  Keeper(store::Positions& positions, store::Streams& streams, Log log);
  /// As `stop`.
  ~Keeper();

  void start();
  /// Writes what is left, once; then ends. Blocks.
  void stop();
  /// Ends without writing what is left: what a kill would do.
  void abandon();

  // Any thread; none of these waits for the store.
  void keep(store::Position position);
  void bury(std::string stream, std::string bytes, Millis time);
  /// Forgets the position, and the stream of dead letters with it.
  void forget(const std::string& reader, const std::string& stream);

  /// Whether all that was buried in the stream is written.
  [[nodiscard]] bool is_written(const std::string& stream) const;

 private:
  struct Letter {
    std::string stream;
    std::string bytes;
    Millis time = 0;
  };
  struct Batch {
    std::map<std::string, std::string> forgotten;  // reader to stream
    std::deque<Letter> letters;
    std::map<std::string, store::Position> positions;
    [[nodiscard]] bool empty() const noexcept { return forgotten.empty() && letters.empty() && positions.empty(); }
  };
  void work(std::stop_token stop);
  bool write(Batch& batch);
  void put_back(Batch batch);

  store::Positions& positions_;
  store::Streams& streams_;
  Log log_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Batch next_;
  std::map<std::string, std::size_t> unwritten_;  // letters by stream
  bool abandoned_ = false;
  std::jthread thread_;
};

}  // namespace netweave::events
