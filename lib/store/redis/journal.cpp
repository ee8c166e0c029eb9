#include "store/redis/journal.hpp"

#include "base/crypto.hpp"
#include "store/commit_check.hpp"

namespace netweave::store::redis {
namespace {

constexpr std::string_view outrun_mark = "outrun";

/// The fields in the order in which the commit script writes them.
Result<LogEntry> entry_of(View item, model::Draft& scratch) {
  View f = item.at(1);
  return decode_entry(item.at(0).text(),
                      {f.at(1).text(), f.at(3).text(), f.at(5).text(), f.at(7).text(), f.at(9).text()}, scratch);
}

Error gap(Revision revision) {
  return make_error(ErrorKind::internal,
                    "the log in Redis is damaged: revision " + std::to_string(revision) + " is not where it belongs");
}

}  // namespace

std::string new_epoch() { return crypto::to_hex(crypto::random_bytes(4)); }

Result<std::string> Journal::open() {
  ScriptCall call(open_script(), {server_.keys.meta});
  auto known = server_.pool.call(Again::yes, call.add(format).add(new_epoch()));
  if (!known) return std::move(known).error();
  std::string_view theirs = known->at(0).text();
  if (theirs == format) return std::string(known->at(1).text());
  const std::string& base = server_.keys.base;
  if (theirs.empty() && !known->at(1).text().empty())
    return make_error(ErrorKind::unavailable, "a restore into the keys " + base +
                                                  "* in Redis is under way, or was broken off: wait for it, or run "
                                                  "it again");
  if (theirs.empty())
    return make_error(ErrorKind::precondition, "the keys " + base +
                                                   "* in Redis are no netweave store: give "
                                                   "redis.key_prefix another value; they were left as they were");
  return make_error(
      ErrorKind::precondition,
      "the keys " + base + "* in Redis are a netweave store of format " + std::string(theirs) +
          ", and this program reads " + std::string(format) +
          ": run the netweave that wrote it, or give redis.key_prefix another value; it was left as it was");
}

Result<std::optional<std::pair<Seen, Revision>>> Journal::standing(const std::string& epoch) {
  ScriptCall call(where_script(), {server_.keys.meta, server_.keys.log(epoch)});
  auto reply = server_.pool.call(Again::yes, call.add(epoch));
  if (!reply) return std::move(reply).error();
  using Standing = std::optional<std::pair<Seen, Revision>>;
  if (reply->at(0).text() != "ok") return Standing();
  Seen seen{epoch, reply->at(3).number(), std::string(reply->at(4).text())};
  return Standing(std::pair(std::move(seen), reply->at(2).number()));
}

ScriptCall Journal::guarded(const Script& script, std::vector<std::string> keys, const Seen& seen) {
  ScriptCall call(script, std::move(keys));
  call.add(seen.epoch).add(seen.revision).add(seen.commit);
  return call;
}

void Journal::add_fences(ScriptCall& call, const std::vector<Fence>& fences) {
  call.add(std::uint64_t{fences.size()});
  for (const Fence& fence : fences) call.add(fence.lease).add(fence.token);
}

Result<Reply> Journal::run(const std::function<ScriptCall(const Seen& seen)>& make) {
  for (;;) {
    Seen seen = history_.seen();
    if (history_.ended()) return epoch_began(seen.epoch);
    auto reply = server_.pool.call(Again::yes, make(seen));
    if (!reply) return reply;
    auto fault = ended(reply->view(), seen);
    if (!fault) return reply;
    if (!outrun(*fault)) return std::move(*fault);
  }
}

bool Journal::outrun(const Error& error) { return error.kind == ErrorKind::unavailable && error.cause == outrun_mark; }

std::optional<Error> Journal::ended(View reply, const Seen& seen) {
  std::string_view what = reply.at(0).text();
  if (what != "epoch" && what != "backwards" && what != "gone" && what != "behind") return std::nullopt;
  return end(seen, what, std::string(reply.at(1).text()));
}

/// What was seen and is not in the log any more never happened, for everyone: that is another history.
Error Journal::end(const Seen& seen, std::string_view what, const std::string& epoch) {
  if (what == "behind") {
    if (!history_.end_at(seen)) {
      Error error = make_error(ErrorKind::unavailable, "the log was trimmed while it was asked for");
      error.cause = outrun_mark;
      return error;
    }
    return make_error(ErrorKind::precondition, "the log was trimmed past what was read of it: load it again");
  }
  auto now = what == "epoch" ? Result<std::string>(epoch) : what == "gone" ? open() : begin_epoch(seen.epoch);
  if (!now) return std::move(now).error();
  history_.end(seen.epoch, *now);
  return epoch_began(*now);
}

Result<std::string> Journal::begin_epoch(const std::string& from) {
  std::string next = new_epoch();
  const Keys& keys = server_.keys;
  ScriptCall call(epoch_script(), {keys.meta, keys.log(from), keys.log(next), keys.acked(from), keys.acked(next)});
  auto reply = server_.pool.call(Again::yes, call.add(from).add(next));
  if (!reply) return std::move(reply).error();
  if (reply->at(0).text() == "gone") return open();
  return std::string(reply->at(1).text());
}

/// `known`: epoch, head, oldest, acked, last, read after the entries.
std::optional<Error> Journal::compare(const Seen& seen, View known, const std::vector<LogEntry>& entries,
                                      Revision after) {
  std::string epoch(known.at(0).text());
  if (epoch.empty()) return end(seen, "gone", {});
  if (epoch != seen.epoch) return end(seen, "epoch", epoch);
  Revision head = known.at(1).number();
  if (head < seen.revision) return end(seen, "backwards", {});
  if (head == seen.revision && known.at(4).text() != seen.commit) return end(seen, "backwards", {});
  Revision oldest = known.at(2).number();
  if (oldest > after) {
    history_.recent().forget(oldest);
    return after == seen.revision ? end(seen, "behind", {}) : trimmed(after, oldest);
  }
  if (after == seen.revision && !entries.empty() && entries.front().previous != seen.commit)
    return end(seen, "backwards", {});
  return std::nullopt;
}

Result<Page> Journal::page(const Seen& seen, Revision after, std::size_t count) {
  Command range("XRANGE");
  range.add(server_.keys.log(seen.epoch))
      .add(std::to_string(after + 1))
      .add("+")
      .add("COUNT")
      .add(std::uint64_t{count});
  Command known("HMGET");
  known.add(server_.keys.meta).add("epoch").add("head").add("oldest").add("acked").add("last");
  auto replies = server_.pool.call(Again::yes, std::vector<Command>{std::move(range), std::move(known)});
  if (!replies) return std::move(replies).error();
  View items = (*replies)[0].view();
  View standing = (*replies)[1].view();
  Page page;
  page.where = {standing.at(1).number(), standing.at(2).number(), standing.at(3).number()};
  page.entries.reserve(items.size());
  model::Draft scratch;
  std::optional<Error> damage;
  for (std::size_t i = 0; i < items.size() && !damage; ++i) {
    auto entry = entry_of(items.at(i), scratch);
    if (!entry)
      damage = std::move(entry).error();
    else if (entry->entry.revision != after + i + 1)
      damage = gap(after + i + 1);
    else
      page.entries.push_back(std::move(*entry));
  }
  if (auto fault = compare(seen, standing, page.entries, after)) return std::move(*fault);
  if (damage && page.entries.empty()) return std::move(*damage);
  return page;
}

std::optional<Error> Journal::catch_up() {
  std::lock_guard one_at_a_time(catching_up_);
  for (std::optional<Revision> target;;) {
    Seen seen = history_.seen();
    if (target && seen.revision >= *target) return std::nullopt;
    if (history_.ended()) return std::nullopt;
    auto page = this->page(seen, seen.revision, page_entries);
    if (!page && outrun(page.error())) continue;
    if (!page) return std::move(page).error();
    history_.recent().forget(page->where.oldest);
    if (!target) target = page->where.acked;
    while (!page->entries.empty() && page->entries.back().entry.revision > page->where.acked) page->entries.pop_back();
    unacknowledged_ = page->where.head > page->where.acked;
    if (page->entries.empty())
      return page->where.acked > seen.revision ? std::optional(gap(seen.revision + 1)) : std::nullopt;
    if (!history_.append(seen.epoch, std::move(page->entries))) return end(seen, "backwards", {});
  }
}

std::optional<Error> Journal::acknowledge(const std::string& epoch) {
  auto done = server_.pool.with(Again::yes, [&](Connection& connection) -> Result<bool> {
    ScriptCall touch(touch_script(), {server_.keys.meta});
    auto head = call(connection, touch.add(epoch));
    if (!head) return std::move(head).error();
    if (head->at(0).text() != "ok") return true;  // a history that ended
    if (auto fault = acknowledge(connection, epoch, head->at(1).number())) return std::move(*fault);
    return true;
  });
  return done ? std::nullopt : std::optional(std::move(done).error());
}

std::optional<Error> Journal::acknowledge(Connection& connection, const std::string& epoch, Revision revision) {
  const RedisOptions& options = server_.options;
  if (options.wait_replicas > 0) {
    Command wait("WAIT");
    wait.add(std::uint64_t{options.wait_replicas}).add(static_cast<std::uint64_t>(options.wait_timeout.count()));
    auto replicas = connection.call(wait, options.wait_timeout);
    if (!replicas) return std::move(replicas).error();
    if (replicas->view().number() < options.wait_replicas)
      return make_error(ErrorKind::timeout,
                        std::to_string(replicas->view().number()) + " of " + std::to_string(options.wait_replicas) +
                            " replicas have it within store.wait_timeout: whether it will last is unknown");
  }
  ScriptCall script(acknowledge_script(), {server_.keys.meta, server_.keys.acked(epoch)});
  auto done = call(connection, script.add(epoch).add(revision));
  return done ? std::nullopt : std::optional(std::move(done).error());
}

}  // namespace netweave::store::redis
