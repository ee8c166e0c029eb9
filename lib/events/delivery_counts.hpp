#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace netweave::events {

/// For the metrics notifications_total{result} and notification_queue. Any thread.
struct DeliveryCounts {
  std::atomic<std::uint64_t> delivered{0};
  std::atomic<std::uint64_t> retried{0};  ///< the callback could not take it at present
  std::atomic<std::uint64_t> refused{0};  ///< the callback said that this one is wrong
  std::atomic<std::uint64_t> dead{0};     ///< given up, to the dead letters
  std::atomic<std::size_t> pending{0};    ///< matched and waiting, in memory
  std::atomic<std::size_t> held{0};       ///< those of them whose callback is being waited for; a second old
  std::atomic<std::size_t> under_way{0};  ///< being sent
};

}  // namespace netweave::events
