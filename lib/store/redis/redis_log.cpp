#include "store/redis/redis_log.hpp"

#include <algorithm>
#include <charconv>

#include "base/crypto.hpp"
#include "store/commit_check.hpp"
#include "store/record.hpp"
#include "store/redis/loader.hpp"

namespace netweave::store::redis {
namespace {

constexpr Revision as_sent = 1;  // a record's revision, which the script replaces: it must take one byte

std::int64_t signed_number(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Error not_understood() { return make_error(ErrorKind::internal, "Redis answers a commit with what is no answer"); }

}  // namespace

std::optional<Error> RedisLog::begin() {
  for (int left = 5; left > 0; --left) {
    auto epoch = journal_.open();
    if (!epoch) return std::move(epoch).error();
    auto standing = journal_.standing(*epoch);
    if (!standing) return std::move(standing).error();
    if (!*standing) continue;
    journal_.history().begin((*standing)->first, (*standing)->second);
    follower_.start();
    return std::nullopt;
  }
  return make_error(ErrorKind::unavailable, "the log in Redis begins one epoch after the other");
}

Result<Revision> RedisLog::load(const std::function<void(ObjectRef)>& each) {
  std::lock_guard lock(loading_);
  return Loader(journal_).load(each);
}

Result<Revision> RedisLog::commit(const Commit& commit) {
  if (auto fault = check_shape(commit)) return *fault;
  std::lock_guard lock(committing_);
  std::string id = crypto::random_bytes(8);
  for (;;) {
    Seen seen = journal_.history().seen();
    bool other = !commit.epoch.empty() && commit.epoch != seen.epoch;
    if (other || journal_.history().ended()) return epoch_began(seen.epoch);
    if (commit.changes.empty() && commit.counters.empty() && commit.fences.empty() && commit.expectations.empty())
      return head();
    auto done = perform(commit, seen, id);
    if (!done && Journal::outrun(done.error())) continue;
    if (!done) return std::move(done).error();
    append(commit, seen, id, *done);
    return done->last;
  }
}

/// The arguments in the order in which the script reads them.
ScriptCall RedisLog::script_of(const Commit& commit, const Seen& seen, const std::string& id) const {
  const Keys& keys = journal_.server().keys;
  // while a cluster moves our slot, a script that names a key that is nowhere is refused: only what is used is named
  ScriptCall call = Journal::guarded(
      commit_script(),
      {keys.meta, keys.log(seen.epoch), keys.acked(seen.epoch), keys.objects,
       commit.counters.empty() ? keys.meta : keys.counters, commit.fences.empty() ? keys.meta : keys.leases},
      seen);
  bool at_once = journal_.server().options.wait_replicas == 0;
  call.add(id).add(commit.time).add(at_once ? "1" : "0");
  Journal::add_fences(call, commit.fences);
  call.add(std::uint64_t{commit.expectations.size()});
  for (const Expectation& each : commit.expectations) call.add(each.key).add(each.revision);
  call.add(std::uint64_t{commit.changes.size()});
  std::string record;
  for (const Change& change : commit.changes) {
    record.clear();
    if (change.object) encode_record(*change.object, as_sent, record);
    call.add(key_of(change.subject())).add(expected_revision(change)).add(record);
    call.add(change.prior ? encode_before(change) : std::string());
  }
  call.add(std::uint64_t{commit.counters.size()});
  for (const CounterStep& step : commit.counters) call.add(step.name).add(step.delta).add(step.ceiling);
  return call;
}

Result<RedisLog::Done> RedisLog::perform(const Commit& commit, const Seen& seen, const std::string& id) {
  ScriptCall script = script_of(commit, seen, id);
  bool sent = false;
  bool answered = false;
  auto done = journal_.server().pool.with(Again::no, [&](Connection& connection) -> Result<Done> {
    sent = true;
    auto reply = call(connection, script);
    if (!reply) return std::move(reply).error();
    answered = true;
    auto made = done_of(reply->view(), commit, seen);
    if (!made || journal_.server().options.wait_replicas == 0 || commit.changes.empty()) return made;
    if (auto fault = journal_.acknowledge(connection, seen.epoch, made->last)) return std::move(*fault);
    return made;
  });
  if (done || !sent || done.error().kind != ErrorKind::timeout) return done;
  if (answered) return done;  // it is in the log; what is unknown is whether it lasts
  return look_for(commit, seen, id, std::move(done).error());
}

Result<RedisLog::Done> RedisLog::done_of(View reply, const Commit& commit, const Seen& seen) {
  std::string_view what = reply.at(0).text();
  if (what == "ok") return Done{reply.at(1).number(), reply.at(2).number(), std::string(reply.at(3).text())};
  if (auto fault = journal_.ended(reply, seen)) return std::move(*fault);
  std::size_t index = reply.at(1).number() - 1;
  if (what == "fence" && index < commit.fences.size()) return fence_lost(commit.fences[index]);
  if (what == "changed" && index < commit.changes.size()) {
    (void)journal_.catch_up();  // so that whoever decides again sees why
    return changed_meanwhile(commit.changes[index]);
  }
  if (what == "expected" && index < commit.expectations.size()) {
    (void)journal_.catch_up();
    return changed_meanwhile(commit.expectations[index]);
  }
  if (what == "counter" && index < commit.counters.size())
    if (auto fault = check_counter(commit.counters[index], signed_number(reply.at(2).text()))) return *fault;
  return not_understood();
}

/// The answer was lost: the log says whether the commit was done. One that is not there may still be under way, in the
/// buffers of a server that hangs.
Result<RedisLog::Done> RedisLog::look_for(const Commit& commit, const Seen& seen, const std::string& id, Error lost) {
  for (Revision after = seen.revision;;) {
    auto page = journal_.page(seen, after, page_entries);
    if (!page || page->entries.empty()) return lost;
    for (const LogEntry& each : page->entries) {
      if (each.commit != id) continue;
      if (journal_.server().options.wait_replicas > 0)
        if (auto fault = journal_.acknowledge(seen.epoch)) return std::move(*fault);
      return Done{each.entry.revision, each.entry.revision + commit.changes.size() - 1, each.previous};
    }
    after = page->entries.back().entry.revision;
  }
}

/// Readers here need not fetch what came from here.
void RedisLog::append(const Commit& commit, const Seen& seen, const std::string& id, const Done& done) {
  std::vector<LogEntry> entries;
  entries.reserve(commit.changes.size());
  Revision revision = done.first;
  for (const Change& change : commit.changes) {
    if (change.object) change.object.stamp(revision);
    entries.push_back({{revision, commit.time, change.object, change.prior}, id, entries.empty() ? done.previous : id});
    ++revision;
  }
  if (!journal_.history().append(seen.epoch, std::move(entries)))
    (void)journal_.catch_up();  // others committed in between: they come first
}

Result<std::vector<Entry>> RedisLog::read(Revision after, std::size_t max) {
  History& history = journal_.history();
  if (history.ended()) return epoch_began(epoch());
  auto entries = history.recent().read(after, max);
  if (!entries) return std::move(entries).error();
  if (!*entries) return read_from_server(after, max);
  if ((*entries)->empty() && max > 0)
    if (auto fault = history.fault()) return std::move(*fault);
  return std::move(**entries);
}

Result<std::vector<Entry>> RedisLog::read_from_server(Revision after, std::size_t max) {
  std::vector<Entry> entries;
  for (Revision end = head(); after < end && entries.size() < max;) {
    std::size_t count = std::min({max - entries.size(), page_entries, static_cast<std::size_t>(end - after)});
    auto page = journal_.page(journal_.history().seen(), after, count);
    if (!page) return std::move(page).error();
    if (page->entries.empty()) break;
    for (LogEntry& each : page->entries) entries.push_back(std::move(each.entry));
    after = entries.back().revision;
  }
  return entries;
}

Revision RedisLog::wait(Revision after, std::chrono::steady_clock::time_point deadline, std::stop_token stop) {
  return journal_.history().recent().wait(after, deadline, std::move(stop));
}

Result<void> RedisLog::trim(Revision upto) {
  const Keys& keys = journal_.server().keys;
  upto = std::min(upto, head());
  for (Revision last = 0;;) {
    auto trimmed = journal_.run([&](const Seen& seen) {
      ScriptCall script = Journal::guarded(trim_script(), {keys.meta, keys.log(seen.epoch)}, seen);
      return script.add(upto);
    });
    if (!trimmed) return std::move(trimmed).error();
    Revision now = trimmed->at(1).number();
    journal_.history().recent().forget(now);
    if (now >= upto || now == last) return {};
    last = now;
  }
}

Result<Revision> RedisLog::before(Millis time) {
  const Keys& keys = journal_.server().keys;
  auto found = journal_.run([&](const Seen& seen) {
    ScriptCall script = Journal::guarded(before_script(), {keys.meta, keys.log(seen.epoch)}, seen);
    return script.add(time);
  });
  if (!found) return std::move(found).error();
  return std::min<Revision>(found->at(1).number(), head());
}

Result<std::string> RedisLog::begin_epoch(const std::string& from) {
  auto now = journal_.begin_epoch(from);
  if (now && *now != epoch()) journal_.history().end(epoch(), *now);
  return now;
}

}  // namespace netweave::store::redis
