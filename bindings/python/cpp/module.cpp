#include "netweave/version.hpp"

#include "feed.hpp"
#include "gateway.hpp"

/// netweave._netweave: the C++ half of the package. What users see is in src/netweave/*.py.
PYBIND11_MODULE(_netweave, module) {
  namespace python = netweave::python;
  python::remember_main_thread();
  module.attr("__version__") = std::string(netweave::version());
  python::define_feed(module);
  python::define_gateway(module);
}
