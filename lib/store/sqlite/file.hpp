#pragma once

#include <cstdint>
#include <string>

#include "netweave/result.hpp"

/// The file beneath SQLite: who has it, and whether it is ours, found out without letting SQLite touch it.
namespace netweave::store::sqlite {

/// "NetW" in the header's application id.
inline constexpr std::uint32_t application_id = 0x4e657457;
/// The header's user version. A new one is written into a new file that replaces the old: never half of each.
inline constexpr std::uint32_t format_version = 1;

/// `<path>.lock` under flock, holding "<program> pid <number>". Gone when released.
class FileLock {
 public:
  /// Errors: `unavailable`: another has it (the message says who), or it can't be created.
  static Result<FileLock> take(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  FileLock(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  int descriptor_;
  std::string name_;
};

struct FileState {
  bool exists = false;
  bool clean = false;  ///< closed properly: no write-ahead log was left
};

/// Under the lock, before SQLite opens the file. Errors: `precondition` (no SQLite database, of another program, of a
/// newer format, cut short: says what to do), `unavailable` (can't be read).
Result<FileState> inspect(const std::string& path);

/// "<path> is damaged (<how>): restore ...".
Error damaged(const std::string& path, const std::string& how);

/// The path with symbolic links followed, so that two names of one file have one lock.
std::string real_path(const std::string& path);
bool file_exists(const std::string& path);
/// Bytes; 0 where it is not there.
std::uint64_t file_size(const std::string& path);
/// What was written to it is on the disk.
Result<void> sync_file(const std::string& path);
/// Renames `from` to `to`; both names' directory is synced.
Result<void> replace_file(const std::string& from, const std::string& to);

}  // namespace netweave::store::sqlite
