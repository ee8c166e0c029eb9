#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "netweave/result.hpp"

#include "store/redis/address.hpp"
#include "store/redis/interrupt.hpp"
#include "store/redis/tls.hpp"

namespace netweave::store::redis {

using TimePoint = std::chrono::steady_clock::time_point;

/// A connected stream of bytes, over TLS where asked for. One thread at a time; every call blocks until its deadline
/// at most, and ends at an interrupt. Errors: `unavailable` (can't be reached, closed), `timeout`, `cancelled`.
class Socket {
 public:
  /// `tls` may be null. Names are resolved by the system's resolver, which has deadlines of its own.
  static Result<Socket> connect(const Address& address, const Tls* tls, const Interrupt& interrupt, TimePoint deadline);

  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  std::optional<Error> send(std::string_view bytes, TimePoint deadline);
  /// At least one byte.
  Result<std::size_t> receive(char* into, std::size_t size, TimePoint deadline);
  /// True where nothing is to be read and the other side has not closed it.
  [[nodiscard]] bool quiet() const;

 private:
  explicit Socket(const Interrupt& interrupt) : interrupt_(&interrupt) {}
  std::optional<Error> dial(const Address& address, TimePoint deadline);
  std::optional<Error> shake_hands(const Tls& tls, const std::string& host, TimePoint deadline);
  std::optional<Error> wait(short events, TimePoint deadline) const;
  /// What to do after a TLS call that did not succeed: nullopt: again.
  std::optional<Error> wait_tls(int outcome, TimePoint deadline);

  const Interrupt* interrupt_;
  int descriptor_ = -1;
  TlsSession session_;
};

}  // namespace netweave::store::redis
