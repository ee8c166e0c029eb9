#include "pistache_engine.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pistache/endpoint.h>
#include <pistache/peer.h>
#include <sys/socket.h>

#include "pistache/conversation.hpp"

namespace netweave::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Pistache's own time-outs answer in its own words; ours are checked by the ticker.
constexpr std::chrono::hours never{24 * 365};

std::string text_of(const Pistache::Address& address) {
  std::string host = address.host();
  // a peer's port comes in network order (0.0.5)
  std::string port = std::to_string(ntohs(static_cast<std::uint16_t>(address.port())));
  return address.family() == AF_INET6 ? "[" + host + "]:" + port : host + ":" + port;
}

/// Pistache makes a copy for each of its worker threads, which alone calls it.
class Reader final : public Pistache::Http::Handler {
  HTTP_PROTOTYPE(Reader)
 public:
  explicit Reader(std::shared_ptr<Hub> hub) : hub_(std::move(hub)) {}

 private:
  void onConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    // Pistache looks for its parser when it looks for idle peers
    peer->putData(ParserData, std::make_shared<Pistache::Http::RequestParser>(std::size_t{4096}));
    int on = 1;
    ::setsockopt(peer->fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bool full = hub_->connections.fetch_add(1) >= hub_->options.max_connections;
    auto conversation = std::make_shared<Conversation>(hub_, *transport(), peer->fd(), text_of(peer->address()));
    conversations_[peer->fd()] = conversation;
    hub_->add(conversation);
    if (full || hub_->stopping) conversation->cut();
  }

  void onInput(const char* bytes, std::size_t count, const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    auto found = conversations_.find(peer->fd());
    if (found == conversations_.end()) return;
    auto conversation = found->second;  // an answer may end it
    conversation->input({bytes, count});
  }

  void onDisconnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    auto node = conversations_.extract(peer->fd());
    if (node.empty()) return;
    --hub_->connections;
    node.mapped()->gone();
  }

  void onRequest(const Pistache::Http::Request&, Pistache::Http::ResponseWriter) override {}  // see `onInput`

  std::shared_ptr<Hub> hub_;
  std::unordered_map<int, std::shared_ptr<Conversation>> conversations_;
};

}  // namespace

struct PistacheServer::Impl {
  std::shared_ptr<Hub> hub;
  std::unique_ptr<Pistache::Http::Endpoint> endpoint;
  std::uint16_t port = 0;
  std::string url;
  std::thread ticker;
  std::mutex mutex;
  std::condition_variable_any woken;
  std::stop_source ended;
  std::mutex stop_mutex;
  bool stopped = false;

  void listen(const Pistache::Address& address, unsigned threads) {
    endpoint = std::make_unique<Pistache::Http::Endpoint>(address);
    endpoint->init(Pistache::Http::Endpoint::options()
                       .threads(static_cast<int>(threads))
                       .flags(Pistache::Tcp::Options::ReuseAddr | Pistache::Tcp::Options::CloseOnExec)
                       .backlog(4096)
                       .headerTimeout(never)
                       .bodyTimeout(never)
                       .keepaliveTimeout(never));
    endpoint->setHandler(std::make_shared<Reader>(hub));
    endpoint->serveThreaded();
    port = static_cast<std::uint16_t>(endpoint->getPort());
    std::string host = address.host();
    url = "http://" + (address.family() == AF_INET6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  }

  /// Looks at every connection's deadline, a tick a twentieth of the shortest time-out.
  void tick() {
    const http::NativeOptions& options = hub->options;
    milliseconds shortest = std::min({options.header_timeout, options.read_timeout, options.write_timeout,
                                      options.idle_timeout, milliseconds(10000)});
    milliseconds pause = std::clamp(shortest / 20, milliseconds(5), milliseconds(500));
    std::unique_lock lock(mutex);
    while (!ended.stop_requested()) {
      woken.wait_for(lock, ended.get_token(), pause, [] { return false; });
      for (const auto& conversation : hub->all()) conversation->check(steady_clock::now());
    }
  }
};

PistacheServer::PistacheServer(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Result<std::unique_ptr<PistacheServer>> PistacheServer::start(PistacheOptions options, http::Handler handler) {
  if (options.tls) return make_error(ErrorKind::invalid, "Pistache has no TLS here: a proxy in front of it may");
  unsigned threads = options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  std::string where = options.host + ":" + std::to_string(options.port);
  std::optional<Pistache::Address> address;
  try {
    address.emplace(options.host, Pistache::Port(options.port));
  } catch (const std::exception& failure) {
    return make_error(ErrorKind::invalid, "host \"" + options.host + "\" is no address: " + failure.what());
  }
  try {
    auto impl = std::make_unique<Impl>();
    impl->hub = std::make_shared<Hub>(std::move(options), std::move(handler));
    impl->listen(*address, threads);
    impl->ticker = std::thread([raw = impl.get()] { raw->tick(); });
    return std::unique_ptr<PistacheServer>(new PistacheServer(std::move(impl)));
  } catch (const std::exception& failure) {
    return make_error(ErrorKind::unavailable, "can't listen on " + where + ": " + failure.what());
  }
}

PistacheServer::~PistacheServer() { stop(milliseconds(0)); }

std::uint16_t PistacheServer::port() const noexcept { return impl_->port; }
std::string PistacheServer::url() const { return impl_->url; }

void PistacheServer::stop(milliseconds grace) {
  std::lock_guard once(impl_->stop_mutex);
  if (std::exchange(impl_->stopped, true)) return;
  Hub& hub = *impl_->hub;
  hub.stopping = true;
  for (const auto& conversation : hub.all()) conversation->drain();
  hub.wait_until_empty(grace);
  // Pistache closes no socket of a peer when it ends: let it see them end before
  for (const auto& conversation : hub.all()) conversation->cut();
  hub.wait_until_empty(milliseconds(1000));
  impl_->ended.request_stop();
  impl_->ticker.join();
  impl_->endpoint->shutdown();
  for (const auto& conversation : hub.all()) conversation->gone();
  {
    std::unique_lock transports(hub.transport_mutex);
    hub.transports_gone = true;
  }
  impl_->endpoint.reset();
  hub.handler = nullptr;  // what it holds is the embedder's
}

}  // namespace netweave::gateway
