#pragma once

#include <string>
#include <vector>

#include "api/call.hpp"
#include "model/fields.hpp"

/// Reading a body into a kind, with every fault at once: what creations and updates share.
namespace netweave::api::ims {

/// Reads a creation's body. Answers the call itself, and gives false, where it is wrong.
template <class T>
bool read_new(Call& call, const model::Table& table, std::span<const std::string_view> optional, T& into);

/// Reads an update: PUT's whole object, or PATCH's merge patch over `present`. `patch` gets the merge patch that leads
/// from the one to the other.
template <class T>
bool read_update(Call& call, const model::Table& table, const model::Object& present, T& into, Value& patch);

/// The merge patch (RFC 7396) that turns `from` into `to`.
Value difference(const Value& from, const Value& to);

}  // namespace netweave::api::ims
