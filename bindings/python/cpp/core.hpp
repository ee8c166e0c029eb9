#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "netweave/gateway.hpp"
#ifdef NETWEAVE_PYTHON_HTTP
#include "netweave/http/configured.hpp"
#endif

#include "adapter.hpp"
#include "python.hpp"

namespace netweave::python {

/// A gateway, its server, and what of Python they hold. Made, and let go, with the GIL held.
class Core {
 public:
  /// Blocks without the GIL. `log` may be null.
  static std::shared_ptr<Core> make(Config config, const py::dict& adapters, const py::object& logger);

  ~Core() = default;  // for `end` alone
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// Calls `use(Gateway&)` without the GIL; `cancelled` after a stop. Gives a Result.
  template <class Use>
  auto call(Use&& use) -> decltype(use(std::declval<Gateway&>())) {
    Unlocked unlocked;
    std::shared_ptr<Gateway> gateway = present();
    if (!gateway) return ended();
    return use(*gateway);
  }
  /// The gateway, or null after a stop: to be let go without the GIL.
  std::shared_ptr<Gateway> present();
  static Error ended() { return make_error(ErrorKind::cancelled, "the gateway has stopped"); }

  /// `work` is called by `stop`, when the gateway has stopped and before it is destroyed, unless `owner` has gone by
  /// then. False after a stop. Without the GIL.
  bool before_end(std::weak_ptr<void> owner, std::function<void()> work);
  /// The settings in force as YAML.
  [[nodiscard]] const std::string& config() const noexcept { return config_; }

  /// Without the GIL.
  Result<std::string> serve(std::string host, std::uint16_t port);
  /// The server first, then the gateway, which is destroyed: its store is another one's to open. Blocks; any thread but
  /// the gateway's own. Without the GIL.
  void stop();
  /// What Python gave is let go. With the GIL held, after `stop`.
  void release();

  /// Whether this thread is in one of the gateway's callbacks, so that it would wait for itself.
  [[nodiscard]] bool inside() const noexcept { return python::inside(identity_.get()); }

  /// Stops all that live, and returns when none needs Python any more. With the GIL held.
  static void stop_all();

 private:
  Core();
  /// The last one that knew it has let go: perhaps a collector's run inside one of its own callbacks.
  static void end(Core* core);

  IdentityRef identity_ = std::make_shared<Identity>();
  std::shared_ptr<Keep> keep_ = std::make_shared<Keep>();
  std::shared_ptr<Held> logger_;
  std::mutex mutex_;  // of `serve` and `stop`, which wait under it
  std::mutex present_mutex_;
  std::shared_ptr<Gateway> gateway_;
  struct Ending {
    std::weak_ptr<void> owner;
    std::function<void()> work;
  };
  std::vector<Ending> endings_;
  std::string config_;
#ifdef NETWEAVE_PYTHON_HTTP
  std::unique_ptr<http::NativeServer> server_;
#endif
  int process_;  // a fork's child has none of the threads
};

}  // namespace netweave::python
