#include "netweave/version.hpp"

namespace netweave {

std::string_view version() noexcept { return NETWEAVE_VERSION; }

}  // namespace netweave
