#pragma once

#include "python.hpp"

namespace netweave::python {

/// Defines Gateway and Events as the package's Python half wants them, and stops every gateway at the interpreter's
/// end.
void define_gateway(py::module_& module);

}  // namespace netweave::python
