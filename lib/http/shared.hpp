#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "netweave/http/message.hpp"
#include "netweave/http/native.hpp"

#include "http/handshake_gate.hpp"

namespace netweave::http {

class Certificates;

/// What the loops and connections of one server share. Lives until the last completion of a handler is gone.
struct Shared {
  Shared(NativeOptions given, Handler handle)
      : options(std::move(given)), handler(std::move(handle)), handshakes(options.max_handshakes) {}

  void log(std::string_view level, std::string_view message) const {
    if (options.log) options.log(level, message);
  }

  const NativeOptions options;
  Handler handler;  ///< unchanged until the loops' threads are joined
  std::atomic<std::size_t> in_flight{0};
  Certificates* certificates = nullptr;  ///< the server's, who outlives the loops' threads; none without TLS
  HandshakeGate handshakes;

  /// Connections, counted from the accept to the close.
  std::atomic<std::size_t> connections{0};
  std::mutex mutex;
  std::condition_variable none_left;
};

/// One of `connections`.
class Admission {
 public:
  explicit Admission(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) { ++shared_->connections; }
  Admission(Admission&&) noexcept = default;
  Admission& operator=(Admission&&) = delete;
  ~Admission() {
    if (!shared_ || --shared_->connections > 0) return;
    std::lock_guard lock(shared_->mutex);  // so that a waiter can't miss it
    shared_->none_left.notify_all();
  }

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace netweave::http
