#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/redis/reply.hpp"
#include "store/redis/socket.hpp"

namespace netweave::store::redis {

/// What an error reply means to a caller. `server` names it in the message.
Error error_of(std::string_view reply, const std::string& server);

/// One conversation with one server. One thread at a time; blocks.
class Connection {
 public:
  /// Whether the connection, or the server behind it, can still be used.
  enum class State {
    good,
    moved,  ///< the server would not execute a command: another one is the primary now, or none is for the moment
    lost    ///< what became of the last command is unknown
  };
  struct Timeouts {
    std::chrono::milliseconds read;
    std::chrono::milliseconds write;
  };

  Connection(Socket socket, Address address, Timeouts timeouts)
      : socket_(std::move(socket)), address_(std::move(address)), timeouts_(timeouts) {}

  /// Sends and waits for the answer, `extra` longer than usual. An error reply is an Error: see error_of.
  Result<Reply> call(const Command& command, std::chrono::milliseconds extra = {});
  /// All sent at once; one answer each. The first error reply is the Error.
  Result<std::vector<Reply>> call(const std::vector<Command>& commands);
  std::optional<Error> send(const Command& command);
  Result<Reply> receive(std::chrono::milliseconds extra = {});

  [[nodiscard]] State state() const noexcept { return state_; }
  /// Each command asks for a hash slot that is being imported here.
  void set_asking() { asking_ = true; }
  [[nodiscard]] bool asking() const noexcept { return asking_; }
  /// Where a moved hash slot is being imported: the address that the last ASK named.
  [[nodiscard]] const std::optional<Address>& asked() const noexcept { return asked_; }
  [[nodiscard]] const Address& address() const noexcept { return address_; }
  /// True where nothing was said since the last answer: it may be used again.
  [[nodiscard]] bool quiet() const { return state_ == State::good && socket_.quiet(); }

 private:
  std::optional<Error> send_bytes(std::string_view bytes);
  [[nodiscard]] std::string bytes_of(const Command& command) const;
  Result<Reply> receive_one(std::chrono::milliseconds extra);
  Result<Reply> checked(Reply reply);

  Socket socket_;
  Address address_;
  Timeouts timeouts_;
  ReplyReader reader_;
  State state_ = State::good;
  std::optional<Address> asked_;
  bool asking_ = false;
};

}  // namespace netweave::store::redis
