#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "netweave/value.hpp"

#include "model/kinds.hpp"
#include "model/object.hpp"

/// The gateway's own notes about backends' objects, kept as objects of the log beside them: what the store alone
/// knows (overlay), writes under way (intent), what must not come back (tombstone), and how far was read (checkpoint).
namespace netweave::adapters {

/// What O2 has of an object and its backend has not. Its word wins over the backend's; no list removes it.
struct Overlay {
  Kind kind = Kind::resource;
  std::string adapter;
  std::string native_id;
  std::string id;     ///< the given id; equal to native_id where none was given
  std::string uid{};  ///< of the object it was written for; another uid is another object
  bool kept = false;  ///< see ims::Observed::kept
  Value fields = Value::object();
  std::string tenant{};  ///< whose it was made as; empty: that is for others to say
};

/// A backend write that was decided and is not settled. Its id is the write's client token.
struct Intent {
  std::string token;
  std::string adapter;
  std::string operation;  ///< create, update, remove
  Kind kind = Kind::resource;
  std::string id;         ///< of the creation: the given id or empty; else the object's
  std::string native_id;  ///< of the creation: empty
  Value body = Value::object();
  std::string tenant{};          ///< of the creation: who it is made for
  std::string member{};          ///< the gateway whose write it is
  Millis time = 0;               ///< when it was decided
  model::Revision revision = 0;  ///< read only: when it was committed
};

struct Tombstone {
  Kind kind = Kind::resource;
  std::string adapter;
  std::string native_id;
  std::string uid;
  bool pending = false;  ///< the backend may show the object for a while
  Millis deadline = 0;   ///< after it, what the backend shows counts again
  model::Revision revision = 0;
};

/// How far an adapter has read, and when its backend was seen.
struct Checkpoint {
  std::string adapter;
  std::string bytes;  ///< the adapter's own
  Millis time = 0;    ///< 0: not known
};

std::string overlay_id(Kind kind, std::string_view native_id);
std::string tombstone_id(Kind kind, std::string_view native_id, std::string_view uid);

model::Draft to_draft(const Overlay& overlay);
model::Draft to_draft(const Intent& intent);
model::Draft to_draft(const Tombstone& tombstone);
model::Draft to_draft(const Checkpoint& checkpoint);

Overlay to_overlay(const model::Object& object);
Intent to_intent(const model::Object& object);
Tombstone to_tombstone(const model::Object& object);
Checkpoint to_checkpoint(const model::Object& object);

}  // namespace netweave::adapters
