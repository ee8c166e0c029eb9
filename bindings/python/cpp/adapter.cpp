#include "adapter.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

#include "feed.hpp"
#include "json.hpp"
#include "objects.hpp"

namespace netweave::python {
namespace {

using LogFunction = std::function<void(std::string_view, std::string_view)>;

double to_seconds(Millis time) { return std::chrono::duration<double>(time).count(); }

Error ended() { return make_error(ErrorKind::cancelled, "the gateway has stopped"); }

/// The adapter's own answer is wrong: its fault, not the API caller's, whatever the exception is.
template <class T, class Convert>
T convert_answer(const char* method, const py::object& answer, Convert&& convert) {
  try {
    return convert(answer);
  } catch (py::error_already_set& exception) {
    throw std::runtime_error(std::string(method) + " returned what it must not: " + exception.what());
  } catch (const std::exception& exception) {
    throw std::runtime_error(std::string(method) + " returned what it must not: " + exception.what());
  }
}

ims::Removal to_removal(const py::object& answer) {
  if (answer.is_none()) return ims::Removal::done;
  std::string word = utf8(answer);
  if (word == "done") return ims::Removal::done;
  if (word == "pending") return ims::Removal::pending;
  throw py::value_error("\"" + word + "\": must be None, \"done\" or \"pending\"");
}

ims::Capability to_capability(py::handle given) {
  constexpr std::pair<const char*, ims::Operation> operations[] = {
      {"create", ims::Operation::create}, {"update", ims::Operation::update}, {"remove", ims::Operation::remove}};
  std::string word = utf8(given.attr("operation"));
  for (const auto& [name, operation] : operations)
    if (word == name) return {kind_of(given.attr("kind")), operation, utf8(given.attr("condition"))};
  throw py::value_error("\"" + word + "\": must be create, update or remove");
}

/// An adapter in Python. Every call takes the GIL and ends with a Result: no exception passes into the gateway, but
/// for that of `observe`, whose place it is.
class Adapter final : public ims::Adapter {
 public:
  Adapter(std::string type, std::shared_ptr<Held> held, IdentityRef identity, LogFunction log)
      : type_(std::move(type)), held_(std::move(held)), identity_(std::move(identity)), log_(std::move(log)) {}

  ims::AdapterInfo info() const override {
    auto answer = ask<ims::AdapterInfo>(
        "info", [](const py::object& method) { return method(); },
        [](const py::object& given) {
          ims::AdapterInfo info{utf8(given.attr("type")), utf8(given.attr("version")), {}};
          for (py::handle one : given.attr("capabilities")) info.capabilities.push_back(to_capability(one));
          return info;
        });
    ims::AdapterInfo info = std::move(answer).value_or({});
    if (info.type.empty()) info.type = type_;
    return info;
  }

  ims::Health health() const override {
    auto answer = ask<ims::Health>(
        "health", [](const py::object& method) { return method(); },
        [](const py::object& given) {
          return ims::Health{given.attr("reachable").cast<bool>(), utf8(given.attr("detail"))};
        });
    return answer ? *answer : ims::Health{false, answer.error().message};
  }

  void observe(ims::Feed& feed, std::stop_token stop) override {
    auto given = std::make_shared<Feed>(feed);
    std::optional<std::string> failure = run_observe(given, stop);
    given->end();
    if (failure) throw std::runtime_error(*failure);
  }

  Result<ims::Observed> create_resource_pool(const ResourcePool& pool, const ims::CallContext& context) override {
    return write("create_resource_pool", pool, context);
  }
  Result<ims::Observed> create_resource(const Resource& resource, const ims::CallContext& context) override {
    return write("create_resource", resource, context);
  }
  Result<ims::Observed> update_resource_pool(const ResourcePool& pool, const Value& patch,
                                             const ims::CallContext& context) override {
    return rewrite("update_resource_pool", pool, patch, context);
  }
  Result<ims::Observed> update_resource(const Resource& resource, const Value& patch,
                                        const ims::CallContext& context) override {
    return rewrite("update_resource", resource, patch, context);
  }
  Result<ims::Removal> remove_resource_pool(const std::string& id, const ims::CallContext& context) override {
    return erase("remove_resource_pool", id, context);
  }
  Result<ims::Removal> remove_resource(const std::string& id, const ims::CallContext& context) override {
    return erase("remove_resource", id, context);
  }
  Result<ims::Observed> read(Kind kind, const std::string& id, const ims::CallContext& context) override {
    return ask<ims::Observed>(
        "read", [&](const py::object& method) { return method(text(to_string(kind)), text(id), context); },
        to_observed);
  }

 private:
  template <class T>
  Result<ims::Observed> write(const char* name, const T& object, const ims::CallContext& context) {
    return ask<ims::Observed>(
        name, [&](const py::object& method) { return method(to_dict(object), context); }, to_observed);
  }
  template <class T>
  Result<ims::Observed> rewrite(const char* name, const T& object, const Value& patch,
                                const ims::CallContext& context) {
    return ask<ims::Observed>(
        name, [&](const py::object& method) { return method(to_dict(object), to_python(patch), context); },
        to_observed);
  }
  Result<ims::Removal> erase(const char* name, const std::string& id, const ims::CallContext& context) {
    return ask<ims::Removal>(
        name, [&](const py::object& method) { return method(text(id), context); }, to_removal);
  }

  /// `call(method)` and then `convert(answer)`, both under the GIL.
  template <class T, class Call, class Convert>
  Result<T> ask(const char* name, Call&& call, Convert&& convert) const {
    Locked python(identity_.get());
    if (!python || !held_->object) return ended();
    try {
      py::object answer = call(held_->object.attr(name));
      return convert_answer<T>(name, answer, convert);
    } catch (py::error_already_set& exception) {
      return told(exception);
    } catch (const std::exception& exception) {
      log(exception.what());
      return make_error(ErrorKind::internal, "the adapter's answer is wrong: see the gateway's log");
    }
  }

  std::optional<std::string> run_observe(const std::shared_ptr<Feed>& feed, const std::stop_token& stop) {
    Locked python(identity_.get());
    if (!python || !held_->object) return std::nullopt;
    try {
      held_->object.attr("observe")(feed, Stop(stop));
      return std::nullopt;
    } catch (py::error_already_set& exception) {
      Error error = told(exception, stop.stop_requested());
      return error.cause.empty() ? error.message : error.message + " (" + error.cause + ")";
    } catch (const std::exception& exception) {
      return exception.what();
    }
  }

  /// The exception as an Error, its traceback in the log. `ending`: a feed that is cancelled is as it should be.
  Error told(py::error_already_set& exception, bool ending = false) const {
    std::string traceback;
    Error error = error_of(exception, traceback);
    if (!traceback.empty() && !ending) log(traceback);
    return error;
  }

  void log(const std::string& message) const {
    Unlocked unlocked;
    log_("error", message);
  }

  std::string type_;
  std::shared_ptr<Held> held_;
  IdentityRef identity_;
  LogFunction log_;
};

py::object settings_object(const ims::AdapterSettings& settings, const std::string& type) {
  auto log = py::cpp_function(
      [log = settings.log](const py::str& level, const py::str& message) {
        std::string how = utf8(level), what = utf8(message);
        Unlocked unlocked;
        log(how, what);
      },
      py::arg("level"), py::arg("message"));
  return py::module_::import("netweave.adapter")
      .attr("AdapterSettings")(text(settings.name), text(type), to_python(settings.config),
                               to_seconds(settings.poll_interval), to_seconds(settings.connect_timeout),
                               to_seconds(settings.timeout), settings.tls_insecure_skip_verify,
                               text(settings.user_agent), log);
}

}  // namespace

ims::AdapterFactory make_factory(std::string type, py::object factory, IdentityRef identity,
                                 std::shared_ptr<Keep> keep) {
  auto held = std::make_shared<Held>(std::move(factory));
  keep->push_back(held);
  return [type = std::move(type), held, identity = std::move(identity),
          keep](const ims::AdapterSettings& settings) -> Result<std::unique_ptr<ims::Adapter>> {
    Locked python(identity.get());
    if (!python || !held->object) return ended();
    try {
      py::object made = held->object(settings_object(settings, type));
      if (!py::isinstance(made, py::module_::import("netweave.adapter").attr("Adapter")))
        throw py::type_error("the factory of adapter type " + type + " must return a netweave.Adapter");
      auto adapter = std::make_shared<Held>(std::move(made));
      keep->push_back(adapter);
      return std::unique_ptr<ims::Adapter>(std::make_unique<Adapter>(type, adapter, identity, settings.log));
    } catch (py::error_already_set& exception) {
      std::string traceback;
      Error error = error_of(exception, traceback);
      if (!traceback.empty()) {
        Unlocked unlocked;
        settings.log("error", traceback);
      }
      return error;
    } catch (const std::exception& exception) {
      return make_error(ErrorKind::internal, exception.what());
    }
  };
}

}  // namespace netweave::python
