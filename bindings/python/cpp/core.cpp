#include "core.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <unistd.h>

#include "json.hpp"

namespace netweave::python {
namespace {

std::vector<std::weak_ptr<Core>> alive;  // under the GIL

using Logger = std::function<void(std::string_view, std::string_view)>;

/// The line as `logger(level, line)`. What that raises is shown by sys.unraisablehook: there is nobody else to tell.
Logger to_logger(const std::shared_ptr<Held>& held, const IdentityRef& identity) {
  return [held, identity](std::string_view level, std::string_view line) {
    Locked python(identity.get());
    if (!python || !held->object) return;
    py::object logger = held->object;
    try {
      logger(text(level), text(line));
    } catch (py::error_already_set& exception) {
      pass_on_interrupt(exception);
      exception.restore();
      PyErr_WriteUnraisable(logger.ptr());
    }
  };
}

}  // namespace

Core::Core() : process_(getpid()) {}

std::shared_ptr<Core> Core::make(Config config, const py::dict& adapters, const py::object& logger) {
  if (shutting_down()) raise(make_error(ErrorKind::unavailable, "the interpreter is shutting down"));
  std::shared_ptr<Core> core(new Core(), &Core::end);
  Options options;
  if (!logger.is_none()) {
    core->logger_ = std::make_shared<Held>(logger);
    core->keep_->push_back(core->logger_);
    options.logger = to_logger(core->logger_, core->identity_);
  }
  for (auto [type, factory] : adapters) {
    std::string name = utf8(type);
    options.adapters[name] =
        make_factory(name, py::reinterpret_borrow<py::object>(factory), core->identity_, core->keep_);
  }
  auto created = [&] {
    Unlocked unlocked;
    return Gateway::create(std::move(config), std::move(options));
  }();
  core->gateway_ = unwrap(std::move(created));
  core->config_ = print_config(core->gateway_->config());
  std::erase_if(alive, [](const auto& one) { return one.expired(); });
  alive.push_back(core);
  return core;
}

std::shared_ptr<Gateway> Core::present() {
  std::lock_guard lock(present_mutex_);
  return gateway_;
}

bool Core::before_end(std::weak_ptr<void> owner, std::function<void()> work) {
  std::lock_guard lock(present_mutex_);
  if (!gateway_) return false;
  std::erase_if(endings_, [](const Ending& ending) { return ending.owner.expired(); });
  endings_.push_back({std::move(owner), std::move(work)});
  return true;
}

Result<std::string> Core::serve([[maybe_unused]] std::string host, [[maybe_unused]] std::uint16_t port) {
#ifdef NETWEAVE_PYTHON_HTTP
  std::lock_guard lock(mutex_);
  if (!gateway_) return ended();
  if (server_) return make_error(ErrorKind::conflict, "the gateway serves already, at " + server_->url());
  http::NativeOptions options = http::native_options(gateway_->config());
  options.host = std::move(host);
  options.port = port;
  if (logger_) options.log = to_logger(logger_, identity_);
  auto started = http::NativeServer::start(std::move(options),
                                           [gateway = gateway_.get()](http::Request request, http::Completion done) {
                                             gateway->handle(std::move(request), std::move(done));
                                           });
  if (!started) return std::move(started).error();
  server_ = std::move(*started);
  gateway_->set_service_uri(server_->url());
  return server_->url();
#else
  return make_error(ErrorKind::unimplemented, "this binding was built without netweave-http: it can't serve");
#endif
}

void Core::stop() {
  if (process_ != getpid()) return;  // what it would wait for is in the parent
  std::lock_guard lock(mutex_);
  if (!gateway_) return;
#ifdef NETWEAVE_PYTHON_HTTP
  if (server_) {
    gateway_->drain();
    server_->stop(gateway_->config().server.shutdown_timeout);
    server_.reset();
  }
#endif
  gateway_->stop();
  std::shared_ptr<Gateway> gone;
  std::vector<Ending> endings;
  {
    std::lock_guard present(present_mutex_);
    gone = std::move(gateway_);
    endings = std::exchange(endings_, {});
  }
  for (const Ending& ending : endings)
    if (auto owner = ending.owner.lock()) ending.work();
}

void Core::release() {
  Keep kept = std::exchange(*keep_, {});  // what it destroys may call back
  for (const auto& held : kept) py::object object = std::exchange(held->object, py::object());
}

void Core::end(Core* core) {
  if (core->process_ != getpid()) return;
  if (core->inside()) {
    run_aside([core] {
      core->stop();
      delete core;
    });
    return;
  }
  Unlocked unlocked;
  core->stop();
  delete core;
}

void Core::stop_all() {
  std::vector<std::shared_ptr<Core>> cores;
  for (const auto& one : std::exchange(alive, {}))
    if (auto core = one.lock(); core && core->process_ == getpid()) cores.push_back(std::move(core));
  for (const auto& core : cores) {
    Unlocked unlocked;
    core->stop();
  }
  for (const auto& core : cores) core->release();
  cores.clear();
  begin_shutdown();
}

}  // namespace netweave::python
