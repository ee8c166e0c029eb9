#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "netweave/config.hpp"
#include "netweave/result.hpp"

/// A copy of a gateway's store, taken while gateways run, and the way back. A backup is itself a store in one SQLite
/// file, whatever it was taken from, so either kind is restored from either kind. It holds the objects (with given ids,
/// subscriptions and their secrets, sealed as they are), how far each delivery has come, dead letters, quotas' counters
/// and keys, all as of one revision; of the log only what the objects are: entries before it are left out.
namespace netweave {

/// What was copied.
struct BackupSummary {
  std::uint64_t objects = 0;
  std::uint64_t revision = 0;  ///< that the copy is of
  std::string epoch;           ///< of the copy: its history is its own
};

/// Objects copied so far, of how many. Called on the caller's thread, at the end with both equal.
using BackupProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Copies the configured store to `file`, which must not be there. Gateways go on meanwhile and wait for nothing.
/// Blocks; any thread. Errors: `invalid` (a memory store), `conflict` (the file is there), `unavailable` (the store or
/// the file can't be reached, read or written), `precondition` (there is no store, or one that can't be read: says what
/// to do). A failed one leaves no file.
Result<BackupSummary> back_up(const Config& config, const std::string& file, const BackupProgress& progress = {});

/// Makes the configured store, which must be empty or not there, of a backup. It begins another epoch: ETags that
/// clients kept do not match, event ids are refused, and subscribers are told by a Resync to list again. Cursors of
/// lists hold. Blocks; any thread. Errors: `invalid` (a memory store), `conflict` (the store is not empty),
/// `unavailable` (a gateway has it; it, or the file, can't be reached, read or written), `precondition` (the file is no
/// backup, damaged, or of a newer format). A failed one leaves the store as it was: empty.
Result<BackupSummary> restore(const Config& config, const std::string& file, const BackupProgress& progress = {});

}  // namespace netweave
