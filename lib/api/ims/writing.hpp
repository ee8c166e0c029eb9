#pragma once

#include <string>
#include <vector>

#include "api/call.hpp"
#include "model/fields.hpp"

/// Reading a body into a kind, with every fault at once: what creations and updates share.
namespace netweave::api::ims {

/// Reads a creation's body. `optional`: required members that it may leave out.
template <class T>
Refusal read_new(const Call& call, const model::Table& table, std::span<const std::string_view> optional,
                 const Value& body, T& into);

/// Whose a creation with this body will be: from v3 on it may say so; else the caller's.
std::string tenant_of_new(const Call& call, const Value& body);

/// What an update asks for.
struct Change {
  const Value& body;
  bool merge = true;                      ///< a merge patch (RFC 7396); else the whole object
  const std::string* if_match = nullptr;  ///< entity tags, one of which must be the object's
};

/// Reads an update over `present`. `patch` gets the merge patch that leads from the one to the other.
template <class T>
Refusal read_update(const Call& call, const model::Table& table, const model::Object& present, const Change& change,
                    T& into, Value& patch);

/// The merge patch (RFC 7396) that turns `from` into `to`.
Value difference(const Value& from, const Value& to);

}  // namespace netweave::api::ims
