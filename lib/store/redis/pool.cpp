#include "store/redis/pool.hpp"

#include <algorithm>

namespace netweave::store::redis {

Result<Connection> Pool::Attempts::borrow() { return pool_.borrow(std::exchange(asked_, std::nullopt), deadline_); }

void Pool::Attempts::give_back(Connection connection) {
  asked_ = connection.asked();
  bool keep = connection.quiet() && !connection.asking();
  pool_.give_back(keep ? std::optional(std::move(connection)) : std::nullopt);
}

bool Pool::Attempts::pause(const Error& error) {
  bool may_help = error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout;
  if (!may_help || std::chrono::steady_clock::now() + pause_ >= deadline_) return false;
  static thread_local std::minstd_rand random{std::random_device{}()};
  // half of it at random: a fleet must not come back in step
  auto half = static_cast<std::minstd_rand::result_type>(pause_.count() / 2 + 1);
  auto time = pause_ / 2 + std::chrono::milliseconds(random() % half);
  pause_ = std::min(pause_ * 2, std::chrono::milliseconds(500));
  return pool_.interrupt_.pause(time);
}

Result<Connection> Pool::borrow(const std::optional<Address>& asked, TimePoint deadline) {
  {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_until(lock, deadline, [&] { return lent_ < config_.pool_size; }))
      return make_error(ErrorKind::unavailable, "all " + std::to_string(config_.pool_size) +
                                                    " connections to Redis are in use: raise redis.pool_size");
    ++lent_;
    while (!asked && !idle_.empty()) {
      Connection last = std::move(idle_.back());
      idle_.pop_back();
      if (last.quiet()) return last;  // else its server closed it meanwhile
    }
  }
  auto made = asked ? primary_.connect_to(*asked, deadline) : primary_.connect(deadline);
  if (made && asked) made->set_asking();
  if (made) return made;
  give_back(std::nullopt);
  Error error = std::move(made).error();
  if (error.kind == ErrorKind::timeout) error.kind = ErrorKind::unavailable;  // nothing was asked yet
  return error;
}

void Pool::give_back(std::optional<Connection> connection) {
  {
    std::lock_guard lock(mutex_);
    --lent_;
    if (connection)
      idle_.push_back(std::move(*connection));
    else
      idle_.clear();  // they go to the same server, which is another one now, or none
  }
  returned_.notify_one();
}

Error Pool::unknown(const Error& error) {
  if (error.kind == ErrorKind::cancelled) return error;
  Error result =
      make_error(ErrorKind::timeout,
                 "the connection to Redis was lost with the answer outstanding: whether it was done is unknown");
  result.cause = error.message;
  return result;
}

Result<Reply> Pool::call(Again again, const ScriptCall& script) {
  return with(again, [&](Connection& connection) { return redis::call(connection, script); });
}

Result<Reply> Pool::call(Again again, const Command& command) {
  return with(again, [&](Connection& connection) { return connection.call(command); });
}

Result<std::vector<Reply>> Pool::call(Again again, const std::vector<Command>& commands) {
  return with(again, [&](Connection& connection) { return connection.call(commands); });
}

Result<Connection> Pool::dial() const {
  return primary_.connect(std::chrono::steady_clock::now() + config_.dial_timeout);
}

}  // namespace netweave::store::redis
