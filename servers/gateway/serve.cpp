#include "serve.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

#include "netweave/gateway.hpp"

#include "engine.hpp"
#include "output.hpp"
#include "port_holder.hpp"

namespace netweave::gateway {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;  // for a port or a store that the process before us has not let go of yet
constexpr auto pause = 250ms;

/// The signals that this program waits for. They are blocked before the first thread starts, so that every thread
/// inherits that and only the waits below meet them.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of a write, not of the process
    std::signal(SIGXFSZ, SIG_IGN);  // and so is a limit of file sizes that is reached
  }

  [[nodiscard]] int wait() const {
    int signal = 0;
    while (sigwait(&set_, &signal) != 0) {
    }
    return signal;
  }

  /// Sleeps; true when a signal to stop came meanwhile.
  [[nodiscard]] bool stopped_within(std::chrono::milliseconds time) const {
    std::timespec span{time.count() / 1000, (time.count() % 1000) * 1000000};
    int signal = sigtimedwait(&set_, nullptr, &span);
    return signal == SIGTERM || signal == SIGINT;
  }

  /// From now on a signal ends the process at once, by the kernel's hand, whatever the program is busy with.
  void release() const { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

 private:
  sigset_t set_{};
};

/// Calls `attempt` until it gives anything but `unavailable`, patience ends, or a signal comes (`cancelled`).
template <class Attempt>
auto persist(const Signals& signals, Output& output, Attempt&& attempt) -> decltype(attempt()) {
  auto end = std::chrono::steady_clock::now() + patience;
  for (bool first = true;; first = false) {
    auto result = attempt();
    if (result || result.error().kind != ErrorKind::unavailable) return result;
    if (std::chrono::steady_clock::now() >= end) return result;
    if (first) output.say("warn", "not yet: " + result.error().message);
    if (signals.stopped_within(pause)) return make_error(ErrorKind::cancelled, "stopped by a signal");
  }
}

void report(Output& output, const std::string& what, const Error& error) {
  output.say("error", what + (what.empty() ? "" : " ") + "not reloaded: " + error.message);
  for (const Fault& fault : error.faults) output.say("error", fault.field + ": " + fault.reason);
}

void reload(Gateway& gateway, Engine& engine, Output& output, const Reread& reread, Config& current) {
  if (auto opened = output.reopen(); !opened) output.say("error", opened.error().message);
  auto loaded = reread();
  if (!loaded) {
    return report(output, "", loaded.error());
  }
  for (const std::string& warning : loaded->warnings) output.say("warn", warning);
  for (const ConfigChange& change : config_changes(current, loaded->config))
    if (!change.reloads) output.say("warn", change.key + " has changed and needs a restart");
  const std::string& level = loaded->config.logging.level;
  if (level != current.logging.level) {
    if (auto set = gateway.set_log_level(level); !set) output.say("error", set.error().message);
    output.set_level(level);
    current.logging.level = level;
  }
  if (auto set = gateway.set_routing(loaded->config.routing); set) {
    current.routing = loaded->config.routing;
  } else {
    report(output, "routing is", set.error());
  }
  if (auto set = gateway.set_rate_limit(loaded->config.rate_limit); set)
    current.rate_limit = loaded->config.rate_limit;
  else
    report(output, "rate limits are", set.error());
  if (auto reloaded = engine.reload(loaded->config); reloaded)
    current.tls.options = loaded->config.tls.options;
  else
    report(output, "tls is", reloaded.error());
  output.say("info", "reloaded; the level is " + level);
}

void announce(const std::string& urls) {
  std::printf("netweave ready %s\n", urls.c_str());
  std::fflush(stdout);
}

struct Listeners {
  std::unique_ptr<Engine> operations;  ///< nullptr: none of their own
  std::unique_ptr<Engine> engine;
};

/// Waits for the signal to stop, and stops: not ready at once, no new connections, what is in flight within its time.
void run(const Signals& signals, Gateway& gateway, Listeners& listeners, Output& output, const LoadedConfig& loaded,
         const Reread& reread) {
  Config current = loaded.config;
  int signal = signals.wait();
  for (; signal == SIGHUP; signal = signals.wait()) reload(gateway, *listeners.engine, output, reread, current);
  output.say("info",
             std::string("stopping on ") + (signal == SIGINT ? "SIGINT" : "SIGTERM") + "; another one ends at once");
  signals.release();
  gateway.drain();
  listeners.engine->stop(current.server.shutdown_timeout);
  if (listeners.operations) listeners.operations->stop(1s);  // until now probes were told: not ready
  gateway.stop();
  output.say("info", "stopped");
}

std::string holder_text(std::uint16_t port) {
  std::string holder = port == 0 ? std::string() : port_holder(port);
  return holder.empty() ? holder : ": held by " + holder;
}

}  // namespace

int report_faults(const Error& error) {
  for (const Fault& fault : error.faults) std::fprintf(stderr, "%s: %s\n", fault.field.c_str(), fault.reason.c_str());
  if (error.faults.empty()) std::fprintf(stderr, "netweave-gateway: %s\n", error.message.c_str());
  return Exit::configuration;
}

int report_failure(const Error& error, const std::string& more) {
  if (error.kind == ErrorKind::cancelled) return Exit::stopped;
  if (error.kind == ErrorKind::invalid) return report_faults(error);
  std::fprintf(stderr, "netweave-gateway: %s%s\n", error.message.c_str(), more.c_str());
  if (!error.cause.empty()) std::fprintf(stderr, "  cause: %s\n", error.cause.c_str());
  return Exit::unavailable;
}

int serve(const LoadedConfig& loaded, const Reread& reread) {
  Signals signals;
  const Config& config = loaded.config;
  auto output = Output::open(config.logging);
  if (!output) return report_failure(output.error());
  Output& out = **output;
  for (const std::string& warning : loaded.warnings) out.say("warn", warning);
  out.say("info", "configuration: " + (loaded.file.empty() ? "built-in defaults" : loaded.file));

  Options options;
  options.logger = [&out](std::string_view level, std::string_view line) { out.line(level, line); };
  auto gateway = persist(signals, out, [&] { return Gateway::create(config, options); });
  if (!gateway) return report_failure(gateway.error());
  if (auto started = (*gateway)->start(); !started) return report_failure(started.error());

  auto operations = persist(signals, out, [&] { return start_operations(**gateway); });
  if (!operations) return report_failure(operations.error(), holder_text(config.operations.port));
  auto engine = persist(signals, out, [&] { return start_engine(**gateway); });
  if (!engine) return report_failure(engine.error(), holder_text(config.server.port));
  Listeners listeners{std::move(*operations), std::move(*engine)};
  std::string urls = listeners.engine->url();
  (*gateway)->set_service_uri(urls);
  if (listeners.operations) urls += " " + listeners.operations->url();
  out.say("info", "listening on " + urls);
  announce(urls);
  run(signals, **gateway, listeners, out, loaded, reread);
  return Exit::stopped;
}

}  // namespace netweave::gateway
