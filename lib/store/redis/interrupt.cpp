#include "store/redis/interrupt.hpp"

#include <cstdint>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace netweave::store::redis {

Interrupt::Interrupt() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Interrupt::~Interrupt() { close(descriptor_); }

void Interrupt::raise() const {
  std::uint64_t one = 1;
  (void)!write(descriptor_, &one, sizeof one);
}

bool Interrupt::raised() const { return !pause(std::chrono::milliseconds(0)); }

bool Interrupt::pause(std::chrono::milliseconds time) const {
  pollfd wait{descriptor_, POLLIN, 0};
  return poll(&wait, 1, static_cast<int>(time.count())) <= 0;
}

}  // namespace netweave::store::redis
