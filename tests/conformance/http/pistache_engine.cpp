#include "pistache_engine.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>
#include <string_view>

#include "engine.hpp"

namespace conformance {
namespace {

struct Fault {
  std::string_view name;
  std::string_view reason;
};

/// What Pistache 0.0.5 can't do, and why: each of these cases must fail.
constexpr std::array known_faults = {
    Fault{"a client that ended its side alone still reads its answer",
          "Pistache's transport closes a socket as soon as the client ends its side"},
};

class OnPistache final : public Engine {
 public:
  explicit OnPistache(std::unique_ptr<netweave::gateway::PistacheServer> server) : server_(std::move(server)) {}
  [[nodiscard]] std::uint16_t port() const override { return server_->port(); }
  [[nodiscard]] std::string url() const override { return server_->url(); }
  void stop(std::chrono::milliseconds grace) override { server_->stop(grace); }

 private:
  std::unique_ptr<netweave::gateway::PistacheServer> server_;
};

}  // namespace

std::unique_ptr<Engine> start(Limits limits, netweave::http::Handler handler) {
  static const auto once = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(once);
  if (limits.threads == 0) limits.threads = 1;
  auto server = netweave::gateway::PistacheServer::start(std::move(limits), std::move(handler));
  if (!server) throw std::runtime_error(server.error().message);
  return std::make_unique<OnPistache>(std::move(*server));
}

bool known_fault(std::string_view name) {
  return std::any_of(known_faults.begin(), known_faults.end(), [&](const Fault& fault) { return fault.name == name; });
}

}  // namespace conformance
