#include "netweave/http/native.hpp"

#include <algorithm>
#include <exception>
#include <future>
#include <thread>
#include <vector>

#include "http/acceptor.hpp"
#include "http/certificates.hpp"
#include "http/loop.hpp"
#include "http/shared.hpp"

namespace netweave::http {

struct NativeServer::Impl {
  std::shared_ptr<Shared> shared;
  std::unique_ptr<Certificates> certificates;
  std::vector<std::shared_ptr<Loop>> loops;
  std::unique_ptr<Acceptor> acceptor;
  asio::ip::tcp::endpoint endpoint;
  std::mutex stop_mutex;
  bool stopped = false;

  void start_loops() {
    acceptor->start();
    for (auto& loop : loops) loop->start();
  }
};

NativeServer::NativeServer(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Result<std::unique_ptr<NativeServer>> NativeServer::start(NativeOptions options, Handler handler) {
  try {
    unsigned threads = options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
    auto impl = std::make_unique<Impl>();
    std::string host = options.host;
    std::uint16_t port = options.port;
    impl->shared = std::make_shared<Shared>(std::move(options), std::move(handler));
    if (const auto& tls = impl->shared->options.tls) {
      auto loaded = Certificates::load(*tls, impl->shared->options.log);
      if (!loaded) return loaded.error();
      impl->certificates = std::move(*loaded);
      impl->shared->certificates = impl->certificates.get();
    }
    for (unsigned i = 0; i < threads; ++i) impl->loops.push_back(std::make_shared<Loop>(impl->shared));
    impl->acceptor = std::make_unique<Acceptor>(impl->shared, impl->loops);
    if (auto listening = impl->acceptor->listen(host, port); !listening) return listening.error();
    impl->endpoint = impl->acceptor->endpoint();
    impl->start_loops();
    std::unique_ptr<NativeServer> server(new NativeServer(std::move(impl)));
    server->impl_->shared->log("info", "http: listening on " + server->url());
    return server;
  } catch (const std::exception& failure) {
    return make_error(ErrorKind::unavailable, std::string("the HTTP server can't start: ") + failure.what());
  }
}

NativeServer::~NativeServer() { stop(std::chrono::milliseconds(0)); }

std::uint16_t NativeServer::port() const noexcept { return impl_->endpoint.port(); }

std::string NativeServer::url() const {
  auto address = impl_->endpoint.address();
  std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return (impl_->certificates ? "https://" : "http://") + host + ":" + std::to_string(port());
}

Result<void> NativeServer::check(const TlsOptions& options) {
  auto made = TlsContext::make(options);
  if (!made) return made.error();
  return {};
}

Result<void> NativeServer::reload(const TlsOptions& options) {
  if (!impl_->certificates) return make_error(ErrorKind::precondition, "the server was started without TLS");
  return impl_->certificates->reload(options);
}

void NativeServer::stop(std::chrono::milliseconds grace) {
  std::lock_guard once(impl_->stop_mutex);
  if (std::exchange(impl_->stopped, true)) return;
  Shared& shared = *impl_->shared;
  auto& loops = impl_->loops;
  std::promise<void> closed;
  loops.front()->post([&] {
    impl_->acceptor->stop();
    closed.set_value();
  });
  closed.get_future().wait();
  for (auto& loop : loops) loop->post([&loop] { loop->drain(); });
  {
    std::unique_lock lock(shared.mutex);
    shared.none_left.wait_for(lock, grace, [&] { return shared.connections == 0; });
  }
  for (auto& loop : loops) loop->close();
  for (auto& loop : loops) loop->join();
  impl_->acceptor.reset();
  shared.handler = nullptr;  // what it holds is the embedder's, who may be gone when the last completion goes
}

}  // namespace netweave::http
