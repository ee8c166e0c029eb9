#pragma once

#include <string>

#include "api/call.hpp"
#include "api/ims/writing.hpp"

/// Writes to backends, described once: the single writes and the entries of a batch are checked and begun here.
namespace netweave::api::ims {

/// A write that was checked and is not begun: who is asked, and for what.
struct BackendWrite {
  netweave::ims::Operation operation = netweave::ims::Operation::create;
  Kind kind = Kind::resource;
  adapters::Host* host = nullptr;  ///< nullptr: an update that changes nothing; nobody is asked
  adapters::Write write;
  model::ObjectRef present;  ///< of updates and removals: what it was decided on
};

/// Each fills in `into`, or says why not: the body (400), what it names (404, 422), If-Match (412), the adapter that
/// X-Netweave-Adapter, the owner, or the rules give it to (400, 409, 422, 503), and whether that one can do it (501).
/// Kinds: resource_pool and resource.
Refusal prepare_creation(const Call& call, Kind kind, const Value& body, BackendWrite& into);
Refusal prepare_update(const Call& call, Kind kind, const std::string& id, const Change& change, BackendWrite& into);
Refusal prepare_removal(const Call& call, Kind kind, const std::string& id, const std::string* if_match,
                        BackendWrite& into);

/// Begins it. `done` gets the object as it is then (of a removal: as it was), or why not; from a pool's or the writer's
/// thread, or before this returns.
void begin(const Services& services, BackendWrite write, adapters::Writes::Done done);

}  // namespace netweave::api::ims
