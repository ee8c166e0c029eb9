#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "store/store.hpp"

/// A store copied part by part into another one: what backups and restores are made of. One thread; blocks.
namespace netweave::store {

/// Makes a new store of what it is given, under an epoch of its own. Nothing is there before `finish`; one that goes
/// without it takes away what it wrote.
class CopySink {
 public:
  virtual ~CopySink() = default;

  /// With its revision, in any order, each object once.
  virtual std::optional<Error> object(const model::Object& object) = 0;
  virtual std::optional<Error> counter(const std::string& name, std::int64_t value) = 0;
  virtual std::optional<Error> position(const Position& position) = 0;
  /// The last token that was given for a lease: the next one must be greater.
  virtual std::optional<Error> lease(const std::string& name, std::uint64_t token) = 0;
  virtual std::optional<Error> key(const std::string& name, const std::string& bytes) = 0;
  /// A stream by the number of the last item that it ever had; then its items, in order.
  virtual std::optional<Error> stream(const std::string& name, std::uint64_t head) = 0;
  virtual std::optional<Error> item(const std::string& stream, const StreamItem& item) = 0;
  /// The store is there, durably, with this head and a log trimmed up to it. Its epoch.
  virtual Result<std::string> finish(Revision head) = 0;
};

using CopyProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Copies all of a store as of one moment, but for entries that the log has of the past; the head then. Others commit
/// meanwhile. Errors: the sink's, and those of reading; `precondition`: there is no store, or none that can be read.
/// Of a SQLite file, which a gateway may have open. `what` ("store", "backup") names it in messages; `whole` checks all
/// of the file first.
Result<Revision> copy_sqlite(const std::string& path, const std::string& what, bool whole, CopySink& sink,
                             const CopyProgress& progress);
Result<Revision> copy_redis(const RedisOptions& options, CopySink& sink, const CopyProgress& progress);

/// A new file. Errors: `conflict` (it is there), `unavailable`.
Result<std::unique_ptr<CopySink>> make_backup_file(const std::string& path);
/// The store of that path, of which there must be none, or an empty one. Errors: `conflict` (not empty), `unavailable`
/// (held by a gateway: says by which), and as open_sqlite's.
Result<std::unique_ptr<CopySink>> fill_sqlite(const std::string& path);
/// The keys of that O-Cloud, of which there must be none, or an empty store. A gateway that comes meanwhile is refused;
/// what another restore left half done is done anew, and that one fails where it still runs. Errors: `conflict` (not
/// empty), and as open_redis'.
Result<std::unique_ptr<CopySink>> fill_redis(const RedisOptions& options);

}  // namespace netweave::store
