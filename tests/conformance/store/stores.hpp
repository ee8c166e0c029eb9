#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "redis_server.hpp"
#include "store/store.hpp"

/// The stores under test, each as a type for TEST_CASE_TEMPLATE, and short ways to write commits.
namespace netweave::store::test {

/// A directory of its own, gone at the end.
class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "netweave-store-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class Memory {
 public:
  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  /// As after a restart; what does not outlive the process does nothing.
  void reopen() {}

 private:
  std::unique_ptr<Store> store_ = open_memory();
};

class Sqlite {
 public:
  explicit Sqlite(SqliteOptions options = {}) : options_(std::move(options)) {
    options_.path = directory_ / "store.db";
    options_.full_sync = false;  // what the tests ask for is the same, and the disk is spared
    open();
  }
  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  void reopen() {
    close();
    open();
  }
  void close() { store_.reset(); }
  [[nodiscard]] const std::string& path() const { return options_.path; }

 private:
  void open() {
    auto opened = open_sqlite(options_);
    if (!opened) throw std::runtime_error(opened.error().message + " " + opened.error().cause);
    store_ = std::move(*opened);
  }
  Directory directory_;
  SqliteOptions options_;
  std::unique_ptr<Store> store_;
};

class Redis {
 public:
  /// On a server that tests share, where no other is named, under keys of its own.
  explicit Redis(RedisOptions options = {}) : options_(std::move(options)) {
    static int number = 0;
    if (options_.redis.addresses == RedisConfig().addresses) options_.redis.addresses = {shared_redis().address()};
    if (options_.o_cloud == RedisOptions().o_cloud) options_.o_cloud = "test-" + std::to_string(++number);
    open();
  }
  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  void reopen() {
    close();
    open();
  }
  void close() { store_.reset(); }
  [[nodiscard]] const RedisOptions& options() const { return options_; }
  [[nodiscard]] std::string keys() const { return "{" + options_.redis.key_prefix + ":" + options_.o_cloud + "}:"; }

 private:
  void open() {
    auto opened = open_redis(options_);
    if (!opened) throw std::runtime_error(opened.error().message + " " + opened.error().cause);
    store_ = std::move(*opened);
  }
  RedisOptions options_;
  std::unique_ptr<Store> store_;
};

inline Config config_of(const RedisOptions& options) {
  Config config;
  config.store.backend = StoreBackend::redis;
  config.redis = options.redis;
  config.o_cloud.id = options.o_cloud;
  return config;
}

inline ObjectRef object(const std::string& id, const std::string& content = "", Kind kind = Kind::resource_pool) {
  model::Draft draft;
  draft.kind = kind;
  draft.id = id;
  draft.json = R"({"resourcePoolId":")" + id + R"(","name":")" + content + R"("})";
  draft.adapter = "sim";
  draft.uid = "uid-" + id;
  return model::Object::make(draft);
}

inline Commit commit_of(std::vector<Change> changes, Millis time = 0) {
  Commit commit;
  commit.changes = std::move(changes);
  commit.time = time;
  return commit;
}

/// Puts a new object; gives it stamped.
inline ObjectRef put(Store& store, const std::string& id, const std::string& content = "", Millis time = 0) {
  ObjectRef made = object(id, content);
  auto done = store.log().commit(commit_of({{made, nullptr}}, time));
  if (!done) throw std::runtime_error(done.error().message);
  return made;
}

inline std::vector<ObjectRef> load(Store& store) {
  std::vector<ObjectRef> all;
  auto done = store.log().load([&](ObjectRef each) { all.push_back(std::move(each)); });
  if (!done) throw std::runtime_error(done.error().message);
  return all;
}

/// An object in words, to compare: "r3 a sim uid-a {...}"; "-" for none.
inline std::string words(const ObjectRef& ref) {
  if (!ref) return "-";
  const model::Object& o = *ref;
  std::string text = "r" + std::to_string(o.revision()) + " " + std::to_string(static_cast<int>(o.kind()));
  for (std::string_view part : {o.id(), o.pool(), o.type(), o.adapter(), o.reference(), o.uid(), o.tenant(), o.json()})
    text += " " + std::string(part);
  return text + " v" + std::to_string(o.version());
}
inline std::string words(const Entry& entry) {
  return std::to_string(entry.revision) + " @" + std::to_string(entry.time) + " " + words(entry.object) + " <- " +
         words(entry.prior);
}

}  // namespace netweave::store::test
