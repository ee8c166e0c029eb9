#include "engine.hpp"

#include "netweave/http/options.hpp"
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
  Result<void> reload(const Config& config) override {
#ifdef NETWEAVE_NATIVE
    if constexpr (std::is_same_v<Server, http::NativeServer>)
      if (config.tls.enabled) return server_->reload(config.tls.options);
#endif
    return {};
  }
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

Result<std::unique_ptr<Engine>> start([[maybe_unused]] netweave::Engine engine,
                                      [[maybe_unused]] http::NativeOptions options,
                                      [[maybe_unused]] http::Handler handler) {
#ifdef NETWEAVE_NATIVE
  if (engine == netweave::Engine::native) return start<http::NativeServer>(std::move(options), std::move(handler));
#endif
#ifdef NETWEAVE_PISTACHE
  if (engine == netweave::Engine::pistache) return start<PistacheServer>(std::move(options), std::move(handler));
#endif
  Error error = make_error(ErrorKind::invalid, "the engine is not in this build");
  error.faults.push_back({"server.engine", "must be an engine of this build: " + engines()});
  return error;
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

Result<void> check_engine([[maybe_unused]] const Config& config) {
#ifdef NETWEAVE_NATIVE
  if (config.tls.enabled) return http::NativeServer::check(config.tls.options);
#endif
  return {};
}

Result<std::unique_ptr<Engine>> start_engine(Gateway& gateway) {
  return start(gateway.config().server.engine, http::options_for(gateway),
               [&gateway](http::Request request, http::Completion done) {
                 gateway.handle(std::move(request), std::move(done));
               });
}

Result<std::unique_ptr<Engine>> start_operations(Gateway& gateway) {
  if (gateway.config().operations.port == 0) return std::unique_ptr<Engine>();
  return start(gateway.config().server.engine, http::operations_options_for(gateway),
               [&gateway](http::Request request, http::Completion done) {
                 gateway.handle_operations(std::move(request), std::move(done));
               });
}

}  // namespace netweave::gateway
