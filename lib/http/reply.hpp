#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/loop.hpp"
#include "http/problem.hpp"

namespace netweave::http {

/// One of `in_flight`.
class InFlight {
 public:
  explicit InFlight(Shared& shared) : shared_(&shared) { ++shared_->in_flight; }
  InFlight(InFlight&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  InFlight& operator=(InFlight&&) = delete;
  ~InFlight() { release(); }
  void release() noexcept {
    if (Shared* shared = std::exchange(shared_, nullptr)) --shared->in_flight;
  }

 private:
  Shared* shared_;
};

/// What a receiver (a connection, or a stream of one) waits for: a T that comes from any thread, once, perhaps before
/// the call that asked returned (then it is in the receiver's `answers`, else its `arrived` is called), perhaps when
/// the client or the server is gone. Copies of one callback share it; when the last is dropped unused, the receiver is
/// told. Keeps the loop alive, not the receiver.
template <class T, class Receiver>
class Reply {
 public:
  Reply(Loop& loop, std::weak_ptr<Receiver> receiver, std::optional<InFlight> counted = std::nullopt)
      : loop_(loop.shared_from_this()), receiver_(std::move(receiver)), counted_(std::move(counted)) {}
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() {
    if (settled_.load(std::memory_order_relaxed)) return;
    try {
      settle(std::nullopt);
    } catch (const std::exception& failure) {
      loop_->shared().log("error", failure.what());
    }
  }

  /// nullopt: it will never come. Only the first call counts.
  void settle(std::optional<T> value) {
    if (settled_.exchange(true)) return;
    if (counted_) counted_->release();
    if (loop_->here()) {
      auto receiver = receiver_.lock();
      if (!receiver || receiver->answers.take(this, value)) return;
    }
    loop_->post([receiver = receiver_, value = std::move(value)]() mutable {
      if (auto there = receiver.lock()) there->arrived(std::move(value));
    });
  }

 private:
  std::shared_ptr<Loop> loop_;
  std::weak_ptr<Receiver> receiver_;
  std::optional<InFlight> counted_;
  std::atomic<bool> settled_{false};
};

/// Calls the handler. The response where it came at once, nullopt inside where it never will.
template <class Receiver>
std::optional<std::optional<Response>> call_handler(Loop& loop, const std::shared_ptr<Receiver>& receiver,
                                                    Request request, InFlight counted) {
  Shared& shared = loop.shared();
  return receiver->answers.template during<Response>([&](const void*& awaited) {
    try {
      auto reply = std::make_shared<Reply<Response, Receiver>>(loop, receiver, std::move(counted));
      awaited = reply.get();
      shared.handler(std::move(request),
                     [reply = std::move(reply)](Response response) { reply->settle(std::move(response)); });
    } catch (const std::exception& failure) {
      shared.log("error", std::string("http: the handler threw: ") + failure.what());
    } catch (...) {
      shared.log("error", "http: the handler threw");
    }
  });
}

/// Asks the stream for its next piece, likewise.
template <class Receiver>
std::optional<std::optional<Piece>> call_stream(Loop& loop, const std::shared_ptr<Receiver>& receiver,
                                                BodyStream& stream) {
  return receiver->answers.template during<Piece>([&](const void*& awaited) {
    try {
      auto reply = std::make_shared<Reply<Piece, Receiver>>(loop, receiver);
      awaited = reply.get();
      stream.next(
          [reply = std::move(reply)](std::optional<std::string> bytes) { reply->settle(Piece{std::move(bytes)}); });
    } catch (const std::exception& failure) {
      loop.shared().log("error", std::string("http: a body stream threw: ") + failure.what());
    }
  });
}

/// What is sent for what the handler answered, or did not.
inline Response answer_of(Loop& loop, std::optional<Response> response, const Request& request) {
  if (response && response->status >= 200 && response->status <= 999) return std::move(*response);
  loop.shared().log("error", response ? "http: the handler answered with a status that is none"
                                      : "http: the handler dropped its completion");
  return problem(500, "the request was not answered: see the server's log", request);
}

}  // namespace netweave::http
