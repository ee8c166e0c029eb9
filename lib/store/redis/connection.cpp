#include "store/redis/connection.hpp"

#include <algorithm>
#include <array>

namespace netweave::store::redis {
namespace {

/// Nothing was executed, and asking again, perhaps elsewhere, may help.
constexpr std::array<std::string_view, 9> elsewhere = {"MOVED",      "ASK",      "TRYAGAIN",  "CLUSTERDOWN", "LOADING",
                                                       "MASTERDOWN", "READONLY", "UNBLOCKED", "NOREPLICAS"};

std::string_view code_of(std::string_view reply) { return reply.substr(0, reply.find(' ')); }

bool is_elsewhere(std::string_view reply) {
  return std::find(elsewhere.begin(), elsewhere.end(), code_of(reply)) != elsewhere.end();
}

struct Meaning {
  std::string_view code;
  ErrorKind kind;
  std::string_view message;
};

constexpr Meaning meanings[] = {
    {"WRONGPASS", ErrorKind::unauthenticated,
     "refuses the user or the password: set redis.username and redis.password"},
    {"NOAUTH", ErrorKind::unauthenticated,
     "demands a password: set redis.password, and redis.username where it has users"},
    {"NOPERM", ErrorKind::denied, "forbids this user a command: give it the rights that docs/operations.md lists"},
    {"OOM", ErrorKind::unavailable, "is out of memory: raise its maxmemory, or lower store.log.max_entries"},
    {"MISCONF", ErrorKind::unavailable, "can't write to its disk and takes no more: look at its log"},
    {"NOREPLICAS", ErrorKind::unavailable, "has too few replicas to take writes (min-replicas-to-write)"},
    {"READONLY", ErrorKind::unavailable, "is a replica and takes no writes"},
    {"LOADING", ErrorKind::unavailable, "is still loading its data"},
    {"CLUSTERDOWN", ErrorKind::unavailable, "says that the cluster is down"},
    {"WRONGTYPE", ErrorKind::precondition, "has something else under our keys: set another redis.key_prefix"},
};

}  // namespace

Error error_of(std::string_view reply, const std::string& server) {
  std::string_view code = code_of(reply);
  auto known = std::find_if(std::begin(meanings), std::end(meanings), [&](const Meaning& m) { return m.code == code; });
  Error error;
  if (known != std::end(meanings))
    error = make_error(known->kind, "Redis at " + server + " " + std::string(known->message));
  else if (reply.find("invalid password") != std::string_view::npos || reply.find("AUTH") != std::string_view::npos)
    error = make_error(ErrorKind::unauthenticated, "Redis at " + server + " refuses the password: set redis.password");
  else
    error = make_error(is_elsewhere(reply) ? ErrorKind::unavailable : ErrorKind::internal,
                       "Redis at " + server + " answers with an error: " + std::string(reply));
  error.cause = reply;
  return error;
}

std::optional<Error> Connection::send_bytes(std::string_view bytes) {
  auto fault = socket_.send(bytes, std::chrono::steady_clock::now() + timeouts_.write);
  if (fault) state_ = State::lost;
  return fault;
}

std::string Connection::bytes_of(const Command& command) const {
  return asking_ ? Command("ASKING").bytes() + command.bytes() : command.bytes();
}

std::optional<Error> Connection::send(const Command& command) { return send_bytes(bytes_of(command)); }

Result<Reply> Connection::receive(std::chrono::milliseconds extra) {
  if (asking_) {
    auto ready = receive_one(extra);
    if (!ready && state_ == State::lost) return ready;
  }
  return receive_one(extra);
}

Result<Reply> Connection::receive_one(std::chrono::milliseconds extra) {
  std::array<char, 65536> bytes;
  for (;;) {
    auto next = reader_.next();
    if (!next) {
      state_ = State::lost;
      return std::move(next).error();
    }
    if (*next) return checked(std::move(**next));
    // a long answer may take long: only a silence is a fault
    auto got = socket_.receive(bytes.data(), bytes.size(), std::chrono::steady_clock::now() + timeouts_.read + extra);
    if (!got) {
      state_ = State::lost;
      if (got.error().kind == ErrorKind::timeout)
        got.error().message = "Redis at " + address_.text() + " does not answer";
      return std::move(got).error();
    }
    reader_.feed({bytes.data(), *got});
  }
}

Result<Reply> Connection::checked(Reply reply) {
  std::string_view error = reply.view().error();
  if (error.empty()) return reply;
  if (is_elsewhere(error)) state_ = State::moved;
  if (code_of(error) == "ASK") asked_ = parse_address(error.substr(error.rfind(' ') + 1));
  return error_of(error, address_.text());
}

Result<Reply> Connection::call(const Command& command, std::chrono::milliseconds extra) {
  if (auto fault = send(command)) return std::move(*fault);
  return receive(extra);
}

Result<std::vector<Reply>> Connection::call(const std::vector<Command>& commands) {
  std::string bytes;
  for (const Command& command : commands) bytes += bytes_of(command);
  if (auto fault = send_bytes(bytes)) return std::move(*fault);
  std::vector<Reply> replies;
  std::optional<Error> first;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto reply = receive();
    if (reply)
      replies.push_back(std::move(*reply));
    else if (!first)
      first = std::move(reply).error();
    if (state_ == State::lost) break;
  }
  if (first) return std::move(*first);
  return replies;
}

}  // namespace netweave::store::redis
