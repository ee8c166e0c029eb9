#pragma once

#include <functional>
#include <string>

#include "netweave/value.hpp"

#include "client.hpp"

namespace netweave::cli {

/// A list's changes as the gateway tells them (`?watch=true&revision=`). One thread.
class Follower {
 public:
  /// What a change means: its type, and the object. False: no more are wanted.
  using Each = std::function<bool(std::string_view type, const Value& object)>;

  /// `query` without an order.
  Follower(Client& client, std::string path, std::string query);

  /// Tells the changes after `revision`, which moves along, until the gateway ends the stream or no more are wanted.
  /// Errors: those of Client::send; a revision that the log no longer holds has the code "Gone".
  Result<void> follow(std::string& revision, const Each& each);

 private:
  bool take(std::string_view line, std::string& revision, const Each& each);

  Client& client_;
  std::string path_;
  std::string query_;
  Error told_;  // by the stream itself
  bool failed_ = false;
};

}  // namespace netweave::cli
