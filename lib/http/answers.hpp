#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "netweave/http/message.hpp"

namespace netweave::http {

/// The next bytes of a BodyStream; no bytes: its end.
struct Piece {
  std::optional<std::string> bytes;
};

/// Answers that are given inside the very call that asked: for them nothing is posted. One thread.
class Answers {
 public:
  /// Runs `call(awaited)`, which names in `awaited` whose answer it waits for. The answer, where it came meanwhile.
  template <class T, class Call>
  std::optional<std::optional<T>> during(Call&& call) {
    auto& here = std::get<std::optional<std::optional<T>>>(here_);
    here.reset();
    call(awaited_);
    awaited_ = nullptr;
    return std::exchange(here, std::nullopt);
  }

  /// False unless the call that asked `reply` is under way.
  template <class T>
  bool take(const void* reply, std::optional<T>& value) {
    if (awaited_ != reply) return false;
    std::get<std::optional<std::optional<T>>>(here_).emplace(std::move(value));
    return true;
  }

 private:
  const void* awaited_ = nullptr;
  std::tuple<std::optional<std::optional<Response>>, std::optional<std::optional<Piece>>> here_;
};

}  // namespace netweave::http
