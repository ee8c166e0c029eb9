#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "store/lease_table.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/file.hpp"

/// What the parts of one open store share. `mutex` is held around every use of the connection and the leases.
namespace netweave::store::sqlite {

struct Database {
  Database(FileLock file, Connection connected) : lock(std::move(file)), connection(std::move(connected)) {}

  FileLock lock;
  std::mutex mutex;
  Connection connection;
  LeaseTable leases;
  Sync durable = Sync::full;        ///< for what was promised to be durable
  std::atomic<bool> broken{false};  ///< an epoch began since the last load
};

/// Prepares many statements; the first fault sticks.
class Preparer {
 public:
  explicit Preparer(Connection& connection) : connection_(connection) {}
  Preparer& add(Statement& into, std::string_view sql) {
    if (fault_) return *this;
    auto prepared = connection_.prepare(sql);
    if (prepared)
      into = std::move(*prepared);
    else
      fault_ = std::move(prepared).error();
    return *this;
  }
  [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }

 private:
  Connection& connection_;
  std::optional<Error> fault_;
};

}  // namespace netweave::store::sqlite
