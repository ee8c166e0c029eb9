#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "netweave/result.hpp"

struct redisReply;
struct redisReader;

/// hiredis' reader with ownership, and commands in the server's own protocol (RESP 2). reply.cpp alone includes
/// hiredis.
namespace netweave::store::redis {

/// A part of a reply, borrowed. What is not there, or of another type, reads as nothing: "", 0, no items.
class View {
 public:
  View() = default;
  explicit View(const redisReply* reply) : reply_(reply) {}

  [[nodiscard]] bool is_nil() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] std::string_view text() const;
  /// An integer, or a text of digits.
  [[nodiscard]] std::uint64_t number() const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] View at(std::size_t index) const;
  /// What an error reply says: "WRONGPASS invalid username-password pair"; empty: it is none.
  [[nodiscard]] std::string_view error() const;

 private:
  const redisReply* reply_ = nullptr;
};

class Reply {
 public:
  explicit Reply(redisReply* reply) : reply_(reply) {}
  [[nodiscard]] View view() const { return View(reply_.get()); }
  [[nodiscard]] View at(std::size_t index) const { return view().at(index); }

 private:
  struct Free {
    void operator()(redisReply* reply) const;
  };
  std::unique_ptr<redisReply, Free> reply_;
};

/// Makes replies of bytes.
class ReplyReader {
 public:
  ReplyReader();
  void feed(std::string_view bytes);
  /// nullopt: more bytes are needed. `internal`: what came is not Redis' protocol.
  Result<std::optional<Reply>> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
};

/// A command being written.
class Command {
 public:
  explicit Command(std::string_view name) { add(name); }

  Command& add(std::string_view word);
  Command& add(std::uint64_t number) { return add(std::to_string(number)); }
  /// As it is sent.
  [[nodiscard]] std::string bytes() const { return "*" + std::to_string(words_) + "\r\n" + body_; }

 private:
  std::size_t words_ = 0;
  std::string body_;
};

}  // namespace netweave::store::redis
