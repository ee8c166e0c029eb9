#pragma once

#include <string>
#include <string_view>

#include "netweave/result.hpp"

/// Distinguished names as text (RFC 4514, and RFC 2253 before it). Any thread.
namespace netweave::tenancy {

/// One spelling for each name, so that names are compared as texts: `cn = smo, O="Example"` becomes `CN=smo,O=Example`,
/// which is also what OpenSSL's XN_FLAG_RFC2253 form of that name becomes. Attribute types lose their case and object
/// identifiers their number where RFC 4514 names them; escapes, quotes, `#hex` of a string and spaces that say nothing
/// go; the attributes of one relative name are sorted. Order and case of values count: names that differ there differ.
/// Errors: `invalid`, with the offset.
Result<std::string> canonical_dn(std::string_view text);

}  // namespace netweave::tenancy
