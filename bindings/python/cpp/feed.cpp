#include "feed.hpp"

#include <condition_variable>
#include <mutex>

#include "json.hpp"
#include "objects.hpp"

namespace netweave::python {

bool Stop::wait(const py::object& seconds) const {
  std::mutex mutex;
  std::condition_variable_any timer;
  return wait_in_slices(deadline_of(seconds), [&](Millis slice) {
    std::unique_lock lock(mutex);
    timer.wait_for(lock, token_, slice, [] { return false; });
    return token_.stop_requested();
  });
}

void Feed::end() {
  {
    std::unique_lock lock(mutex_);
    feed_ = nullptr;
  }
  Locked python(nullptr);
  if (!python) return;
  for (const auto& one : passes_)
    if (auto pass = one.lock()) pass->drop();
  passes_.clear();
}

void Feed::remember(const std::shared_ptr<Pass>& pass) {
  std::erase_if(passes_, [](const auto& one) { return one.expired(); });
  passes_.push_back(pass);
}

ims::Pass& Pass::open() {
  if (busy_) raise(make_error(ErrorKind::conflict, "the pass is being committed by another thread"));
  if (!pass_) raise(make_error(ErrorKind::cancelled, "the pass is closed: it was committed or dropped"));
  return *pass_;
}

void Pass::add(py::handle observed) {
  ims::Observed object = to_observed(observed);  // may let other threads run
  open().add(std::move(object));
}

void Pass::commit(const std::string& checkpoint) {
  ims::Pass& pass = open();
  busy_ = true;
  auto committed = feed_->call([&](ims::Feed&) { return pass.commit(checkpoint); });
  busy_ = false;
  pass_.reset();
  unwrap(std::move(committed));
}

namespace {

using FeedRef = std::shared_ptr<Feed>;

std::shared_ptr<Pass> begin(const FeedRef& feed, const py::iterable& names) {
  if (PyUnicode_Check(names.ptr())) throw py::type_error("kinds must be a list of kinds, not one str");
  std::vector<Kind> kinds;
  for (py::handle name : names) kinds.push_back(kind_of(name));
  auto begun = feed->call([&](ims::Feed& to) -> Result<std::shared_ptr<Pass>> {
    return std::make_shared<Pass>(feed, to.begin(std::move(kinds)));
  });
  auto pass = unwrap(std::move(begun));
  feed->remember(pass);
  return pass;
}

void upsert(const FeedRef& feed, py::handle observed) {
  ims::Observed object = to_observed(observed);
  unwrap(feed->call([&](ims::Feed& to) { return to.upsert(std::move(object)); }));
}

void remove(const FeedRef& feed, py::handle kind, std::string id, std::string uid) {
  Kind of = kind_of(kind);
  unwrap(feed->call([&](ims::Feed& to) { return to.remove(of, std::move(id), std::move(uid)); }));
}

void checkpoint(const FeedRef& feed, std::string checkpoint) {
  unwrap(feed->call([&](ims::Feed& to) { return to.checkpoint(std::move(checkpoint)); }));
}

void alive(const FeedRef& feed) {
  unwrap(feed->call([](ims::Feed& to) -> Result<void> {
    to.alive();
    return {};
  }));
}

void failed(const FeedRef& feed, const py::object& reason) {
  Error error = make_error(ErrorKind::unavailable, {});
  if (py::isinstance(reason, py::module_::import("netweave.errors").attr("Error"))) {
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(reason.ptr())), reason.ptr());
    py::error_already_set exception;
    std::string traceback;
    error = error_of(exception, traceback);
  } else {
    error.message = utf8(py::str(reason));
  }
  unwrap(feed->call([&](ims::Feed& to) -> Result<void> {
    to.failed(std::move(error));
    return {};
  }));
}

py::list last_objects(const FeedRef& feed) {
  auto objects =
      unwrap(feed->call([](ims::Feed& from) -> Result<std::vector<ims::Observed>> { return from.last_objects(); }));
  py::list list;
  for (const ims::Observed& observed : objects) list.append(to_python(observed));
  return list;
}

py::str last_checkpoint(const FeedRef& feed) {
  return text(unwrap(feed->call([](ims::Feed& from) -> Result<std::string> { return from.last_checkpoint(); })));
}

py::object deadline_seconds(const ims::CallContext& context) {
  if (context.deadline == Moment::max()) return py::none();
  // steady_clock and time.monotonic() are one clock (CLOCK_MONOTONIC) on Linux
  return py::float_(std::chrono::duration<double>(context.deadline.time_since_epoch()).count());
}

}  // namespace

void define_feed(py::module_& module) {
  py::class_<Stop>(module, "Stop", "Tells an adapter when to end.")
      .def("wait", &Stop::wait, py::arg("seconds"), "True as soon as the stop is requested, False after the seconds.")
      .def_property_readonly("requested", &Stop::requested);
  py::class_<Pass, std::shared_ptr<Pass>>(module, "Pass", "One full list; nothing shows before commit().")
      .def("add", &Pass::add, py::arg("observed"))
      .def("commit", &Pass::commit, py::arg("checkpoint") = "")
      .def("__enter__", [](std::shared_ptr<Pass> pass) { return pass; })
      .def("__exit__", [](Pass& pass, const py::args&) { pass.drop(); });
  py::class_<Feed, FeedRef>(module, "Feed", "Where an adapter tells what it sees; valid while observe() runs.")
      .def("begin", &begin, py::arg("kinds"))
      .def("upsert", &upsert, py::arg("observed"))
      .def("remove", &remove, py::arg("kind"), py::arg("id"), py::arg("uid") = "")
      .def("checkpoint", &checkpoint, py::arg("checkpoint"))
      .def("alive", &alive)
      .def("failed", &failed, py::arg("reason"))
      .def("last_objects", &last_objects)
      .def("last_checkpoint", &last_checkpoint);
  py::class_<ims::CallContext>(module, "CallContext", "What goes along with each write.")
      .def_property_readonly("deadline", &deadline_seconds)
      .def_property_readonly("stop", [](const ims::CallContext& context) { return Stop(context.stop); })
      .def_property_readonly("request_id", [](const ims::CallContext& context) { return text(context.request_id); })
      .def_property_readonly("traceparent", [](const ims::CallContext& context) { return text(context.traceparent); })
      .def_property_readonly("client_token",
                             [](const ims::CallContext& context) { return text(context.client_token); });
}

}  // namespace netweave::python
