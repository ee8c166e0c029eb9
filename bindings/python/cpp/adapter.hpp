#pragma once

#include <memory>
#include <vector>

#include "netweave/adapter/ims.hpp"

#include "python.hpp"

namespace netweave::python {

/// The Python objects that a gateway's C++ side keeps: its logger, its adapters. Let go when the gateway has stopped,
/// so that an adapter that knows its gateway is no cycle for ever. With the GIL held.
using Keep = std::vector<std::shared_ptr<Held>>;

/// A factory that calls `factory` (a class, or any callable) with netweave.AdapterSettings. What it raises becomes the
/// Result's error. The adapters made are added to `keep`, under the GIL.
ims::AdapterFactory make_factory(std::string type, py::object factory, IdentityRef identity,
                                 std::shared_ptr<Keep> keep);

}  // namespace netweave::python
