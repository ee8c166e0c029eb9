#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "netweave/model.hpp"
#include "netweave/result.hpp"
#include "netweave/value.hpp"

/// How a backend becomes part of the inventory. An adapter is blocking code: the gateway gives it a thread for
/// `observe` and calls its writes from a bounded pool, several at once. It knows nothing of HTTP, tenants or stores.
namespace netweave::ims {

/// One object of a backend, as the adapter maps it. Its identifier starts with the adapter's configured name and a
/// hyphen, is the same after every restart, and is what the adapter is later asked to change: the gateway shows it
/// under another id where a client gave one, and translates in both directions, in `resource_pool_id` and
/// `resource_type_id` too.
struct Observed {
  std::variant<DeploymentManager, ResourcePool, ResourceType, Resource, OCloudSite, Location, AlarmDictionary,
               PerformanceDictionary>
      object;
  /// The backend's identity of this very object: one deleted and made again under the same name has another. Empty
  /// where the backend has none: then the id stands for it.
  std::string uid = {};
  /// The backend's ordered version (Kubernetes' resourceVersion). 0: the backend has none, arrival decides.
  std::uint64_t version = 0;
  /// `CallContext::client_token` of the creation that made it, where the backend keeps a tag for it; else empty.
  std::string client_token = {};
  /// The backend can't list it by itself (a label pool without nodes): it stays until it is removed through O2.
  bool kept = false;
};

/// The kind an observed object is of.
Kind kind_of(const Observed& observed) noexcept;
/// The identifier that the adapter gave it; views the argument.
std::string_view id_of(const Observed& observed) noexcept;

/// One full list of a backend, over one or several kinds. Nothing of it shows before `commit` succeeds; dropping it
/// changes nothing. It belongs to the thread that began it.
class Pass {
 public:
  virtual ~Pass() = default;
  Pass() = default;
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  /// An object of one of the kinds that the pass was begun for; the last one added under an id holds.
  virtual void add(Observed observed) = 0;
  /// Applies the difference between what was added and what this adapter had: creations, changes and removals, with
  /// `checkpoint` in the same commit. Objects younger than the pass' beginning are left alone. Blocks until it is
  /// durable. Errors: `cancelled` when the gateway stops, `unavailable` when the store can't be reached (nothing
  /// or a prefix was applied: begin again).
  virtual Result<void> commit(std::string checkpoint = {}) = 0;
};

/// Where an adapter tells what it sees. All calls are for the thread that runs `observe`, and for threads that the
/// adapter itself keeps in order; each blocks while the writer is behind (that is the back-pressure).
class Feed {
 public:
  virtual ~Feed() = default;

  /// The adapter's own objects and checkpoint as the gateway last knew them, from before a restart. In the adapter's
  /// own identifiers. Empty checkpoint: none was kept.
  virtual std::vector<Observed> last_objects() = 0;
  virtual std::string last_checkpoint() = 0;
  /// One of them as it is known now: another gateway may have changed it since. nullopt: not known.
  virtual std::optional<Observed> last_object(Kind kind, const std::string& id) = 0;

  /// Begins one full list of these kinds: call it before the first request of the list is sent.
  virtual std::unique_ptr<Pass> begin(std::vector<Kind> kinds) = 0;

  /// One object was created or changed. An older `version` than the one that is known is dropped; unchanged content
  /// makes no event. Returns when it is queued, not when it is durable.
  virtual Result<void> upsert(Observed observed) = 0;
  /// One object is gone. With `uid`, an object of the same id and another uid stays.
  virtual Result<void> remove(Kind kind, std::string id, std::string uid = {}) = 0;
  /// Remembers how far the adapter has read, after everything fed before it.
  virtual Result<void> checkpoint(std::string checkpoint) = 0;

  /// The backend was reached and what is known is current (a heartbeat, a bookmark): resets its age.
  virtual void alive() = 0;
  /// The backend can't be observed at present; the inventory keeps its last state and says how old it is.
  virtual void failed(Error error) = 0;
};

/// What goes along with each write.
struct CallContext {
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::stop_token stop;
  std::string request_id;   ///< of the API call, for the backend's own log
  std::string traceparent;  ///< W3C trace context, for the backend's own traces; empty where no request is behind it
  std::string tracestate;   ///< likewise, as it came
  /// Updates and removals: the object as the gateway knew it when it decided, in the adapter's own identifiers. Where
  /// several gateways share a store, any of them may ask, so what this process remembers may be older.
  std::optional<Observed> present;
  std::string tenant;        ///< creations: whose it will be, for the backend's tag or label; empty: the default's
  std::string client_token;  ///< creations: put it into the backend's tag or annotation where it has one
};

enum class Operation { create, update, remove };

/// One thing that the adapter can do to one kind, as /features shows it. What is not listed answers 501.
struct Capability {
  Kind kind;
  Operation operation;
  std::string condition;  ///< empty, or when it holds ("where Cluster API is installed")
};

struct AdapterInfo {
  std::string type;     ///< "kubernetes"
  std::string version;  ///< the backend's, where it is known
  std::vector<Capability> capabilities;
};

struct Health {
  bool reachable = false;
  std::string detail;  ///< for a person, when not reachable
};

enum class Removal {
  done,    ///< it is gone
  pending  ///< the backend accepted it; it may still be seen for a while
};

/// An O2-IMS backend. Writes come from several threads at once and must be finished, or given up, by the context's
/// deadline. Their default is `unimplemented`, which the API answers with 501 and the message.
class Adapter {
 public:
  virtual ~Adapter() = default;

  [[nodiscard]] virtual AdapterInfo info() const = 0;
  /// Any thread.
  [[nodiscard]] virtual Health health() const = 0;

  /// Observes the backend until `stop` is requested. Retries by itself, for as long as it takes, and says so by
  /// `Feed::failed`; returns when stopped. An exception that leaves it, or an early return, is logged and the
  /// gateway calls it again after a back-off.
  virtual void observe(Feed& feed, std::stop_token stop) = 0;

  /// Creations get the object with the id that the client gave, or an empty id, and return what the backend made,
  /// under the adapter's own id. Updates get the whole new object and the merge patch that led to it, in the
  /// adapter's own ids. A pool that still holds resources is not removed: `conflict`.
  virtual Result<Observed> create_resource_pool(const ResourcePool& pool, const CallContext& context);
  virtual Result<Observed> update_resource_pool(const ResourcePool& pool, const Value& patch,
                                                const CallContext& context);
  virtual Result<Removal> remove_resource_pool(const std::string& id, const CallContext& context);
  virtual Result<Observed> create_resource(const Resource& resource, const CallContext& context);
  virtual Result<Observed> update_resource(const Resource& resource, const Value& patch, const CallContext& context);
  virtual Result<Removal> remove_resource(const std::string& id, const CallContext& context);

  /// Reads one object from the backend itself: asked when a write's answer and the observed state disagree.
  /// `not_found` where it is gone.
  virtual Result<Observed> read(Kind kind, const std::string& id, const CallContext& context);
};

/// What an adapter is made from. `config` is the type's own section, with secrets resolved.
struct AdapterSettings {
  std::string name;  ///< unique; every id of the adapter begins with it
  Value config = Value::object();
  std::chrono::milliseconds poll_interval{30000};
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds timeout{30000};
  bool tls_insecure_skip_verify = false;
  /// In production: files of the backend's own (a kubeconfig) may not switch the check of its certificate off either.
  bool tls_must_verify = false;
  std::string user_agent;
  /// Where the adapter logs: level is one of trace, debug, info, warn, error. Any thread. Never empty.
  std::function<void(std::string_view level, std::string_view message)> log;
};

/// Makes an adapter. Errors: `invalid` with `faults` naming keys below the adapter's `config`. An unreachable
/// backend is no error here: `observe` waits for it.
using AdapterFactory = std::function<Result<std::unique_ptr<Adapter>>(const AdapterSettings&)>;

}  // namespace netweave::ims
