#include "engine.hpp"

#include <iostream>

#include "netweave/http/native.hpp"

#ifdef WITH_PISTACHE
#include "pistache_engine.hpp"
#endif

namespace yardstick {
namespace {

using namespace netweave;

template <class Engine>
class Holder final : public Server {
 public:
  explicit Holder(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
  [[nodiscard]] std::uint16_t port() const override { return engine_->port(); }

 private:
  std::unique_ptr<Engine> engine_;
};

template <class Engine, class Options>
std::unique_ptr<Server> start_engine(std::uint16_t port, unsigned threads, http::Handler handler) {
  Options options;
  options.port = port;
  options.threads = threads;
  auto server = Engine::start(std::move(options), std::move(handler));
  if (server) return std::make_unique<Holder<Engine>>(std::move(*server));
  std::cerr << server.error().message << '\n';
  return nullptr;
}

}  // namespace

std::unique_ptr<Server> start(const std::string& engine, std::uint16_t port, unsigned threads, http::Handler handler) {
#ifdef WITH_PISTACHE
  if (engine == "pistache")
    return start_engine<gateway::PistacheServer, gateway::PistacheOptions>(port, threads, std::move(handler));
#endif
  if (engine == "native")
    return start_engine<http::NativeServer, http::NativeOptions>(port, threads, std::move(handler));
  std::cerr << "no engine " << engine << '\n';
  return nullptr;
}

}  // namespace yardstick
