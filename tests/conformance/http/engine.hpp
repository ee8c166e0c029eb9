#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "netweave/http/message.hpp"
#include "netweave/http/native.hpp"

/// What a case knows of the engine that its program was linked with.
namespace conformance {

class Engine {
 public:
  virtual ~Engine() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::string url() const = 0;
  virtual void stop(std::chrono::milliseconds grace) = 0;
  /// The native engine's.
  virtual netweave::Result<void> reload(const netweave::http::TlsOptions&) { return {}; }
};

using Limits = netweave::http::NativeOptions;

/// One event loop, unless the limits say more; throws where it can't start.
std::unique_ptr<Engine> start(Limits limits, netweave::http::Handler handler);
inline std::unique_ptr<Engine> start(netweave::http::Handler handler) { return start(Limits(), std::move(handler)); }

/// Whether this engine is known to fail the case of that name: a row of `known_faults`, with the reason.
bool known_fault(std::string_view name);

/// A case that a known fault turns around: it must then fail, so that a row which is no longer true is noticed. The
/// server runs in this process: one that crashed would end the program.
#define HTTP_CASE(name) TEST_CASE(name* doctest::should_fail(conformance::known_fault(name)))

/// Answers at once: "METHOD target body".
void echo(netweave::http::Request request, const netweave::http::Completion& done);

/// A handler's requests, kept until the case answers them.
class Held {
 public:
  struct Item {
    netweave::http::Request request;
    netweave::http::Completion done;
  };

  netweave::http::Handler handler() {
    return [this](netweave::http::Request request, netweave::http::Completion done) {
      std::lock_guard lock(mutex_);
      items_.push_back({std::move(request), std::move(done)});
      changed_.notify_all();
    };
  }
  /// The oldest that was not taken; fails the case when none comes.
  Item take();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Item> items_;
};

/// Answers each request with nothing, and keeps the newest.
class Seen {
 public:
  netweave::http::Handler handler();
  [[nodiscard]] netweave::http::Request last() const {
    std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  netweave::http::Request last_;
};

netweave::http::Response text(std::string body, int status = 200);

}  // namespace conformance
