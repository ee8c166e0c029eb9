// Serves fixed bytes of a given size through an engine, for a comparison with nginx that serves the same bytes from a
// file: yardstick.sh beside this file. Arguments: engine (native, pistache), port, bytes, slices, threads.
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "netweave/http/message.hpp"

#include "engine.hpp"

namespace {

using namespace netweave::http;

Body body_of(const std::shared_ptr<const std::string>& bytes, std::size_t slices) {
  if (slices < 2) return Body({std::string_view(*bytes)}, bytes);
  std::vector<std::string_view> parts;
  parts.reserve(slices);
  std::size_t part = bytes->size() / slices;
  for (std::size_t i = 0; i < slices; ++i)
    parts.push_back(std::string_view(*bytes).substr(i * part, i + 1 == slices ? std::string_view::npos : part));
  return {std::move(parts), bytes};
}

std::size_t number(int argc, char** argv, int at, std::size_t fallback) {
  return argc > at ? std::strtoul(argv[at], nullptr, 10) : fallback;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::string engine = argc > 1 ? argv[1] : "native";
  auto port = static_cast<std::uint16_t>(number(argc, argv, 2, 0));
  auto bytes = std::make_shared<const std::string>(number(argc, argv, 3, 600), 'x');
  std::size_t slices = number(argc, argv, 4, 1);
  auto threads = static_cast<unsigned>(number(argc, argv, 5, 1));
  auto server = yardstick::start(engine, port, threads, [bytes, slices](Request, Completion done) {
    Response response;
    response.headers.emplace_back("Content-Type", "application/json");
    response.headers.emplace_back("ETag", "\"5f1a2b3c-258\"");
    response.body = body_of(bytes, slices);
    done(std::move(response));
  });
  if (!server) return 69;
  std::cout << "ready " << server->port() << std::endl;
  while (true) ::pause();
}
