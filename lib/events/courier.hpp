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
  std::vector<std::string> headers;  ///< "Name: value"
  std::string body;
};

struct Receipt {
  std::uint64_t token = 0;
  int status = 0;     ///< HTTP's; 0: none came
  std::string error;  ///< why none came
  std::optional<std::chrono::milliseconds> retry_after;
};

struct CourierLimits {
  std::chrono::milliseconds timeout{10000};  ///< for the whole exchange, and for the connection alone
  std::size_t idle_connections = 256;        ///< kept open for the next parcel
};

/// POSTs parcels, thousands at once, on the thread that calls `wait`; HTTP/1.1, connections reused. Redirects are not
/// followed, proxies of the environment not used, and every socket's address passes the guard before it is dialled, so
/// a name that resolves differently the second time is no way around. One thread, but for `wake`.
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
