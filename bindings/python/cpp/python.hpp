#pragma once

#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <pybind11/pybind11.h>

#include "netweave/result.hpp"

/// The rules between the interpreter's lock (the GIL) and the gateway's threads. Whatever may wait is called under an
/// Unlocked; whatever calls Python from a gateway's thread stands under a Locked. The gateway's own locks are therefore
/// never waited for with the GIL held, and the other way round it does no harm.
namespace netweave::python {

namespace py = pybind11;

/// Nobody's: which gateway a callback belongs to. Its address is compared, nothing else.
struct Identity {};
using IdentityRef = std::shared_ptr<const Identity>;

/// Lets go of the GIL for its lifetime. At the interpreter's end (`Shutdown`) it keeps it: a thread that took the GIL
/// up again then would be ended by Python in the midst of C++ frames.
class Unlocked {
 public:
  Unlocked();
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* state_ = nullptr;
};

/// Takes the GIL on any thread; false where the interpreter is at its end and nothing of Python may be touched.
class Locked {
 public:
  explicit Locked(const Identity* identity);
  ~Locked();
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  explicit operator bool() const noexcept { return taken_; }

 private:
  const Identity* identity_;
  bool taken_ = false;
  PyGILState_STATE state_{};
};

/// Whether this thread is inside a callback of that gateway, which it would wait for if it stopped it.
bool inside(const Identity* identity) noexcept;

/// Runs `work` without the GIL on a thread of its own, which the interpreter's end waits for.
void run_aside(std::function<void()> work);

/// The interpreter is ending and every gateway was stopped.
bool shutting_down() noexcept;
/// Nothing waits without the GIL from now on; waits (10 s at most) for what does. With the GIL held.
void begin_shutdown();

/// A Python object that C++ keeps. Emptied and destroyed with the GIL held only.
struct Held {
  explicit Held(py::object with) : object(std::move(with)) {}
  ~Held();
  py::object object;
};

/// Text of the gateway's; what is not UTF-8 is replaced.
py::str text(std::string_view bytes);

using Millis = std::chrono::milliseconds;
using Moment = std::chrono::steady_clock::time_point;

/// Seconds as Python gives them; None is a time that does not come. Raises ValueError for what is no number.
Moment deadline_of(const py::object& seconds);
/// At the module's beginning.
void remember_main_thread();
/// How long to wait at once: signals are looked at by the main thread alone, several times a second.
Millis slice_until(Moment deadline);
/// Raises what a signal's handler raised (KeyboardInterrupt).
void check_signals();

/// Calls `wait(Millis)` without the GIL until it gives true; false at the deadline, or at the interpreter's end.
template <class Wait>
bool wait_in_slices(Moment deadline, Wait&& wait) {
  for (;;) {
    bool done = false;
    {
      Millis slice = slice_until(deadline);
      Unlocked unlocked;
      done = wait(slice);
    }
    if (done) return true;
    check_signals();
    if (shutting_down() || std::chrono::steady_clock::now() >= deadline) return false;
  }
}

/// Raises the error as an exception of netweave.errors.
[[noreturn]] void raise(const Error& error);

template <class T>
T unwrap(Result<T> result) {
  if (!result) raise(result.error());
  return std::move(result).value();
}
inline void unwrap(Result<void> result) {
  if (!result) raise(result.error());
}

/// A callback on the main thread may meet Ctrl-C, and must not swallow it: the signal is raised again for who called.
void pass_on_interrupt(const py::error_already_set& exception);

/// What an exception in a callback says: those of netweave.errors as they are, NotImplementedError as `unimplemented`,
/// all others as `internal`; these set `traceback`, for the log.
Error error_of(py::error_already_set& exception, std::string& traceback);

}  // namespace netweave::python
