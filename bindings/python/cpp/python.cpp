#include "python.hpp"

#include <atomic>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include "json.hpp"

namespace netweave::python {
namespace {

constexpr auto end_patience = std::chrono::seconds(10);
constexpr Millis main_slice{100};
constexpr Millis other_slice{1000};

std::atomic<bool> ending{false};
std::atomic<int> away{0};  // threads without the GIL that will want it again
const pid_t home = getpid();
unsigned long main_thread = 0;
thread_local std::vector<const Identity*> callbacks;

bool finalizing() noexcept {
#if PY_VERSION_HEX >= 0x030d0000
  return Py_IsFinalizing() != 0;
#else
  return _Py_IsFinalizing() != 0;
#endif
}

py::object errors() { return py::module_::import("netweave.errors"); }

ErrorKind kind_named(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(ErrorKind::internal); ++number)
    if (to_string(static_cast<ErrorKind>(number)) == name) return static_cast<ErrorKind>(number);
  return ErrorKind::internal;
}

Error read_error(const py::object& exception) {
  Error error;
  error.kind = kind_named(utf8(exception.attr("kind")));
  error.message = utf8(exception.attr("message"));
  error.cause = utf8(exception.attr("cause"));
  error.code = utf8(exception.attr("code"));
  error.from_backend = exception.attr("from_backend").cast<bool>();
  if (py::object seconds = exception.attr("retry_after"); !seconds.is_none())
    error.retry_after = std::chrono::ceil<Millis>(std::chrono::duration<double>(seconds.cast<double>()));
  for (py::handle fault : exception.attr("faults"))
    error.faults.push_back({utf8(fault.attr("field")), utf8(fault.attr("reason"))});
  return error;
}

std::string format_traceback(const py::error_already_set& exception) {
  py::object lines =
      py::module_::import("traceback").attr("format_exception")(exception.type(), exception.value(), exception.trace());
  return utf8(py::str("").attr("join")(lines));
}

}  // namespace

Unlocked::Unlocked() {
  if (ending) return;
  ++away;
  state_ = PyEval_SaveThread();
}

Unlocked::~Unlocked() {
  if (state_ == nullptr) return;
  PyEval_RestoreThread(state_);
  --away;
}

Locked::Locked(const Identity* identity) : identity_(identity) {
  if (Py_IsInitialized() == 0 || finalizing()) return;
  state_ = PyGILState_Ensure();
  taken_ = true;
  callbacks.push_back(identity_);
}

Locked::~Locked() {
  if (!taken_) return;
  callbacks.pop_back();
  PyGILState_Release(state_);
}

bool inside(const Identity* identity) noexcept {
  for (const Identity* one : callbacks)
    if (one == identity) return true;
  return false;
}

void run_aside(std::function<void()> work) {
  ++away;
  std::thread([work = std::move(work)]() mutable {
    work();
    work = nullptr;
    --away;
  }).detach();
}

bool shutting_down() noexcept { return ending; }

void begin_shutdown() {
  ending = true;
  if (getpid() != home) return;  // a fork has none of the threads that are counted
  PyThreadState* state = PyEval_SaveThread();
  auto end = std::chrono::steady_clock::now() + end_patience;
  while (away > 0 && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(Millis(1));
  PyEval_RestoreThread(state);
}

Held::~Held() {
  if (!object) return;
  Locked python(nullptr);
  if (python)
    object = py::object();
  else
    object.release();  // the interpreter has gone, and its objects with it
}

py::str text(std::string_view bytes) {
  PyObject* decoded = PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace");
  if (decoded == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(decoded);
}

Moment deadline_of(const py::object& seconds) {
  if (seconds.is_none()) return Moment::max();
  double number = PyFloat_AsDouble(seconds.ptr());
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  if (std::isnan(number)) throw py::value_error("seconds must be a number");
  if (number > 1e8) return Moment::max();  // three years
  auto span = std::chrono::duration<double>(std::max(number, 0.0));
  return std::chrono::steady_clock::now() + std::chrono::ceil<std::chrono::microseconds>(span);
}

void remember_main_thread() {
  main_thread = py::module_::import("threading").attr("main_thread")().attr("ident").cast<unsigned long>();
}

Millis slice_until(Moment deadline) {
  Millis longest = PyThread_get_thread_ident() == main_thread ? main_slice : other_slice;
  auto now = std::chrono::steady_clock::now();
  if (deadline <= now) return Millis(0);
  if (deadline - now > longest) return longest;
  return std::chrono::ceil<Millis>(deadline - now);
}

void check_signals() {
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

void raise(const Error& error) {
  py::list faults;
  for (const Fault& fault : error.faults) faults.append(py::make_tuple(text(fault.field), text(fault.reason)));
  py::object retry_after = py::none();
  if (error.retry_after) retry_after = py::float_(std::chrono::duration<double>(*error.retry_after).count());
  py::object exception =
      errors().attr("make_error")(text(to_string(error.kind)), text(error.message), faults, text(error.cause),
                                  text(error.code), retry_after, error.from_backend);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw py::error_already_set();
}

void pass_on_interrupt(const py::error_already_set& exception) {
  if (exception.matches(PyExc_KeyboardInterrupt)) PyErr_SetInterrupt();
}

Error error_of(py::error_already_set& exception, std::string& traceback) {
  pass_on_interrupt(exception);
  if (exception.matches(PyExc_KeyboardInterrupt)) return make_error(ErrorKind::cancelled, "interrupted");
  try {
    if (exception.matches(errors().attr("Error"))) return read_error(exception.value());
    std::string name = utf8(py::str(exception.type().attr("__name__")));
    if (exception.matches(PyExc_NotImplementedError))
      return make_error(ErrorKind::unimplemented, utf8(py::str(exception.value())));
    traceback = format_traceback(exception);
    Error error = make_error(ErrorKind::internal, "the adapter raised " + name + ": see the gateway's log");
    error.cause = utf8(py::str(exception.value()));
    return error;
  } catch (const py::error_already_set& second) {  // an exception whose text can't be made, a wrong attribute
    traceback = std::string("an exception that can't be described: ") + second.what();
    return make_error(ErrorKind::internal, "the adapter raised an exception: see the gateway's log");
  } catch (const py::cast_error& second) {
    traceback = std::string("an exception with a member of the wrong type: ") + second.what();
    return make_error(ErrorKind::internal, "the adapter raised an exception: see the gateway's log");
  }
}

}  // namespace netweave::python
