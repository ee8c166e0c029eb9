#include "store/sqlite/file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace netweave::store::sqlite {
namespace {

Error system_fault(const std::string& message, int code) {
  std::string why = std::error_code(code, std::generic_category()).message();
  return make_error(ErrorKind::unavailable, message + ": " + why);
}

std::string program_name() {
#ifdef __linux__
  return program_invocation_short_name;
#else
  return "netweave";
#endif
}

std::string read_holder(int descriptor) {
  std::array<char, 128> text{};
  ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "another program";
}

void write_holder(int descriptor) {
  std::string holder = program_name() + " pid " + std::to_string(getpid());
  // Only a message depends on it: the lock holds without.
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, holder.data(), holder.size(), 0) < 0) return;
}

/// Whether the name still leads to the open file: its last holder may have removed it between our open and flock.
bool same_file(int descriptor, const std::string& name) {
  struct stat opened {};
  struct stat named {};
  return fstat(descriptor, &opened) == 0 && stat(name.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

constexpr std::size_t header_size = 100;
using Header = std::array<unsigned char, header_size>;

std::uint32_t big_endian(const Header& header, std::size_t at) {
  return static_cast<std::uint32_t>(header[at]) << 24 | static_cast<std::uint32_t>(header[at + 1]) << 16 |
         static_cast<std::uint32_t>(header[at + 2]) << 8 | header[at + 3];
}

/// The database header (sqlite.org/fileformat2.html, 1.3).
std::optional<Error> check_header(const std::string& path, const Header& header, std::uint64_t size, bool clean) {
  constexpr std::string_view magic("SQLite format 3\0", 16);
  if (std::memcmp(header.data(), magic.data(), magic.size()) != 0)
    return make_error(ErrorKind::precondition,
                      path +
                          " is no netweave store, or its beginning is damaged: restore it from a backup, or give "
                          "store.path another file; it was left as it was");
  if (big_endian(header, 68) != application_id)
    return make_error(ErrorKind::precondition, path +
                                                   " is the SQLite database of another program, no netweave "
                                                   "store: give store.path another file; it was left as it was");
  std::uint32_t version = big_endian(header, 60);
  if (version != format_version)
    return make_error(ErrorKind::precondition, path + " is a netweave store of format " + std::to_string(version) +
                                                   ", and this program reads " + std::to_string(format_version) +
                                                   ": run the netweave that wrote it, or give store.path "
                                                   "another file; it was left as it was");
  std::uint64_t page_size = std::uint64_t{header[16]} << 8 | header[17];
  if (page_size == 1) page_size = 65536;
  // A log that was left behind may still hold the pages that are missing here; the full check says.
  if (clean && size < page_size * big_endian(header, 28)) return damaged(path, "it is cut short");
  return std::nullopt;
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path) {
  std::string name = path + ".lock";
  for (;;) {
    int descriptor = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return system_fault(name + " can't be opened", errno);
    FileLock lock(descriptor, std::string());  // closes, and removes nothing yet
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return system_fault(name + " can't be locked", errno);
      return make_error(ErrorKind::unavailable, path + " is held by " + read_holder(descriptor) +
                                                    ": one gateway has one file; stop that one, or give store.path "
                                                    "another file");
    }
    if (!same_file(descriptor, name)) continue;
    write_holder(descriptor);
    lock.name_ = std::move(name);
    return lock;
  }
}

FileLock::FileLock(FileLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  if (!name_.empty()) unlink(name_.c_str());  // while it is still locked: see same_file
  close(descriptor_);
}

Result<FileState> inspect(const std::string& path) {
  bool log_left = file_size(path + "-wal") > 0;
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno != ENOENT) return system_fault(path + " can't be opened", errno);
  Header header{};
  ssize_t got = 0;
  if (descriptor >= 0) {
    got = pread(descriptor, header.data(), header.size(), 0);
    int code = errno;
    close(descriptor);
    if (got < 0) return system_fault(path + " can't be read", code);
  }
  if (got == 0 && log_left) return damaged(path, "it is empty, and " + path + "-wal is not");
  if (got == 0) return FileState{};
  if (auto fault = check_header(path, header, file_size(path), !log_left)) return *fault;
  return FileState{true, !log_left};
}

Error damaged(const std::string& path, const std::string& how) {
  return make_error(ErrorKind::precondition, path + " is damaged (" + how +
                                                 "): restore it from a backup, or move it away to begin with an empty "
                                                 "store; it was left as it was");
}

std::string real_path(const std::string& path) {
  std::error_code failed;
  auto real = std::filesystem::weakly_canonical(std::filesystem::absolute(path, failed), failed);
  return failed ? path : real.string();
}

bool file_exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::uint64_t file_size(const std::string& path) {
  struct stat state {};
  return stat(path.c_str(), &state) == 0 ? static_cast<std::uint64_t>(state.st_size) : 0;
}

Result<void> sync_file(const std::string& path) {
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  int code = errno;
  if (descriptor >= 0) close(descriptor);
  if (!synced) return system_fault(path + " can't be synced", code);
  return {};
}

Result<void> replace_file(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return system_fault(to + " can't be created", errno);
  std::string directory = std::filesystem::path(to).parent_path().string();
  return sync_file(directory.empty() ? "." : directory);
}

}  // namespace netweave::store::sqlite
