#include <csignal>
#include <map>
#include <random>
#include <thread>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stores.hpp"

using namespace netweave;
using namespace netweave::store;
using namespace netweave::store::test;

namespace {

/// In the child: commits without end, each of another size, and says every revision that was acknowledged. An
/// object's name tells its commit's number and size. Some commits replace or remove what earlier ones put.
[[noreturn]] void commit_forever(const SqliteOptions& options, int pipe) {
  auto store = open_sqlite(options);
  if (!store) _exit(1);
  Revision head = (*store)->log().head();
  std::mt19937 random(static_cast<unsigned>(head));
  std::vector<ObjectRef> earlier;
  for (std::uint64_t number = head + 1;; number = head + 1) {
    std::size_t size = 1 + random() % 20;
    std::string content = std::to_string(number) + "/" + std::to_string(size);
    std::vector<Change> changes;
    for (std::size_t i = 0; i < size; ++i) {
      std::string id = "c" + std::to_string(number) + "-" + std::to_string(i);
      changes.push_back({object(id, content + std::string(random() % 3000, 'x')), nullptr});
    }
    if (!earlier.empty()) changes.push_back({nullptr, earlier.back()});
    earlier = {changes.front().object};
    auto done = (*store)->log().commit(commit_of(changes, static_cast<Millis>(number)));
    if (!done) _exit(2);
    head = *done;
    if (head % 7 == 0) (void)(*store)->log().trim(head - std::min<Revision>(head, 300));
    if (write(pipe, &head, sizeof head) != sizeof head) _exit(3);
  }
}

/// Starts the child, kills it after a random while; the last revision that it said.
Revision kill_one(const SqliteOptions& options, std::mt19937& random) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  pid_t child = fork();
  if (child == 0) commit_forever(options, ends[1]);
  close(ends[1]);
  Revision said = 0;
  for (auto left = static_cast<int>(random() % 60); left >= 0; --left)
    REQUIRE(read(ends[0], &said, sizeof said) == sizeof said);
  std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  while (read(ends[0], &said, sizeof said) == sizeof said) {
  }
  close(ends[0]);
  return said;
}

/// Every commit of the log is whole: as many puts of one number as the name says.
void check_whole(Store& store) {
  std::map<std::string, std::size_t> commits;
  Revision after = store.log().oldest();
  Millis first_time = -1;
  while (true) {
    auto entries = store.log().read(after, 500).value();
    if (entries.empty()) break;
    for (const Entry& entry : entries) {
      CHECK(entry.revision == ++after);
      if (first_time < 0 && store.log().oldest() > 0) first_time = entry.time;  // trimming may cut this one
      if (!entry.object || entry.time == first_time) continue;
      std::string json(entry.object->json());
      std::size_t at = json.find("\"name\":\"") + 8;
      ++commits[json.substr(at, json.find_first_not_of("0123456789/", at) - at)];
    }
  }
  CHECK_FALSE(commits.empty());
  for (const auto& [name, count] : commits) CHECK(name.substr(name.find('/') + 1) == std::to_string(count));
}

}  // namespace

TEST_CASE("after kill -9 everything acknowledged is there, and whole commits only") {
  Directory directory;
  SqliteOptions options;
  options.path = directory / "store.db";
  auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 25; ++round) {
    options.full_sync = round % 5 == 0;  // kill -9 alone loses nothing either way
    Revision said = kill_one(options, random);
    auto store = open_sqlite(options);
    REQUIRE(store.has_value());
    CHECK((*store)->log().head() >= said);
    check_whole(**store);
  }
}

TEST_CASE("after kill -9 the leases of the dead process can be taken at once") {
  Directory directory;
  SqliteOptions options;
  options.path = directory / "store.db";
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  pid_t child = fork();
  if (child == 0) {
    auto store = open_sqlite(options);
    std::uint64_t token = store ? (*store)->leases().acquire("l", "dead", std::chrono::hours(1)).value_or(0) : 0;
    (void)!write(ends[1], &token, sizeof token);
    for (;;) pause();
  }
  std::uint64_t token = 0;
  REQUIRE(read(ends[0], &token, sizeof token) == sizeof token);
  auto refused = open_sqlite(options);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(refused.error().message.find("conformance-sto") != std::string::npos);
  CHECK(refused.error().message.find(" pid " + std::to_string(child)) != std::string::npos);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  auto store = open_sqlite(options);
  REQUIRE(store.has_value());
  CHECK((*store)->leases().acquire("l", "alive", std::chrono::hours(1)).value() > token);
}
