#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "netweave/http/message.hpp"

namespace yardstick {

class Server {
 public:
  virtual ~Server() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

/// nullptr, and a line on stderr, where it can't.
std::unique_ptr<Server> start(const std::string& engine, std::uint16_t port, unsigned threads,
                              netweave::http::Handler handler);

}  // namespace yardstick
