// From a backend's change to the first byte of its webhook: bench-events PER_SECOND SECONDS STORE [PATH].
// An adapter in the process stamps each change with the time; a receiver in the process reads the stamp when the POST
// arrives. Prints p50, p99, the largest (milliseconds) and how many arrived of how many.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netweave/gateway.hpp"

using namespace netweave;

namespace {

std::int64_t now_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

/// Upserts one of 1,000 resources at a steady rate; the stamp is the time at which the change was due.
class Ticker final : public ims::Adapter {
 public:
  Ticker(unsigned per_second, unsigned seconds) : per_second_(per_second), total_(per_second * seconds) {}
  ims::AdapterInfo info() const override { return {"ticker", {}, {}}; }
  ims::Health health() const override { return {true, {}}; }

  void observe(ims::Feed& feed, std::stop_token stop) override {
    auto pass = feed.begin({Kind::resource_pool, Kind::resource_type, Kind::resource});
    ResourcePool pool;
    pool.resource_pool_id = "t-pool";
    pool.name = "pool";
    pass->add({pool});
    ResourceType type;
    type.resource_type_id = "t-type";
    type.name = "type";
    pass->add({type});
    for (unsigned i = 0; i < 1000; ++i) pass->add(resource(i, 0));
    (void)pass->commit();
    feed.alive();
    std::unique_lock lock(mutex);
    timer.wait(lock, stop, [] { return go; });
    auto next = std::chrono::steady_clock::now();
    for (unsigned i = 0; i < total_ && !stop.stop_requested(); ++i) {
      next += std::chrono::nanoseconds(1000000000 / per_second_);
      timer.wait_until(lock, stop, next, [] { return false; });
      (void)feed.upsert(resource(i % 1000, now_ns()));
    }
    timer.wait(lock, stop, [] { return false; });
  }

  static void begin() {
    std::lock_guard lock(mutex);
    go = true;
    timer.notify_all();
  }

 private:
  static inline std::mutex mutex;
  static inline std::condition_variable_any timer;
  static inline bool go = false;

  static ims::Observed resource(unsigned index, std::int64_t stamp) {
    Resource resource;
    resource.resource_id = "t-res-" + std::to_string(index);
    resource.resource_pool_id = "t-pool";
    resource.resource_type_id = "t-type";
    resource.description = "stamp:" + std::to_string(stamp) + ";";
    resource.extensions["filler"] = std::string(400, 'x');
    return {resource};
  }
  unsigned per_second_;
  unsigned total_;
};

/// A receiver with one thread a connection: notes when a POST's first bytes came, then reads its stamp.
class Receiver {
 public:
  Receiver() {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 128) != 0) std::abort();
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    std::thread([this] {
      for (int peer; (peer = ::accept(socket_, nullptr, nullptr)) >= 0;)
        std::thread([this, peer] { serve(peer); }).detach();
    }).detach();
  }

  std::vector<double> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return latencies_.size() >= count; });
    return latencies_;
  }

  int port = 0;

 private:
  void serve(int peer) {
    std::string buffer;
    char bytes[65536];
    std::int64_t arrived = 0;
    for (ssize_t got; (got = ::recv(peer, bytes, sizeof(bytes), 0)) > 0;) {
      if (buffer.empty()) arrived = now_ns();
      buffer.append(bytes, static_cast<std::size_t>(got));
      std::size_t end = buffer.find("\r\n\r\n");
      std::size_t length_at = buffer.find("Content-Length: ");
      if (end == std::string::npos || length_at == std::string::npos) continue;
      std::size_t length = std::strtoull(buffer.c_str() + length_at + 16, nullptr, 10);
      if (buffer.size() < end + 4 + length) continue;
      std::size_t stamp_at = buffer.find("stamp:", end);
      std::int64_t stamp = std::strtoll(buffer.c_str() + stamp_at + 6, nullptr, 10);
      constexpr std::string_view answer = "HTTP/1.1 204 No Content\r\n\r\n";
      (void)::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      buffer.clear();
      if (stamp == 0) continue;
      std::lock_guard lock(mutex_);
      latencies_.push_back(static_cast<double>(arrived - stamp) / 1e6);
      changed_.notify_all();
    }
    ::close(peer);
  }

  int socket_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<double> latencies_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return std::fputs("usage: bench-events PER_SECOND SECONDS memory|sqlite [PATH]\n", stderr), 64;
  auto per_second = static_cast<unsigned>(std::strtoul(arguments[1], nullptr, 10));
  auto seconds = static_cast<unsigned>(std::strtoul(arguments[2], nullptr, 10));
  Config config;
  config.logging.level = "warn";
  config.store.backend = std::string(arguments[3]) == "memory" ? StoreBackend::memory : StoreBackend::sqlite;
  if (count > 4) config.store.path = arguments[4];
  AdapterConfig adapter;
  adapter.name = "t";
  adapter.type = "ticker";
  config.adapters = {adapter};
  Options options;
  options.adapters["ticker"] = [&](const ims::AdapterSettings&) -> Result<std::unique_ptr<ims::Adapter>> {
    return std::unique_ptr<ims::Adapter>(std::make_unique<Ticker>(per_second, seconds));
  };
  Receiver receiver;
  auto gateway = Gateway::create(config, options);
  if (!gateway || !(*gateway)->start() || !(*gateway)->wait_synced(std::chrono::seconds(30))) return 1;
  http::Request subscribe;
  subscribe.method = "POST";
  subscribe.target = "/o2ims/v1/subscriptions";
  subscribe.headers = {{"Content-Type", "application/json"}};
  subscribe.body = R"({"callback":"http://127.0.0.1:)" + std::to_string(receiver.port) + "/hook\"}";
  if ((*gateway)->call(std::move(subscribe)).status != 201) return 1;
  Ticker::begin();
  auto latencies = receiver.wait(per_second * seconds);
  std::sort(latencies.begin(), latencies.end());
  if (latencies.empty()) return 1;
  std::printf("%.3f %.3f %.3f %zu %u\n", latencies[latencies.size() / 2], latencies[latencies.size() * 99 / 100],
              latencies.back(), latencies.size(), per_second * seconds);
  std::fflush(stdout);
  std::_Exit(0);
}
