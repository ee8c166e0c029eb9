#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "api/call.hpp"

namespace netweave::api {

/// The first answer to an Idempotency-Key, kept for 24 hours as an object of the log, written in the same commit as
/// what it answers.
class Idempotency {
 public:
  /// Answers the call itself, and gives false, where its key was used before (or is being used); else true, and the
  /// key is held until the call is answered. Calls without a key pass.
  bool hold(const CallRef& call);
  /// Stages the answer that the key stands for; nothing without a key.
  static void remember(state::Transaction& transaction, const Call& call, int status, const std::string& location,
                       std::string_view body);

  /// A step that forgets what is older than 24 hours; at most a commit's worth.
  static Result<void> forget_old(state::Transaction& transaction);

 private:
  bool admit(const CallRef& call);
  void release(const Call& call);

  std::mutex mutex_;
  std::set<std::string> in_use_;
};

}  // namespace netweave::api
