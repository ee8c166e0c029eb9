#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/address_guard.hpp"

namespace netweave::events {

struct Parcel {
  std::uint64_t token = 0;  ///< the caller's name for it
  std::string url;
  std::string headers;  ///< "Name: value" lines, each with its CR LF
  std::string body;
};

struct Receipt {
  std::uint64_t token = 0;
  int status = 0;     ///< HTTP's; 0: none came
  std::string error;  ///< why none came
  std::optional<std::chrono::milliseconds> retry_after;
};

struct CourierLimits {
  std::chrono::milliseconds timeout{10000};  ///< for the whole exchange
  std::size_t idle_connections = 256;        ///< kept open for the next parcel
};

/// POSTs parcels, thousands at once, on the thread that calls `wait`; HTTP/1.1, connections reused. A parcel whose kept
/// connection turns out to have ended unanswered goes once more, over a new one. Redirects are not followed, proxies of
/// the environment not used; addresses pass the guard, and certificates are verified (dialer.hpp, tls_client.hpp). One
/// thread, but for `wake`.
class Courier {
 public:
  /// The guard must outlive it.
  Courier(const CourierLimits& limits, const transport::AddressGuard& guard);
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  void send(Parcel parcel);
  /// Drops it at once; no receipt comes.
  void cancel(std::uint64_t token);
  /// Moves what can be moved; gives what has come to its end, and waits for that, for `wake` or the timeout.
  std::vector<Receipt> wait(std::chrono::milliseconds timeout);
  /// Ends the present or the next `wait` early. Any thread.
  void wake();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netweave::events
