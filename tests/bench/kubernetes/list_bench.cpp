// How long the adapter's first full list takes beside curl's own time for the same list.
//
//   tests/backends/with-kube --nodes 5000 build/gcc/tests/bench/kubernetes/kubernetes-list
//
// Prints the median of five of each, interleaved, and their ratio.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/ims/kubernetes/kubernetes.hpp"

using namespace netweave;
using Clock = std::chrono::steady_clock;

namespace {

/// Keeps what a pass holds until it is committed, as any store must.
struct CountingFeed final : ims::Feed {
  struct Counting final : ims::Pass {
    explicit Counting(CountingFeed& to) : feed(to) {}
    void add(ims::Observed observed) override { staged.push_back(std::move(observed)); }
    Result<void> commit(std::string) override {
      std::lock_guard lock(feed.mutex);
      feed.objects = staged.size();
      feed.done.notify_all();
      return {};
    }
    CountingFeed& feed;
    std::vector<ims::Observed> staged;
  };
  std::vector<ims::Observed> last_objects() override { return {}; }
  std::string last_checkpoint() override { return {}; }
  std::unique_ptr<ims::Pass> begin(std::vector<Kind>) override { return std::make_unique<Counting>(*this); }
  Result<void> upsert(ims::Observed) override { return {}; }
  Result<void> remove(Kind, std::string, std::string) override { return {}; }
  Result<void> checkpoint(std::string) override { return {}; }
  void alive() override {}
  void failed(Error error) override { std::fprintf(stderr, "failed: %s\n", error.message.c_str()); }

  std::mutex mutex;
  std::condition_variable done;
  std::size_t objects = 0;
};

double adapter_ms(bool streaming) {
  ims::AdapterSettings settings;
  settings.name = "bench";
  settings.log = [](std::string_view, std::string_view) {};
  settings.config["kubeconfig"] = std::getenv("KUBECONFIG");
  settings.config["streaming_lists"] = streaming;
  auto adapter = ims::kubernetes::make_kubernetes(settings);
  CountingFeed feed;
  auto begun = Clock::now();
  std::jthread observer([&](const std::stop_token& stop) { (*adapter)->observe(feed, stop); });
  std::unique_lock lock(feed.mutex);
  feed.done.wait(lock, [&] { return feed.objects > 0; });
  return std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

double curl_ms() {
  std::string command =
      "curl -sS -o /dev/null -A netweave --cacert \"$NETWEAVE_TEST_KUBE_CA\" "
      "-H 'Authorization: Bearer admin-token-secret' \"$NETWEAVE_TEST_KUBE_URL/api/v1/nodes\"";
  auto begun = Clock::now();
  if (std::system(command.c_str()) != 0) std::exit(1);
  return std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main() {
  std::vector<double> curl, streamed, paged;
  curl_ms();
  for (int i = 0; i < 5; ++i) {
    curl.push_back(curl_ms());
    streamed.push_back(adapter_ms(true));
    paged.push_back(adapter_ms(false));
  }
  std::printf("curl %.0f ms; adapter, streamed %.0f ms (%.2f times); adapter, pages %.0f ms (%.2f times)\n",
              median(curl), median(streamed), median(streamed) / median(curl), median(paged),
              median(paged) / median(curl));
}
