#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stores.hpp"

/// The file beneath: whose it is, in what state, and what happens when it can't be written.
using namespace netweave;
using namespace netweave::store;
using namespace netweave::store::test;

namespace {

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Every file beside `path`, with its bytes.
std::map<std::string, std::string> directory_of(const std::string& path) {
  std::map<std::string, std::string> all;
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(path).parent_path()))
    all[file.path().filename().string()] = bytes_of(file.path().string());
  return all;
}

Result<std::unique_ptr<Store>> open_path(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  options.full_sync = false;
  return open_sqlite(options);
}

/// A store with some objects, closed.
void make_store(const std::string& path, int objects = 50) {
  auto store = open_path(path);
  REQUIRE(store.has_value());
  for (int i = 0; i < objects; ++i) put(**store, "o" + std::to_string(i), std::string(2000, 'x'));
}

/// Opening is refused with `precondition`, these words are in the message, and nothing in the directory changed.
void check_refused(const std::string& path, const std::vector<std::string>& expected) {
  auto before = directory_of(path);
  auto refused = open_path(path);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::precondition);
  for (const std::string& part : expected)
    CHECK_MESSAGE(refused.error().message.find(part) != std::string::npos, refused.error().message);
  CHECK(directory_of(path) == before);
}

void set_pragma(const std::string& path, const std::string& pragma) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, pragma.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

/// As after a kill -9: the file and its write-ahead log, copied while the store was open.
void make_unclean_store(const Directory& directory, const std::string& path) {
  std::string live = directory / "live.db";
  auto store = open_path(live);
  REQUIRE(store.has_value());
  std::vector<Change> changes;
  for (int i = 0; i < 900; ++i) changes.push_back({object("o" + std::to_string(i), std::string(2000, 'x')), nullptr});
  REQUIRE((*store)->log().commit(commit_of(changes)).has_value());
  write_bytes(path, bytes_of(live));
  write_bytes(path + "-wal", bytes_of(live + "-wal"));
  store->reset();
  std::filesystem::remove(live);
}

}  // namespace

TEST_CASE("a new store is one file that only its owner reads, and nothing is left beside it") {
  Directory directory;
  std::string path = directory / "store.db";
  make_store(path);
  auto all = directory_of(path);
  CHECK(all.size() == 1);
  CHECK(all.contains("store.db"));
  CHECK(std::filesystem::status(path).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("an empty file becomes a store") {
  Directory directory;
  write_bytes(directory / "store.db", "");
  make_store(directory / "store.db");
}

TEST_CASE("what a crashed creation left behind is made anew") {
  Directory directory;
  write_bytes(directory / "store.db.new", "half a store");
  write_bytes(directory / "store.db.new-journal", "half a journal");
  make_store(directory / "store.db");
  CHECK(directory_of(directory / "store.db").size() == 1);
}

TEST_CASE("one file is opened once, whatever it is called, and again when it was closed") {
  Directory directory;
  std::string path = directory / "store.db";
  std::string link = directory / "link.db";
  auto first = open_path(path);
  REQUIRE(first.has_value());
  REQUIRE(symlink(path.c_str(), link.c_str()) == 0);
  for (const std::string& name : {path, link}) {
    auto second = open_path(name);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().kind == ErrorKind::unavailable);
    CHECK(second.error().message.find("pid " + std::to_string(getpid())) != std::string::npos);
  }
  put(**first, "a");
  first->reset();
  CHECK(open_path(link).has_value());
}

TEST_CASE("a lock file that a dead process left is no lock") {
  Directory directory;
  write_bytes(directory / "store.db.lock", "netweave-gateway pid 1");
  make_store(directory / "store.db");
}

TEST_CASE("a file that another program has locked is unavailable") {
  Directory directory;
  std::string path = directory / "store.db";
  make_store(path);
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  pid_t child = fork();
  if (child == 0) {
    sqlite3* database = nullptr;
    sqlite3_open(path.c_str(), &database);
    sqlite3_exec(database, "PRAGMA locking_mode=EXCLUSIVE; SELECT * FROM meta", nullptr, nullptr, nullptr);
    (void)!write(ready[1], "x", 1);
    for (;;) pause();
  }
  char one = 0;
  REQUIRE(read(ready[0], &one, 1) == 1);
  auto refused = open_path(path);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(refused.error().message.find("held by another program") != std::string::npos);
  CHECK(open_path(path).has_value());
}

TEST_CASE("a file that is no database is refused and untouched") {
  Directory directory;
  write_bytes(directory / "store.db", "these are not the bytes you are looking for");
  check_refused(directory / "store.db", {"store.db is no netweave store", "restore it from a backup"});
}

TEST_CASE("a store with a garbage header is refused and untouched") {
  Directory directory;
  std::string path = directory / "store.db";
  make_store(path);
  write_bytes(path, std::string(100, '\xaa') + bytes_of(path).substr(100));
  check_refused(path, {"its beginning is damaged"});
}

TEST_CASE("a truncated store is refused and untouched, wherever it was cut") {
  Directory directory;
  std::string path = directory / "store.db";
  make_store(path);
  std::string whole = bytes_of(path);
  for (std::size_t left :
       {whole.size() - 1, whole.size() - 4096, whole.size() / 2, std::size_t{4096}, std::size_t{120}}) {
    write_bytes(path, whole.substr(0, left));
    check_refused(path, {"is damaged (it is cut short)", "move it away"});
  }
  write_bytes(path, whole.substr(0, 50));
  check_refused(path, {"another program"});
}

TEST_CASE("a store without one of its tables is refused and untouched") {
  Directory directory;
  std::string path = directory / "store.db";
  make_store(path);
  set_pragma(path, "DROP TABLE counters");
  check_refused(path, {"its tables are not those"});
}

TEST_CASE("a store of a newer format is refused, naming both versions, and untouched") {
  Directory directory;
  std::string path = directory / "store.db";
  make_store(path);
  set_pragma(path, "PRAGMA user_version=2");
  check_refused(path, {"of format 2", "reads 1"});
}

TEST_CASE("another program's database is refused and untouched") {
  Directory directory;
  std::string path = directory / "store.db";
  set_pragma(path, "CREATE TABLE objects(key); INSERT INTO objects VALUES(1)");
  check_refused(path, {"another program", "give store.path another file"});
  set_pragma(path, "PRAGMA journal_mode=WAL");
  check_refused(path, {"another program"});
}

TEST_CASE("a store that was not closed is read with its write-ahead log") {
  Directory directory;
  std::string path = directory / "store.db";
  make_unclean_store(directory, path);
  auto store = open_path(path);
  REQUIRE(store.has_value());
  CHECK(load(**store).size() == 900);
}

TEST_CASE("an emptied store whose write-ahead log is still there is refused and untouched") {
  Directory directory;
  std::string path = directory / "store.db";
  make_unclean_store(directory, path);
  write_bytes(path, "");
  check_refused(path, {"it is empty", "-wal is not"});
  std::filesystem::remove(path);
  check_refused(path, {"it is empty"});
}

TEST_CASE("a store that was not closed and is damaged inside is refused and untouched") {
  Directory directory;
  std::string path = directory / "store.db";
  make_store(path, 300);
  std::string whole = bytes_of(path);
  std::string log = directory / "log";
  make_unclean_store(directory, log);
  write_bytes(path + "-wal", bytes_of(log + "-wal").substr(0, 100));  // not closed, nothing to recover
  std::filesystem::remove(log);
  std::filesystem::remove(log + "-wal");
  for (std::size_t page = 3; page < whole.size() / 4096; page += 17) {
    std::string broken = whole;
    broken.replace(page * 4096, 4096, std::string(4096, '\x5a'));
    write_bytes(path, broken);
    check_refused(path, {"is damaged"});
  }
  write_bytes(path, whole.substr(0, whole.size() / 2));
  check_refused(path, {"is damaged"});
}

TEST_CASE("a closed store that is damaged inside says so when it is read") {
  Directory directory;
  std::string path = directory / "store.db";
  make_store(path, 300);
  std::string broken = bytes_of(path);
  broken.replace(broken.size() / 2 / 4096 * 4096, 4096, std::string(4096, '\x5a'));
  write_bytes(path, broken);
  auto store = open_path(path);
  REQUIRE(store.has_value());
  auto loaded = (*store)->log().load([](ObjectRef) {});
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().kind == ErrorKind::internal);
  CHECK(loaded.error().message.find("damaged") != std::string::npos);
}

TEST_CASE("a path that can't be made is unavailable, with the reason") {
  Directory directory;
  auto refused = open_path(directory / "no/such/place.db");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(refused.error().message.find("No such file") != std::string::npos);
}

TEST_CASE("a full file refuses writes, loses nothing, and takes what fits again") {
  SqliteOptions options;
  options.max_bytes = 400 * 1024;
  Sqlite store(options);
  std::vector<ObjectRef> stored;
  ErrorKind kind = ErrorKind::internal;
  for (int i = 0; i < 1000; ++i) {
    ObjectRef next = object("o" + std::to_string(i), std::string(2000, 'x'));
    auto done = store->log().commit(commit_of({{next, nullptr}}));
    if (!done) {
      kind = done.error().kind;
      CHECK(done.error().message == "the store's disk is full");
      break;
    }
    stored.push_back(next);
  }
  CHECK(kind == ErrorKind::unavailable);
  CHECK(store->log().head() == stored.size());
  CHECK(load(*store).size() == stored.size());
  std::vector<Change> removals;
  for (std::size_t i = 0; i < 50; ++i) removals.push_back({nullptr, stored[i]});
  REQUIRE(store->log().commit(commit_of(removals)).has_value());
  REQUIRE(store->log().trim(store->log().head()).has_value());
  CHECK(put(*store, "again", std::string(2000, 'x'))->revision() == stored.size() + 51);
  store.reopen();
  CHECK(load(*store).size() == stored.size() - 49);
}

TEST_CASE("a write that the system refuses is unavailable, loses nothing, and the next one goes through") {
  Sqlite store;
  ObjectRef first = put(*store, "a", "1");
  ObjectRef second = object("b", std::string(100000, 'x'));
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit tight = before;
  tight.rlim_cur = std::filesystem::file_size(store.path() + "-wal") + 10000;
  setrlimit(RLIMIT_FSIZE, &tight);
  auto refused = store->log().commit(commit_of({{object("a", "2"), first}, {second, nullptr}}));
  setrlimit(RLIMIT_FSIZE, &before);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(store->log().head() == 1);
  CHECK(words(load(*store).at(0)) == words(first));
  CHECK(store->log().commit(commit_of({{second, nullptr}})).value() == 2);
  store.reopen();
  CHECK(load(*store).size() == 2);
}

TEST_CASE("a file or a directory that may not be written is unavailable and untouched") {
  Directory directory;
  std::string path = directory / "store.db";
  make_store(path);
  std::string whole = bytes_of(path);
  auto in_child = [&](const std::function<bool()>& check) {  // root may write anything: become nobody
    pid_t child = fork();
    if (child == 0) _exit(getuid() == 0 && seteuid(65534) != 0 ? 2 : check() ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  auto refused = [&] {
    auto opened = open_path(path);
    return !opened && opened.error().kind == ErrorKind::unavailable;
  };
  std::string folder = std::filesystem::path(path).parent_path().string();
  chmod(path.c_str(), 0444);
  chmod(folder.c_str(), 0777);
  CHECK(in_child(refused) == 0);
  chmod(folder.c_str(), 0555);
  CHECK(in_child(refused) == 0);
  chmod(folder.c_str(), 0700);
  CHECK(directory_of(path) == std::map<std::string, std::string>{{"store.db", whole}});
}
