#include "store/redis/loader.hpp"

#include "store/record.hpp"

namespace netweave::store::redis {
namespace {

constexpr std::uint64_t scan_count = 1000;
constexpr int attempts = 5;

/// Errors of a page that say no more than that the load began too long ago.
bool outlived(const Error& error) {
  return error.kind == ErrorKind::precondition || error.kind == ErrorKind::not_found || Journal::outrun(error);
}

}  // namespace

Result<Revision> Loader::load(const std::function<void(ObjectRef)>& each) {
  for (int i = 0; i < attempts; ++i) {
    objects_.clear();
    auto revision = attempt();
    if (!revision) return std::move(revision).error();
    if (!*revision) continue;
    while (!objects_.empty()) each(std::move(objects_.extract(objects_.begin()).value()));
    return **revision;
  }
  return make_error(ErrorKind::unavailable, "the log in Redis changes faster than it can be loaded");
}

Result<Loader::Copy> Loader::copy() {
  for (int i = 0; i < attempts; ++i) {
    objects_.clear();
    auto copied = attempt_copy();
    if (!copied) return std::move(copied).error();
    if (*copied) return std::move(**copied);
  }
  return make_error(ErrorKind::unavailable, "the log in Redis changes faster than it can be copied");
}

std::optional<Error> Loader::each(const std::function<std::optional<Error>(const model::Object&)>& take) {
  while (!objects_.empty())
    if (auto fault = take(*objects_.extract(objects_.begin()).value())) return fault;
  return std::nullopt;
}

Result<std::optional<Revision>> Loader::attempt() {
  auto gathered = gather();
  if (!gathered) return std::move(gathered).error();
  if (!*gathered) return std::optional<Revision>();
  auto& [seen, oldest] = **gathered;
  auto revision = replay(seen);
  if (!revision || !*revision) return revision;
  return settle(seen, oldest);
}

/// What is beside the objects is read at once, after the scan; the objects are then folded up to that very moment.
Result<std::optional<Loader::Copy>> Loader::attempt_copy() {
  auto gathered = gather();
  if (!gathered) return std::move(gathered).error();
  if (!*gathered) return std::optional<Copy>();
  Seen seen = (*gathered)->first;
  const Keys& keys = journal_.server().keys;
  ScriptCall script(aside_script(), {keys.meta, keys.counters, keys.positions, keys.keys, keys.streams});
  auto aside = journal_.server().pool.call(Again::yes, script.add(seen.epoch));
  if (!aside) return std::move(aside).error();
  if (aside->at(0).text() != "ok") return std::optional<Copy>();
  Revision head = aside->at(1).number();
  if (seen.revision < head) {
    auto revision = replay(seen, head);
    if (!revision) return std::move(revision).error();
    if (!*revision) return std::optional<Copy>();
  }
  if (aside->at(2).number() < head)  // what the replicas do not have may never have been
    if (auto fault = journal_.acknowledge(seen.epoch)) return std::move(*fault);
  return std::optional(Copy{head, std::move(*aside), objects_.size()});
}

Result<std::optional<std::pair<Seen, Revision>>> Loader::gather() {
  auto epoch = journal_.open();
  if (!epoch) return std::move(epoch).error();
  auto standing = journal_.standing(*epoch);
  if (!standing || !*standing) return standing;
  auto scanned = journal_.server().pool.with(Again::yes, [&](Connection& connection) -> Result<bool> {
    objects_.clear();  // a cursor is the server's own: after another connection it begins anew
    if (auto fault = scan(connection)) return std::move(*fault);
    return true;
  });
  if (!scanned) return std::move(scanned).error();
  return standing;
}

/// The next part is on its way while this one is read.
std::optional<Error> Loader::scan(Connection& connection) {
  auto ask = [&](std::string_view cursor) {
    Command scan("HSCAN");
    return connection.send(scan.add(journal_.server().keys.objects).add(cursor).add("COUNT").add(scan_count));
  };
  auto size = connection.call(Command("HLEN").add(journal_.server().keys.objects));
  if (!size) return std::move(size).error();
  objects_.reserve(size->view().number());
  if (auto fault = ask("0")) return fault;
  for (;;) {
    auto part = connection.receive();
    if (!part) return std::move(part).error();
    std::string_view cursor = part->at(0).text();
    bool last = cursor == "0";
    if (!last)
      if (auto fault = ask(cursor)) return fault;
    auto fault = take(part->at(1));
    if (fault && !last) (void)connection.receive();
    if (fault || last) return fault;
  }
}

/// A scan may give an object twice, and what is younger than its beginning.
std::optional<Error> Loader::take(View fields) {
  for (std::size_t i = 1; i < fields.size(); i += 2) {
    auto object = decode_record(fields.at(i).text(), scratch_);
    if (!object) return std::move(object).error();
    auto [place, made] = objects_.insert(*object);
    if (made || (*place)->revision() >= (*object)->revision()) continue;
    objects_.erase(place);
    objects_.insert(std::move(*object));
  }
  return std::nullopt;
}

/// Up to `target`; 0: where the log stands after the scan, which may have shown anything until then. `seen` is moved
/// there.
Result<std::optional<Revision>> Loader::replay(Seen& seen, Revision target) {
  for (;;) {
    auto page = journal_.page(seen, seen.revision, page_entries);
    if (!page && outlived(page.error())) return std::optional<Revision>();
    if (!page) return std::move(page).error();
    if (target == 0) target = page->where.head;
    for (LogEntry& each : page->entries) {
      if (each.entry.revision > target) break;
      seen.revision = each.entry.revision;
      seen.commit = each.commit;
      fold(std::move(each.entry));
    }
    if (seen.revision >= target) return std::optional(seen.revision);
  }
}

void Loader::fold(Entry entry) {
  auto place = objects_.find(entry.subject());
  if (place != objects_.end()) objects_.erase(place);
  if (entry.object) objects_.insert(std::move(entry.object));
}

/// Nobody may see what the replicas do not have. Then this process follows the log from there on, or has come as far.
Result<std::optional<Revision>> Loader::settle(const Seen& seen, Revision oldest) {
  auto standing = journal_.standing(seen.epoch);
  if (!standing) return std::move(standing).error();
  if (!*standing) return std::optional<Revision>();
  if ((*standing)->first.revision < seen.revision)
    if (auto fault = journal_.acknowledge(seen.epoch)) return std::move(*fault);
  History& history = journal_.history();
  if (history.ended() || history.seen().epoch != seen.epoch) {
    history.begin(seen, std::max(oldest, (*standing)->second));
    return std::optional(seen.revision);
  }
  if (auto fault = journal_.catch_up(); fault && fault->kind != ErrorKind::precondition) return std::move(*fault);
  if (history.ended()) return std::optional<Revision>();
  return std::optional(seen.revision);
}

}  // namespace netweave::store::redis
