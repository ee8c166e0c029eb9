#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/redis/connection.hpp"

/// The Lua scripts: whatever checks before it writes is one of these, since Redis runs a script without letting anyone
/// in between. Each checks everything first; where it refuses, nothing was written.
namespace netweave::store::redis {

struct Script {
  explicit Script(std::string_view lua);
  std::string text;
  std::string sha;  ///< SHA-1 of the text, hexadecimal: its name at the server
};

/// Keys and arguments of one call.
struct ScriptCall {
  ScriptCall(const Script& what, std::vector<std::string> on) : script(&what), keys(std::move(on)) {}

  ScriptCall& add(std::string_view argument) {
    arguments.emplace_back(argument);
    return *this;
  }
  ScriptCall& add(std::uint64_t argument) { return add(std::string_view(std::to_string(argument))); }
  ScriptCall& add(double argument);
  ScriptCall& add(std::int64_t argument) { return add(std::string_view(std::to_string(argument))); }

  const Script* script;
  std::vector<std::string> keys;
  std::vector<std::string> arguments;
};

/// By its name, and by its text where the server does not know it.
Result<Reply> call(Connection& connection, const ScriptCall& call);

const Script& open_script();         ///< meta | format, a new epoch -> {format, epoch}
const Script& where_script();        ///< meta, log | epoch -> {ok, head, oldest, acked, commit at acked}
const Script& commit_script();       ///< meta, log, acked, objects, counters, leases | see redis_log.cpp
const Script& positions_script();    ///< meta, log, positions, leases | history, fences, positions
const Script& trim_script();         ///< meta, log | history, upto -> {ok, oldest}
const Script& before_script();       ///< meta, log | history, time -> {ok, revision}
const Script& epoch_script();        ///< meta, log, log of the new, acked, acked of the new | from, new -> {ok, epoch}
const Script& touch_script();        ///< meta | epoch -> {ok, head}: a write, for WAIT to wait for
const Script& acknowledge_script();  ///< meta, acked | epoch, revision -> {ok}
const Script& acquire_script();      ///< token, leases | name, holder, milliseconds -> {ok, token}
const Script& release_script();      ///< leases | name, holder
const Script& leases_script();       ///< leases | prefix -> name, holder, token, ...
const Script& draw_script();         ///< buckets | rate, capacity, spent, want of each -> granted, level, ...
const Script& append_script();       ///< streams, stream, leases | name, time, bytes, fences -> {ok, number}
const Script& forget_script();       ///< streams, stream | name

// A copy of a store, and the making of one. Until it is finished, `meta` holds nothing but who makes it ("restoring"),
// so that no gateway takes the keys for a store, and each step is its maker's alone: else {lost}.
const Script&
aside_script();  ///< meta, counters, positions, keys, streams | epoch -> {ok, head, acked, a list of each}
const Script& claim_script();  ///< meta, objects, counters, positions, leases, keys, streams | maker -> {ok, streams}
const Script& put_script();    ///< meta, a hash | maker, fields and values
const Script& put_items_script();  ///< meta, stream | maker, then sequence, time, bytes of each
const Script& finish_script();     ///< meta | maker, format, epoch, head, commit
const Script& abandon_script();    ///< meta, the rest | maker

}  // namespace netweave::store::redis
