#pragma once

#include <string>
#include <string_view>

#include "model/object.hpp"

namespace netweave::model {

/// Whether objects of the kind have a UUID: what backends have, and the standard's face shows under one.
bool has_uuid(Kind kind) noexcept;

/// The UUID under which the O-RAN family shows an object: version 5 (RFC 9562), in netweave's namespace, of its kind,
/// its adapter and the backend's own id. The same after every restart and in every gateway, whatever id the object was
/// given. In lower case.
std::string uuid_of(Kind kind, std::string_view adapter, std::string_view native_id);
std::string uuid_of(const Object& object);

/// Whether the text is a UUID (RFC 9562 clause 4), in either case.
bool is_uuid(std::string_view text) noexcept;

}  // namespace netweave::model
