#include "gateway.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "core.hpp"
#include "json.hpp"

namespace netweave::python {
namespace {

std::shared_ptr<Core> make(const std::string& yaml, const std::string& name, const py::dict& environment,
                           const py::dict& adapters, const py::object& logger) {
  std::map<std::string, std::string> variables;
  for (auto [key, value] : environment) variables[utf8(key)] = utf8(value);
  auto loaded = unwrap(parse_config(yaml, name, variables));
  for (const std::string& warning : loaded.warnings) py::module_::import("warnings").attr("warn")(text(warning));
  return Core::make(std::move(loaded.config), adapters, logger);
}

void start(Core& core) {
  unwrap(core.call([](Gateway& gateway) { return gateway.start(); }));
}

void drain(Core& core) {
  unwrap(core.call([](Gateway& gateway) -> Result<void> {
    gateway.drain();
    return {};
  }));
}

void stop(Core& core) {
  if (core.inside())
    raise(make_error(ErrorKind::conflict,
                     "stop() was called by the gateway's own adapter or logger, which it would wait for"));
  {
    Unlocked unlocked;
    core.stop();
  }
  core.release();
}

std::string serve(Core& core, const std::string& host, std::uint16_t port) {
  auto served = [&] {
    Unlocked unlocked;
    return core.serve(host, port);
  }();
  return unwrap(std::move(served));
}

void wait_synced(Core& core, const py::object& seconds) {
  std::optional<Error> error;
  bool synced = wait_in_slices(deadline_of(seconds), [&](Millis slice) {
    error.reset();
    auto gateway = core.present();
    if (!gateway)
      error = Core::ended();
    else if (auto waited = gateway->wait_synced(slice); !waited)
      error = waited.error();
    return !error || error->kind != ErrorKind::timeout;
  });
  if (error) raise(*error);
  if (!synced) raise(make_error(ErrorKind::timeout, "the adapters have not delivered their first lists"));
}

/// Where an answer arrives; the request may have been given up by then.
struct Arrival {
  std::mutex mutex;
  std::condition_variable came;
  std::optional<http::Response> response;
  bool abandoned = false;  // a stop let go of the request
  std::stop_source stop;
};

/// The completion's own hold on an arrival: who destroys the completion uncalled is told of it.
struct Promise {
  explicit Promise(std::shared_ptr<Arrival> to) : arrival(std::move(to)) {}
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;
  ~Promise() {
    std::lock_guard lock(arrival->mutex);
    arrival->abandoned = !arrival->response;
    arrival->came.notify_all();
  }
  std::shared_ptr<Arrival> arrival;
};

/// All of the body in one go.
py::bytes to_bytes(const http::Body& body) {
  PyObject* raw = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(body.size()));
  if (raw == nullptr) throw py::error_already_set();
  char* place = PyBytes_AS_STRING(raw);
  body.each([&](std::string_view piece) { place = std::copy(piece.begin(), piece.end(), place); });
  return py::reinterpret_steal<py::bytes>(raw);
}

py::list to_list(const http::Headers& headers) {
  py::list list;
  for (const auto& [name, value] : headers) list.append(py::make_tuple(text(name), text(value)));
  return list;
}

http::Response answer(Core& core, const std::string& method, const std::string& target, const py::list& headers,
                      const py::bytes& body) {
  auto arrival = std::make_shared<Arrival>();
  http::Request request;
  request.method = method;
  request.target = target;
  request.body = std::string(body);
  request.stop = arrival->stop.get_token();
  for (py::handle header : headers) {
    auto pair = py::reinterpret_borrow<py::sequence>(header);
    request.headers.emplace_back(utf8(pair[0]), utf8(pair[1]));
  }
  auto promise = std::make_shared<Promise>(arrival);
  unwrap(core.call([&](Gateway& gateway) -> Result<void> {
    gateway.handle(std::move(request), [promise = std::move(promise)](http::Response response) {
      std::lock_guard lock(promise->arrival->mutex);
      promise->arrival->response = std::move(response);
      promise->arrival->came.notify_all();
    });
    return {};
  }));
  auto arrived = [&](Millis slice) {
    std::unique_lock lock(arrival->mutex);
    return arrival->came.wait_for(lock, slice, [&] { return arrival->response || arrival->abandoned; });
  };
  try {
    if (!arrived(Millis(0)) && !wait_in_slices(Moment::max(), arrived))
      raise(make_error(ErrorKind::cancelled, "the interpreter is shutting down"));
  } catch (const py::error_already_set&) {  // Ctrl-C
    arrival->stop.request_stop();
    throw;
  }
  if (!arrival->response) raise(Core::ended());
  return std::move(*arrival->response);
}

py::tuple request(Core& core, const std::string& method, const std::string& target, const py::list& headers,
                  const py::bytes& body) {
  http::Response response = answer(core, method, target, headers, body);
  if (response.body.stream() != nullptr)
    raise(make_error(ErrorKind::unimplemented,
                     "the answer is a stream: use events(), or a Client's events() or watch()"));
  return py::make_tuple(response.status, to_list(response.headers), to_bytes(response.body));
}

/// A body that goes on, for one thread at a time; others wait for it.
class Pieces {
 public:
  explicit Pieces(http::Body body) : body_(std::move(body)) {}

  /// The next bytes; none when the time has passed, None at the end.
  py::object next(const py::object& seconds) {
    std::optional<std::string> piece = std::string();
    {
      Unlocked unlocked;
      reading_.lock();
    }
    std::lock_guard reading(reading_, std::adopt_lock);
    if (!asked_) ask();
    wait_in_slices(deadline_of(seconds), [&](Millis slice) {
      std::unique_lock lock(asked_->mutex);
      return asked_->came.wait_for(lock, slice, [&] { return asked_->there; });
    });
    std::lock_guard lock(asked_->mutex);
    if (!asked_->there) return py::bytes();
    piece = std::move(asked_->piece);
    bool over = !piece;
    if (over) return py::none();
    auto kept = std::exchange(asked_, nullptr);
    return py::bytes(*piece);
  }

 private:
  struct Asked {
    std::mutex mutex;
    std::condition_variable came;
    bool there = false;
    std::optional<std::string> piece;
  };
  void ask() {
    asked_ = std::make_shared<Asked>();
    Unlocked unlocked;
    body_.stream()->next([asked = asked_](std::optional<std::string> piece) {
      std::lock_guard lock(asked->mutex);
      asked->there = true;
      asked->piece = std::move(piece);
      asked->came.notify_all();
    });
  }

  std::mutex reading_;
  std::shared_ptr<Asked> asked_;
  http::Body body_;
};

/// As `request`, but a body that goes on is given as Pieces in its place.
py::tuple stream(Core& core, const std::string& method, const std::string& target, const py::list& headers) {
  http::Response response = answer(core, method, target, headers, py::bytes());
  py::list told = to_list(response.headers);
  if (response.body.stream() == nullptr)
    return py::make_tuple(response.status, told, to_bytes(response.body), py::none());
  return py::make_tuple(response.status, told, py::bytes(), std::make_unique<Pieces>(std::move(response.body)));
}

/// Reads for one thread at a time; others wait for it. The gateway's stop takes the reader away: it is of its log.
class Events {
 public:
  explicit Events(EventReader reader) : place_(std::make_shared<Place>()) { place_->reader = std::move(reader); }

  /// The event's members; None when the time has passed. Raises CancelledError when the gateway has stopped.
  py::object next(const py::object& seconds) {
    Result<std::optional<Event>> read = std::optional<Event>();
    wait_in_slices(deadline_of(seconds), [&](Millis slice) {
      std::lock_guard lock(place_->mutex);
      if (place_->reader)
        read = place_->reader->next(slice);
      else
        read = Core::ended();
      return !read || read->has_value();
    });
    auto event = unwrap(std::move(read));
    if (!event) return py::none();
    return py::make_tuple(text(event->revision), text(event->event_type), text(to_string(event->kind)), text(event->id),
                          text(event->object), text(event->prior_state), text(event->timestamp));
  }

  /// False where the gateway has stopped meanwhile.
  bool follow(Core& core) {
    return core.before_end(place_, [place = place_.get()] {
      std::lock_guard lock(place->mutex);
      place->reader.reset();
    });
  }

 private:
  struct Place {
    std::mutex mutex;
    std::optional<EventReader> reader;
  };
  std::shared_ptr<Place> place_;
};

std::unique_ptr<Events> events(Core& core, const std::string& after) {
  return unwrap(core.call([&](Gateway& gateway) -> Result<std::unique_ptr<Events>> {
    auto reader = gateway.events(after);
    if (!reader) return std::move(reader).error();
    auto events = std::make_unique<Events>(std::move(*reader));
    if (!events->follow(core)) return Core::ended();
    return events;
  }));
}

}  // namespace

void define_gateway(py::module_& module) {
  py::class_<Pieces>(module, "Pieces").def("next", &Pieces::next, py::arg("seconds"));
  py::class_<Events>(module, "Events").def("next", &Events::next, py::arg("seconds"));
  py::class_<Core, std::shared_ptr<Core>>(module, "Gateway")
      .def(py::init(&make), py::arg("yaml"), py::arg("name"), py::arg("environment"), py::arg("adapters"),
           py::arg("logger"))
      .def("start", &start)
      .def("stop", &stop)
      .def("drain", &drain)
      .def("serve", &serve, py::arg("host"), py::arg("port"))
      .def("wait_synced", &wait_synced, py::arg("seconds"))
      .def("request", &request, py::arg("method"), py::arg("target"), py::arg("headers"), py::arg("body"))
      .def("stream", &stream, py::arg("method"), py::arg("target"), py::arg("headers"))
      .def("events", &events, py::arg("after"))
      .def_property_readonly("config", [](const Core& core) { return text(core.config()); });
  py::module_::import("atexit").attr("register")(py::cpp_function(&Core::stop_all));
}

}  // namespace netweave::python
