#include <stdexcept>

#include "engine.hpp"
#include "wire.hpp"

namespace conformance {
namespace {

class Native final : public Engine {
 public:
  explicit Native(std::unique_ptr<netweave::http::NativeServer> server) : server_(std::move(server)) {}
  [[nodiscard]] std::uint16_t port() const override { return server_->port(); }
  [[nodiscard]] std::string url() const override { return server_->url(); }
  void stop(std::chrono::milliseconds grace) override { server_->stop(grace); }
  netweave::Result<void> reload(const netweave::http::TlsOptions& options) override { return server_->reload(options); }

 private:
  std::unique_ptr<netweave::http::NativeServer> server_;
};

}  // namespace

std::unique_ptr<Engine> start(Limits limits, netweave::http::Handler handler) {
  if (limits.threads == 0) limits.threads = 1;
  prepare(limits);
  auto server = netweave::http::NativeServer::start(std::move(limits), std::move(handler));
  if (!server) throw std::runtime_error(server.error().message);
  return std::make_unique<Native>(std::move(*server));
}

bool known_fault(std::string_view) { return false; }

}  // namespace conformance
