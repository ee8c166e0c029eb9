#include "store/redis/script.hpp"

#include <array>
#include <charconv>

#include "base/crypto.hpp"

namespace netweave::store::redis {
namespace {

// Revisions, tokens and numbers in Lua are doubles, exact up to 2^53. They are written with %.0f: tostring() would
// write large ones with an exponent. Counters use all of 64 bits and stay texts.

/// What a caller folded (its epoch, the highest revision that it has seen and the commit that this was part of) must
/// be in the log still. {epoch}: another history began; {backwards}, {gone}: the log lost what was seen; {behind}: it
/// was trimmed past what was seen.
constexpr std::string_view history = R"(
local function id(revision) return string.format('%.0f-0', revision) end
local function commit_at(meta, log, revision)
  if revision == 0 then return '' end
  local known = redis.call('HMGET', meta, 'head', 'last')
  if revision == tonumber(known[1]) then return known[2] end
  local next = redis.call('XRANGE', log, id(revision + 1), id(revision + 1))[1]
  return next and next[2][4]
end
local function broken(meta, log, epoch, seen, commit)
  local known = redis.call('HMGET', meta, 'epoch', 'head', 'oldest')
  if not known[1] then return {'gone'} end
  if known[1] ~= epoch then return {'epoch', known[1]} end
  seen = tonumber(seen)
  if seen > tonumber(known[2]) then return {'backwards'} end
  if seen < tonumber(known[3]) then return {'behind'} end
  if commit_at(meta, log, seen) ~= commit then return {'backwards'} end
end
)";

/// Advances what readers may read up to. A stream of one entry, whose place is the revision: readers block on it.
constexpr std::string_view acknowledging = R"(
local function acknowledge(meta, acked, revision)
  if revision <= tonumber(redis.call('HGET', meta, 'acked')) then return end
  redis.call('HSET', meta, 'acked', string.format('%.0f', revision))
  redis.call('XADD', acked, 'MAXLEN', '1', string.format('%.0f-0', revision), 'a', '')
end
)";

/// A lease's row is "token end holder", the end in Unix milliseconds.
constexpr std::string_view fencing = R"(
local function fence_lost(leases, next)
  for i = 1, tonumber(next()) do
    local lease, token = next(), next()
    local row = redis.call('HGET', leases, lease)
    if not row or string.match(row, '^%d+') ~= token then return {'fence', i} end
  end
end
)";

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (std::string_view part : parts) text += part;
  return text;
}

}  // namespace

Script::Script(std::string_view lua) : text(lua), sha(crypto::to_hex(crypto::sha1(lua))) {}

ScriptCall& ScriptCall::add(double argument) {
  std::array<char, 32> text{};
  auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), argument);
  return add(std::string_view(text.data(), end));
}

Result<Reply> call(Connection& connection, const ScriptCall& call) {
  auto write = [&](std::string_view how, const std::string& what) {
    Command command(how);
    command.add(what).add(std::uint64_t{call.keys.size()});
    for (const std::string& key : call.keys) command.add(key);
    for (const std::string& argument : call.arguments) command.add(argument);
    return command;
  };
  auto reply = connection.call(write("EVALSHA", call.script->sha));
  if (reply || !reply.error().cause.starts_with("NOSCRIPT")) return reply;
  return connection.call(write("EVAL", call.script->text));
}

const Script& open_script() {
  static const Script script(R"(
local known = redis.call('HMGET', KEYS[1], 'format', 'epoch')
if known[1] then return known end
if redis.call('EXISTS', KEYS[1]) == 1 then return {'', redis.call('HGET', KEYS[1], 'restoring') or ''} end
redis.call('HSET', KEYS[1], 'format', ARGV[1], 'epoch', ARGV[2], 'head', '0', 'oldest', '0', 'acked', '0', 'last', '')
return {ARGV[1], ARGV[2]}
)");
  return script;
}

const Script& where_script() {
  static const Script script(joined({history, R"(
local known = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'oldest', 'acked')
if not known[1] then return {'gone'} end
if known[1] ~= ARGV[1] then return {'epoch', known[1]} end
return {'ok', known[2], known[3], known[4], commit_at(KEYS[1], KEYS[2], tonumber(known[4])) or ''}
)"}));
  return script;
}

const Script& commit_script() {
  static const Script script(joined({history, acknowledging, fencing, R"(
local meta, log, acked, objects, counters, leases = unpack(KEYS)
local fault = broken(meta, log, ARGV[1], ARGV[2], ARGV[3])
if fault then return fault end
local commit, time, at_once = ARGV[4], ARGV[5], ARGV[6] == '1'
local place = 6
local function next() place = place + 1; return ARGV[place] end

fault = fence_lost(leases, next)
if fault then return fault end

-- a record is: version, kind, revision as a varint, the rest. The client sends it as of revision 1, one byte
local function revision_of(record)
  local revision, factor, i = 0, 1, 2
  repeat
    i = i + 1
    local byte = string.byte(record, i)
    revision = revision + byte % 128 * factor
    factor = factor * 128
  until byte < 128
  return revision
end
local function varint(number)
  local bytes = ''
  while number >= 128 do
    bytes = bytes .. string.char(number % 128 + 128)
    number = math.floor(number / 128)
  end
  return bytes .. string.char(number)
end

for i = 1, tonumber(next()) do
  local present = redis.call('HGET', objects, next())
  if (present and revision_of(present) or 0) ~= tonumber(next()) then return {'expected', i} end
end

local count = tonumber(next())
local keys, expected, records, before = {}, {}, {}, {}
for i = 1, count do keys[i], expected[i], records[i], before[i] = next(), tonumber(next()), next(), next() end
if count > 0 then
  local present = redis.call('HMGET', objects, unpack(keys))
  for i = 1, count do
    local revision = present[i] and revision_of(present[i]) or 0
    if revision ~= expected[i] then return {'changed', i} end
  end
end

local function above(a, b)  -- a > b, as decimal texts
  local negative = string.sub(a, 1, 1) == '-'
  if negative ~= (string.sub(b, 1, 1) == '-') then return not negative end
  if #a ~= #b then return (#a > #b) ~= negative end
  return a ~= b and (a > b) ~= negative
end
local moved = {}
local function refuse(i, old)
  for k = #moved, 1, -1 do
    if moved[k][2] then redis.call('HSET', counters, moved[k][1], moved[k][2])
    else redis.call('HDEL', counters, moved[k][1]) end
  end
  return {'counter', i, old or '0'}
end
for i = 1, tonumber(next()) do
  local name, delta, ceiling = next(), next(), next()
  local old = redis.call('HGET', counters, name)
  local done = redis.pcall('HINCRBY', counters, name, delta)
  if type(done) == 'table' and done.err then return refuse(i, old) end
  moved[i] = {name, old}
  local new = redis.call('HGET', counters, name)
  if string.sub(new, 1, 1) == '-' or (above(delta, '0') and above(new, ceiling)) then return refuse(i, old) end
end

local known = redis.call('HMGET', meta, 'head', 'last')
local head, last = tonumber(known[1]), known[2]
local first, previous = head + 1, last
for i = 1, count do
  head = head + 1
  local record = records[i]
  if record ~= '' then
    record = string.sub(record, 1, 2) .. varint(head) .. string.sub(record, 4)
    redis.call('HSET', objects, keys[i], record)
  else
    redis.call('HDEL', objects, keys[i])
  end
  redis.call('XADD', log, id(head), 'c', commit, 'p', last, 't', time, 'o', record, 'b', before[i])
  last = commit
end
if count > 0 then
  redis.call('HSET', meta, 'head', string.format('%.0f', head), 'last', last)
  if at_once then acknowledge(meta, acked, head) end
end
return {'ok', first, head, previous}
)"}));
  return script;
}

const Script& positions_script() {
  static const Script script(joined({history, fencing, R"(
local fault = broken(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
if fault then return fault end
local place = 3
local function next() place = place + 1; return ARGV[place] end
fault = fence_lost(KEYS[4], next)
if fault then return fault end
for i = 1, tonumber(next()) do redis.call('HSET', KEYS[3], next(), next()) end
return {'ok'}
)"}));
  return script;
}

const Script& trim_script() {
  static const Script script(joined({history, R"(
local fault = broken(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
if fault then return fault end
local known = redis.call('HMGET', KEYS[1], 'oldest', 'acked')
local oldest = tonumber(known[1])
local to = math.min(tonumber(ARGV[4]), tonumber(known[2]), oldest + 10000)
if to <= oldest then return {'ok', oldest} end
redis.call('XTRIM', KEYS[2], 'MINID', id(to + 1))
redis.call('HSET', KEYS[1], 'oldest', string.format('%.0f', to))
return {'ok', to}
)"}));
  return script;
}

const Script& before_script() {
  static const Script script(joined({history, R"(
local fault = broken(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
if fault then return fault end
local known = redis.call('HMGET', KEYS[1], 'oldest', 'acked')
local begin, low, high, time = tonumber(known[1]), tonumber(known[1]), tonumber(known[2]), tonumber(ARGV[4])
while low < high do
  local middle = low + math.floor((high - low + 1) / 2)
  local entry = redis.call('XRANGE', KEYS[2], id(middle), id(middle))[1]
  if tonumber(entry[2][6]) < time then low = middle else high = middle - 1 end
end
return {'ok', low == begin and 0 or low}
)"}));
  return script;
}

const Script& epoch_script() {
  static const Script script(R"(
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then return {'gone'} end
if epoch ~= ARGV[1] then return {'ok', epoch} end
for i = 2, 4, 2 do
  if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('RENAME', KEYS[i], KEYS[i + 1]) end
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[2])
return {'ok', ARGV[2]}
)");
  return script;
}

const Script& touch_script() {
  static const Script script(R"(
local known = redis.call('HMGET', KEYS[1], 'epoch', 'head')
if not known[1] then return {'gone'} end
if known[1] ~= ARGV[1] then return {'epoch', known[1]} end
redis.call('HINCRBY', KEYS[1], 'touched', 1)
return {'ok', known[2]}
)");
  return script;
}

const Script& acknowledge_script() {
  static const Script script(joined({acknowledging, R"(
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then return {'gone'} end
if epoch ~= ARGV[1] then return {'epoch', epoch} end
acknowledge(KEYS[1], KEYS[2], tonumber(ARGV[2]))
return {'ok'}
)"}));
  return script;
}

const Script& acquire_script() {
  // A token is the server's time in microseconds, or one more than the last where that is later: a token that a
  // failover forgot is not given again.
  static const Script script(R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local row = redis.call('HGET', KEYS[2], ARGV[1])
local token
if row then
  local old, ends, holder = string.match(row, '^(%d+) (%d+) (.*)$')
  if tonumber(ends) > now then
    if holder ~= ARGV[2] then return {'taken', holder} end
    token = old
  end
end
if not token then
  local last = tonumber(redis.call('GET', KEYS[1]) or '0')
  token = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
  redis.call('SET', KEYS[1], token)
end
redis.call('HSET', KEYS[2], ARGV[1], token .. ' ' .. string.format('%.0f', now + ARGV[3]) .. ' ' .. ARGV[2])
return {'ok', token}
)");
  return script;
}

const Script& release_script() {
  static const Script script(R"(
local row = redis.call('HGET', KEYS[1], ARGV[1])
if row and string.match(row, '^%d+ %d+ (.*)$') == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
return {'ok'}
)");
  return script;
}

const Script& leases_script() {
  static const Script script(R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rows, held = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #rows, 2 do
  local token, ends, holder = string.match(rows[i + 1], '^(%d+) (%d+) (.*)$')
  if string.sub(rows[i], 1, #ARGV[1]) == ARGV[1] and tonumber(ends) > now then
    held[#held + 1], held[#held + 2], held[#held + 3] = rows[i], holder, token
  end
end
return held
)");
  return script;
}

const Script& draw_script() {
  // A bucket's text is "level at": tokens, and the server's time in microseconds. It goes when it would be full.
  static const Script script(R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local drawn = {}
for i, key in ipairs(KEYS) do
  local rate, capacity = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local spent, want = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local level, at = string.match(redis.call('GET', key) or '', '^(%S+) (%S+)$')
  level = level and math.min(capacity, level + math.max(0, now - at) * rate / 1000000) or capacity
  level = math.max(-capacity, math.min(capacity, level - spent))
  local granted = math.floor(math.max(0, math.min(want, level)))
  level = level - granted
  local full = math.ceil((capacity - level) / rate * 1000)
  if full > 0 then
    redis.call('SET', key, string.format('%.6f %.0f', level, now), 'PX', string.format('%.0f', full))
  else
    redis.call('DEL', key)
  end
  drawn[2 * i - 1], drawn[2 * i] = granted, string.format('%.6f', level)
end
return drawn
)");
  return script;
}

const Script& append_script() {
  static const Script script(joined({fencing, R"(
local place = 3
local function next() place = place + 1; return ARGV[place] end
local fault = fence_lost(KEYS[3], next)
if fault then return fault end
local number = redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('XADD', KEYS[2], string.format('%.0f-0', number), 't', ARGV[2], 'b', ARGV[3])
return {'ok', number}
)"}));
  return script;
}

const Script& forget_script() {
  static const Script script(R"(
redis.call('UNLINK', KEYS[2])
redis.call('HDEL', KEYS[1], ARGV[1])
return {'ok'}
)");
  return script;
}

const Script& aside_script() {
  static const Script script(R"(
local known = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'acked')
if not known[1] then return {'gone'} end
if known[1] ~= ARGV[1] then return {'epoch', known[1]} end
local reply = {'ok', known[2], known[3]}
for i = 2, #KEYS do reply[i + 2] = redis.call('HGETALL', KEYS[i]) end
return reply
)");
  return script;
}

const Script& claim_script() {
  static const Script script(R"(
local known = redis.call('HMGET', KEYS[1], 'restoring', 'head')
local streams = {}
if known[1] then
  streams = redis.call('HKEYS', KEYS[7])
elseif (redis.call('EXISTS', KEYS[1]) == 1 and known[2] ~= '0')
    or redis.call('EXISTS', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[7]) > 0 then
  return {'used'}
end
redis.call('UNLINK', unpack(KEYS))
redis.call('HSET', KEYS[1], 'restoring', ARGV[1])
return {'ok', streams}
)");
  return script;
}

const Script& put_script() {
  static const Script script(R"(
if redis.call('HGET', KEYS[1], 'restoring') ~= ARGV[1] then return {'lost'} end
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
return {'ok'}
)");
  return script;
}

const Script& put_items_script() {
  static const Script script(R"(
if redis.call('HGET', KEYS[1], 'restoring') ~= ARGV[1] then return {'lost'} end
for i = 2, #ARGV, 3 do redis.call('XADD', KEYS[2], ARGV[i] .. '-0', 't', ARGV[i + 1], 'b', ARGV[i + 2]) end
return {'ok'}
)");
  return script;
}

const Script& finish_script() {
  static const Script script(R"(
if redis.call('HGET', KEYS[1], 'restoring') ~= ARGV[1] then return {'lost'} end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'format', ARGV[2], 'epoch', ARGV[3], 'head', ARGV[4], 'oldest', ARGV[4], 'acked', ARGV[4],
           'last', ARGV[5])
return {'ok'}
)");
  return script;
}

const Script& abandon_script() {
  static const Script script(R"(
if redis.call('HGET', KEYS[1], 'restoring') ~= ARGV[1] then return {'lost'} end
redis.call('UNLINK', unpack(KEYS))
return {'ok'}
)");
  return script;
}

}  // namespace netweave::store::redis
