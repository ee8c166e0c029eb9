#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netweave/adapter/ims.hpp"

#include "adapters/ledger.hpp"
#include "state/writer.hpp"

/// How what an adapter reports becomes changes of the log: inside a transaction, from the state alone. The design's
/// rules 4 to 6 and 8 live here.
namespace netweave::adapters {

/// What is found there belongs to a tenant; what is empty asks for nothing.
struct Assignment {
  std::string pool;                ///< the pool itself and what stands in it
  Value labels = Value::object();  ///< all of them, as `extensions.labels` has them
  std::string tenant;
};

struct Source {
  std::string adapter;
  std::string o_cloud_id;
  std::chrono::milliseconds grace{0};     ///< how long the backend may take to list what was made
  std::vector<Assignment> assignments{};  ///< those of this adapter: the first that holds says whose it is
  std::string tenant{};                   ///< whose everything else is; empty: the default tenant's
};

/// When what is reported was read. A pass knows nothing of what changed after it began.
struct Seen {
  model::Revision pass_began = 0;  ///< 0: no pass, but news
};

/// Why what is reported can't be an object of the inventory, if it can't: an id that is none, a uid out of bounds.
std::optional<Error> fault_of(const ims::Observed& observed);

/// Stages an observed object: creation, change or nothing. Gives the object as it is then; empty where the report
/// was dropped (outdated, buried, or the id belongs to somebody else).
model::ObjectRef upsert(state::Transaction& transaction, const Source& source, const ims::Observed& observed,
                        Seen seen);

/// Stages that a pool is seen by all tenants, or by its own alone. Gives it as it is then.
model::ObjectRef share(state::Transaction& transaction, const Source& source, const model::Object& pool, bool shared);

/// Stages the removal of an object by its adapter's own id, with its overlay. With `uid`, an object of another stays.
void remove(state::Transaction& transaction, const Source& source, Kind kind, std::string_view native_id,
            std::string_view uid);

/// Whether a pass that began at `began` and did not list `object` may remove it.
bool may_sweep(const state::Transaction& transaction, const Source& source, const model::Object& object,
               model::Revision began);

/// Stages the end of tombstones past their deadline, some at a time: where no pass comes, nothing else ends them.
void forget_tombstones(state::Transaction& transaction, const Source& source);

/// The id under which an adapter's object is, or would be, known.
std::string known_id(const state::Transaction& transaction, Kind kind, std::string_view native_id);

/// Turns a stored object back into what its adapter reported, in the adapter's own ids.
ims::Observed to_observed(const state::Snapshot& snapshot, const model::Object& object);

/// What of a written object its backend did not take: the fields that only the store will remember.
Value fields_beyond(const ims::Observed& wanted, const ims::Observed& got);

}  // namespace netweave::adapters
