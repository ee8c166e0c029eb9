// A gateway that starts over an inventory that is there:
//
//     bench-restart fill COUNT sqlite|redis FILE|HOST:PORT    commits so many resources
//     bench-restart start sqlite|redis FILE|HOST:PORT         starts a gateway; ends once /readyz says 200, and prints
//                                                             how many resources a list counts then
//
// The time from the second's start to its end is what is measured: as long as a load balancer waits.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "adapters/ims/simulator/topology.hpp"
#include "adapters/reconcile.hpp"
#include "bench_gateway.hpp"
#include "state/writer.hpp"
#include "store/store.hpp"

using namespace netweave;

namespace {

/// A backend that the gateway reaches, and that has nothing new.
class Quiet final : public ims::Adapter {
 public:
  ims::AdapterInfo info() const override { return {"quiet", {}, {}}; }
  ims::Health health() const override { return {true, {}}; }
  void observe(ims::Feed& feed, std::stop_token stop) override {
    feed.alive();
    while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
};

Result<std::unique_ptr<store::Store>> open(const Config& config) {
  if (config.store.backend == StoreBackend::redis) return store::open_redis({config.redis, config.o_cloud.id});
  return store::open_sqlite({config.store.path, false});
}

int fill(unsigned count, const Config& config) {
  auto store = open(config);
  if (!store) bench::fail(store.error().message);
  ims::simulator::Generate sizes;
  sizes.pools = 100;
  sizes.resources = count;
  state::State state;
  state::Tail tail((*store)->log(), state, {});
  tail.start();
  state::Writer writer((*store)->log(), state, {});
  adapters::Source source{"quiet", config.o_cloud.id};
  for (unsigned at = 0; at < count; at += 1000) {
    auto done = writer.run([&](state::Transaction& transaction) -> Result<void> {
      for (unsigned i = at; i < std::min(at + 1000, count); ++i)
        adapters::upsert(transaction, source, ims::simulator::generate_resource("quiet", sizes, i, 0), {});
      return {};
    });
    if (!done) bench::fail(done.error().message);
  }
  writer.stop();
  tail.stop();
  return 0;
}

http::Response get(Gateway& gateway, const std::string& target) {
  http::Request request;
  request.method = "GET";
  request.target = target;
  return gateway.call(std::move(request));
}

int start(Config config) {
  AdapterConfig adapter;
  adapter.name = "quiet";
  adapter.type = "quiet";
  config.adapters = {adapter};
  Options options;
  options.adapters["quiet"] = [](const ims::AdapterSettings&) -> Result<std::unique_ptr<ims::Adapter>> {
    return std::unique_ptr<ims::Adapter>(std::make_unique<Quiet>());
  };
  auto gateway = Gateway::create(std::move(config), options);
  if (!gateway) bench::fail(gateway.error().message);
  if (auto started = (*gateway)->start(); !started) bench::fail(started.error().message);
  while (get(**gateway, "/readyz").status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::string page = get(**gateway, "/o2ims/v1/resources?limit=1").body.to_string();
  std::size_t at = page.find("\"total\":");
  std::printf("%s\n",
              at == std::string::npos ? "0" : page.substr(at + 8, page.find_first_of(",}", at) - at - 8).c_str());
  std::fflush(stdout);
  (*gateway)->stop();  // its leases are given back: the next start waits for nobody
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  std::string what = count > 3 ? arguments[1] : "";
  if (what == "start") return start(bench::config_over(arguments[2], arguments[3]));
  if (what == "fill" && count > 4)
    return fill(static_cast<unsigned>(std::strtoul(arguments[2], nullptr, 10)),
                bench::config_over(arguments[3], arguments[4]));
  std::fputs("usage: bench-restart fill COUNT sqlite|redis FILE|HOST:PORT | start sqlite|redis FILE|HOST:PORT\n",
             stderr);
  return 64;
}
