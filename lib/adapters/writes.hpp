#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "adapters/host.hpp"
#include "base/executor.hpp"
#include "base/trace.hpp"
#include "state/writer.hpp"

namespace netweave::adapters {

/// Why the adapter takes no writes at present: it only observes (`denied`), or its backend can't be reached
/// (`unavailable`).
std::optional<Error> closed_to_writes(const Host& host);

/// Whether an update is of no backend's: it shares a pool, or ends that.
bool only_shares(Kind kind, const Value& patch) noexcept;

/// What a client asks of a backend. Ids are the gateway's; they are turned into the adapter's own here.
struct Write {
  std::variant<ResourcePool, Resource> object;  ///< the whole new object; of a removal only its id
  Value patch = Value::object();                ///< updates: the merge patch that led to it
  std::string tenant{};                         ///< creations: whose it will be; empty: the default tenant's
  /// Updates and removals: the revision that the object must have, 0 for whichever. `precondition` where it has another
  /// by now; one such write at a time is under way in all the fleet: `conflict` for a second.
  model::Revision expected = 0;
  /// Creations: staged in the same commit as the object.
  std::function<void(state::Transaction&, const model::Object&)> along;
  /// Creations: asked in the commit of the intent, once that is staged; an error ends the write before it is begun.
  std::function<Result<void>(state::Transaction&)> reserve;
  std::string request_id;
  TraceContext trace{};  ///< the request's
  std::string tracestate{};
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

/// Carries writes to backends so that a crash at any point loses and orphans nothing: an intent is committed, the
/// backend is called, the result is committed with the intent's end. Any thread; nothing here blocks the caller.
class Writes {
 public:
  /// The object as committed (of a removal: its last state), or why not. From a pool's or the writer's thread.
  using Done = std::function<void(Result<model::ObjectRef>)>;

  Writes(const HostContext& context, unsigned threads, std::size_t max_queued);
  /// Waits for the calls that run.
  ~Writes();

  void create(Host& host, Write write, Done done);
  void update(Host& host, Write write, Done done);
  void remove(Host& host, Write write, Done done);

  /// Whether this process is still at the write of that token.
  [[nodiscard]] bool in_flight(const std::string& token) const;
  void stop();

 private:
  struct Call;
  using CallRef = std::shared_ptr<Call>;
  std::optional<Error> enter(const Call& call);
  void begin(Host& host, Write write, ims::Operation operation, Done done);
  void share(Host& host, Write write, Done done);
  Result<void> decide(state::Transaction& transaction, Call& call);
  std::optional<Error> refuse(state::Transaction& transaction, const Call& call);
  void perform(const CallRef& call);
  void call_backend(const CallRef& call, const ims::CallContext& context);
  Result<void> stage_observed(state::Transaction& transaction, Call& call, const ims::Observed& observed);
  void stage_overlay(state::Transaction& transaction, const Call& call, const ims::Observed& observed);
  void read_again(const CallRef& call, const ims::Observed& observed, int attempts_left);
  void settle_created(const CallRef& call, Result<ims::Observed> outcome);
  void settle_removed(const CallRef& call, Result<ims::Removal> outcome);
  void commit_observed(const CallRef& call, const ims::Observed& observed, int attempts_left);
  void threw(const CallRef& call, std::string_view what);
  void unrecorded(const CallRef& call, Error error);
  void leave_open(const CallRef& call, Error error);
  void give_up(const CallRef& call, Error error);
  void finish(const CallRef& call, Result<model::ObjectRef> result);

  const HostContext& context_;
  mutable std::mutex mutex_;
  std::set<std::string> tokens_;
  std::set<std::pair<Kind, std::string>> given_;  // ids of creations under way
  Millis tombstones_at_ = 0;                      // when old ones were last looked for; the writer's thread
  Executor executor_;
};

}  // namespace netweave::adapters
