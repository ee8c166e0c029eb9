#pragma once

#include <string>
#include <string_view>

#include "netweave/result.hpp"

#include "model/object.hpp"

/// The bytes that a store keeps for one object. Format version 1, in this order:
///
///     byte    1, the format's version
///     byte    kind, not 0
///     varint  revision, not 0
///     varint  version
///     text    id, not empty
///     text    pool, type, adapter, reference, uid, tenant, json
///
/// A varint is LEB128 in as few bytes as possible; a text is a varint length and the bytes; nothing follows the
/// last. So one object has exactly one encoding. Any thread.
namespace netweave::store {

/// The object as of `revision`, which may not be stamped on it yet. Replaces `out`, keeping its capacity.
void encode_record(const model::Object& object, model::Revision revision, std::string& out);

/// The same with `json` in place of the object's own: for a format that keeps the JSON in another way.
void encode_record(const model::Object& object, model::Revision revision, std::string_view json, std::string& out);

/// Takes bytes from outside: anything but the format above is an error, `internal`, that says what is wrong. Many
/// rows are read with one `scratch`, so that nothing is allocated beyond the objects.
Result<model::ObjectRef> decode_record(std::string_view bytes, model::Draft& scratch);
Result<model::ObjectRef> decode_record(std::string_view bytes);
/// Its fields alone: what kind of JSON this is, and whether it has the ids in it, is the caller's business.
Result<void> decode_fields(std::string_view bytes, model::Draft& into);
/// The object of decoded fields.
Result<model::ObjectRef> object_of(const model::Draft& fields);

}  // namespace netweave::store
