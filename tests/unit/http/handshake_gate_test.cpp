#include "http/handshake_gate.hpp"

#include <string>

#include <doctest/doctest.h>

using netweave::http::HandshakeGate;

TEST_CASE("there are so many places, and who waits gets the next one, oldest first") {
  HandshakeGate gate(2);
  std::string turns;
  auto turn = [&](char who) { return [&turns, who] { turns += who; }; };
  CHECK(gate.enter(turn('a')));
  CHECK(gate.enter(turn('b')));
  CHECK_FALSE(gate.enter(turn('c')));
  CHECK_FALSE(gate.enter(turn('d')));
  CHECK(turns.empty());
  gate.leave();
  CHECK(turns == "c");
  CHECK_FALSE(gate.enter(turn('e')));  // the place that became free is c's
  gate.leave();
  gate.leave();
  CHECK(turns == "cde");
  gate.leave();
  gate.leave();
  CHECK(gate.enter(turn('f')));
  CHECK(gate.enter(turn('g')));
  CHECK_FALSE(gate.enter(turn('h')));
}
