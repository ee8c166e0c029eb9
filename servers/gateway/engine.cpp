#include "engine.hpp"

#include "netweave/http/native.hpp"
#ifdef NETWEAVE_PISTACHE
#include "pistache_engine.hpp"
#endif

namespace netweave::gateway {
namespace {

template <class Server>
class Holder : public Engine {
 public:
  explicit Holder(std::unique_ptr<Server> server) : server_(std::move(server)) {}
  [[nodiscard]] std::string url() const override { return server_->url(); }
  void stop(std::chrono::milliseconds grace) override { server_->stop(grace); }

 private:
  std::unique_ptr<Server> server_;
};

template <class Server>
[[maybe_unused]] Result<std::unique_ptr<Engine>> start(http::NativeOptions options, http::Handler handler) {
  auto server = Server::start(std::move(options), std::move(handler));
  if (!server) return std::move(server).error();
  return std::unique_ptr<Engine>(std::make_unique<Holder<Server>>(std::move(server).value()));
}

http::NativeOptions options_of(const ServerConfig& config) {
  http::NativeOptions options;
  options.host = config.host;
  options.port = config.port;
  options.threads = config.threads;
  options.header_timeout = config.header_timeout;
  options.read_timeout = config.read_timeout;
  options.write_timeout = config.write_timeout;
  options.idle_timeout = config.idle_timeout;
  options.max_header_bytes = config.max_header_bytes;
  options.max_uri_bytes = config.max_uri_bytes;
  options.max_body_bytes = config.max_body_bytes;
  options.max_connections = config.max_connections;
  options.max_in_flight = config.max_in_flight;
  return options;
}

}  // namespace

std::string engines() {
  std::string names;
#ifdef NETWEAVE_NATIVE
  names += "native";
#endif
#ifdef NETWEAVE_PISTACHE
  names += names.empty() ? "pistache" : ", pistache";
#endif
  return names;
}

Result<std::unique_ptr<Engine>> start_engine(
    const ServerConfig& config, http::Handler handler,
    std::function<void(std::string_view level, std::string_view message)> log) {
  http::NativeOptions options = options_of(config);
  options.log = std::move(log);
#ifdef NETWEAVE_NATIVE
  if (config.engine == netweave::Engine::native)
    return start<http::NativeServer>(std::move(options), std::move(handler));
#endif
#ifdef NETWEAVE_PISTACHE
  if (config.engine == netweave::Engine::pistache) return start<PistacheServer>(std::move(options), std::move(handler));
#endif
  Error error = make_error(ErrorKind::invalid, "the engine is not in this build");
  error.faults.push_back({"server.engine", "must be an engine of this build: " + engines()});
  return error;
}

}  // namespace netweave::gateway
