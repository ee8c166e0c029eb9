#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "http/connection.hpp"
#include "http/link.hpp"
#include "http/loop.hpp"

namespace netweave::http {

/// A connection in its TLS handshake, which becomes one that speaks HTTP. It asks for a place among
/// `NativeOptions::max_handshakes` when the client's first bytes have come: one that sends nothing takes none.
class Handshake final : public Connection, public std::enable_shared_from_this<Handshake> {
 public:
  Handshake(Loop& loop, Link link) : loop_(loop), link_(std::move(link)) {}

  void start() override;
  void expire() override { close(false); }
  void drain() override;
  void close(bool reset) override;

 private:
  enum class Phase { silent, waiting, shaking, lingering, closed };

  void greeted();
  void take_place();
  void leave_place();
  void step();
  void succeed();
  void fail();
  void throw_away();

  Loop& loop_;
  Link link_;
  Phase phase_ = Phase::silent;
  bool placed_ = false;
  std::size_t thrown_away_ = 0;
  std::array<char, 1024> waste_;
};

}  // namespace netweave::http
