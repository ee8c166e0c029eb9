#pragma once

#include "netweave/adapter/ims.hpp"

#include "python.hpp"

/// The inventory's structs as dicts in the netweave family's JSON shape. The table of members is the binding's own:
/// the library's is not public.
namespace netweave::python {

/// "resourcePool" and so on. Raises netweave.InvalidError for a kind that no adapter can show.
Kind kind_of(py::handle name);

py::dict to_dict(const ResourcePool& pool);
py::dict to_dict(const Resource& resource);

/// netweave.Observed.
py::object to_python(const ims::Observed& observed);
/// Raises netweave.InvalidError with a fault for each member that is unknown, of another type, or required and absent.
ims::Observed to_observed(py::handle observed);

}  // namespace netweave::python
