#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
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
  /// With a fence, what is handed over is dropped once that is lost: another gateway's word counts then.
  void keep(store::Position position, const std::optional<store::Fence>& fence = {});
  void bury(std::string stream, std::string bytes, Millis time, const std::optional<store::Fence>& fence = {});
  /// Forgets the position, and the stream of dead letters with it.
  void forget(const std::string& reader, const std::string& stream);

  /// Whether all that was buried in the stream is written.
  [[nodiscard]] bool is_written(const std::string& stream) const;
  /// Whether nothing waits to be written under that lease. Any thread.
  [[nodiscard]] bool settled(const std::string& lease) const;

 private:
  struct Letter {
    std::string stream;
    std::string bytes;
    Millis time = 0;
    std::optional<store::Fence> fence;
  };
  struct Kept {
    store::Position position;
    std::optional<store::Fence> fence;
  };
  using Positions = std::map<std::string, Kept>;  // by reader
  struct Batch {
    std::map<std::string, std::string> forgotten;  // reader to stream
    std::deque<Letter> letters;
    Positions positions;
    [[nodiscard]] bool empty() const noexcept { return forgotten.empty() && letters.empty() && positions.empty(); }
  };
  void work(std::stop_token stop);
  bool write(Batch& batch);
  bool write_letter(const Letter& letter);
  bool write_positions(const Positions& positions);
  Result<void> write_at_once(const Positions& positions);
  bool write_by_lease(const Positions& positions);
  void put_back(Batch batch);

  store::Positions& positions_;
  store::Streams& streams_;
  Log log_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Batch next_;
  std::map<std::string, std::size_t> unwritten_;  // letters by stream
  std::set<std::string> writing_;                 // leases of what is being written
  bool abandoned_ = false;
  std::jthread thread_;
};

}  // namespace netweave::events
