#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/idempotency.hpp"
#include "api/router.hpp"

/// Many writes in one request. Each is described as a single one is (backend_write, subscription_write).
namespace netweave::api::ims {

/// POST of batch/{resourcePools,resources,subscriptions} and the same with /update and /delete. `version` is the ending
/// of the operations' names: "V2".
void add_batch(Handlers& handlers, const std::string& version, Idempotency& idempotency);

/// One write of a batch, as it was asked for.
struct Entry {
  std::string id;                       ///< of an update or a removal; of a creation the given one, or empty
  Value body;                           ///< of a creation the object, of an update the merge patch
  std::optional<std::string> if_match;  ///< of an update
  std::vector<Fault> faults;            ///< what it has wrong by the document
};

struct Batch {
  Kind kind = Kind::resource;
  netweave::ims::Operation operation = netweave::ims::Operation::create;
  bool atomic = true;  ///< all or nothing
  std::vector<Entry> entries;
};

/// Reads a batch of 1 to `most` entries, and gives what is wrong with it beyond the document's word. `faults` are that
/// word, by JSON pointers: those in an entry become the entry's own, unless the batch itself is wrong, by either.
std::vector<Fault> read_batch(const Value& body, std::size_t most, std::vector<Fault>& faults, Batch& into);

/// "/items/3": the JSON pointer of an entry.
std::string place_of(const Batch& batch, std::size_t index);

/// What is wrong with an entry: by the document, and as its preparing found. Faults name places by JSON pointers into
/// the batch.
Refusal entry_refusal(const Batch& batch, std::size_t index, Refusal own);

/// What became of one entry.
struct Outcome {
  std::string id;
  int status = 0;                   ///< as the single write's; 0: nothing yet
  std::string body;                 ///< JSON; empty where there is none
  std::optional<Problem> problem;   ///< why not
  std::optional<bool> rolled_back;  ///< of what had been done in an atomic batch that failed

  [[nodiscard]] bool done() const noexcept { return status != 0 && !problem; }
  void succeed(int with, std::string object_id, std::string json);
  void refuse(Problem why);
};

/// Where a batch stands: shared by its two ways of being carried out.
struct BatchRun {
  BatchRun(CallRef asked, Batch what) : call(std::move(asked)), batch(std::move(what)) { forget(); }

  const CallRef call;
  const Batch batch;
  std::vector<Outcome> outcomes;
  std::optional<std::size_t> failure;  ///< the first entry that failed by itself

  /// Back to where nothing has become of any entry.
  void forget();
  void fail(std::size_t index, Problem why);
  /// Says of every entry of which nothing was done why not: another one failed.
  void abandon_rest();
  /// Why an atomic batch is refused before anything is done: every fault of every entry (400); nothing where none is
  /// wrong by itself.
  [[nodiscard]] Refusal invalid() const;
  [[nodiscard]] bool failed_as_a_whole() const noexcept { return batch.atomic && failure; }
  /// The answer: 200 (all succeeded), 207 (not atomic, some or all failed), 409 (atomic, and undone).
  [[nodiscard]] int status() const noexcept { return failed_as_a_whole() ? 409 : failure ? 207 : 200; }
  [[nodiscard]] std::string text() const;
  void send(std::string text) const;
  /// Keeps the answer for the Idempotency-Key, where there is one and something was done; then sends it.
  void keep_and_send() const;
};

/// "entry 3": how results speak of each other.
std::string entry_name(std::size_t index);

/// Resources and pools, through their adapters.
void run_on_backends(const CallRef& call, Batch batch);
/// Subscriptions: an atomic batch is one transaction of the store.
void run_on_subscriptions(const CallRef& call, Batch batch);

}  // namespace netweave::api::ims
