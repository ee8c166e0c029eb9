#include "store/commit_check.hpp"

#include <set>

namespace netweave::store {

std::string key_of(Kind kind, std::string_view id) {
  std::string key(1, static_cast<char>(kind));
  return key += id;
}

std::string key_of(const model::Object& object) { return key_of(object.kind(), object.id()); }

Revision expected_revision(const Change& change) noexcept { return change.prior ? change.prior->revision() : 0; }

namespace {

std::optional<Error> check_shape(const Change& change) {
  if (!change.object && !change.prior) return make_error(ErrorKind::invalid, "a change of nothing");
  if (change.prior && change.prior->revision() == 0)
    return make_error(ErrorKind::invalid, std::string(change.prior->id()) + " replaces what was never committed");
  if (change.object && change.prior && key_of(*change.object) != key_of(*change.prior))
    return make_error(ErrorKind::invalid, std::string(change.object->id()) + " replaces another object");
  return std::nullopt;
}

}  // namespace

std::optional<Error> check_shape(const Commit& commit) {
  if (commit.changes.size() > max_changes)
    return make_error(ErrorKind::invalid, "a commit holds at most " + std::to_string(max_changes) + " changes");
  std::set<std::string> keys;
  for (const Change& change : commit.changes) {
    if (auto fault = check_shape(change)) return fault;
    if (!keys.insert(key_of(change.subject())).second)
      return make_error(ErrorKind::invalid, "one commit changes " + std::string(change.subject().id()) + " twice");
  }
  return std::nullopt;
}

std::optional<Error> check_counter(const CounterStep& step, std::int64_t present) {
  std::int64_t after = 0;
  bool overflow = __builtin_add_overflow(present, step.delta, &after);
  if (step.delta > 0 && (overflow || after > step.ceiling))
    return make_error(ErrorKind::exhausted, step.name + " would pass its limit of " + std::to_string(step.ceiling));
  if (overflow || after < 0) return make_error(ErrorKind::exhausted, step.name + " would fall below 0");
  return std::nullopt;
}

Error changed_meanwhile(const Change& change) {
  return make_error(ErrorKind::conflict, std::string(change.subject().id()) + " was changed meanwhile");
}

Error changed_meanwhile(const Expectation& expectation) {
  return make_error(ErrorKind::conflict, expectation.key.substr(1) + " was changed meanwhile");
}

Error fence_lost(const Fence& fence) {
  return make_error(ErrorKind::denied, "the lease " + fence.lease + " is no longer held under this token");
}

Error lease_taken(const std::string& name, const std::string& holder) {
  return make_error(ErrorKind::conflict, "the lease " + name + " is held by " + holder);
}

Error epoch_began(const std::string& epoch) {
  return make_error(ErrorKind::precondition, "the log began the epoch " + epoch + ": load it again");
}

Error trimmed(Revision after, Revision oldest) {
  return make_error(ErrorKind::not_found, "revision " + std::to_string(after) +
                                              " is not in the log, which begins after " + std::to_string(oldest));
}

}  // namespace netweave::store
