#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sys/uio.h>

#include "netweave/http/native.hpp"

#include "http/head.hpp"
#include "http/parser.hpp"

namespace Pistache::Tcp {
class Transport;
}

namespace netweave::gateway {

class Conversation;
using TimePoint = std::chrono::steady_clock::time_point;

/// The next bytes of a BodyStream; no bytes: its end.
struct Piece {
  std::optional<std::string> bytes;
};

/// What the connections of one server share. Any thread.
struct Hub {
  Hub(http::NativeOptions given, http::Handler handle) : options(std::move(given)), handler(std::move(handle)) {}

  void add(const std::shared_ptr<Conversation>& conversation);
  void remove(Conversation* conversation);
  [[nodiscard]] std::vector<std::shared_ptr<Conversation>> all();
  /// False when the time ran out.
  bool wait_until_empty(std::chrono::milliseconds time);
  void log(std::string_view level, std::string_view message) const;

  const http::NativeOptions options;
  http::Handler handler;
  std::atomic<std::size_t> in_flight{0};
  std::atomic<std::size_t> connections{0};
  std::atomic<bool> stopping{false};

  std::shared_mutex transport_mutex;  ///< held shared around each use of a transport
  bool transports_gone = false;       ///< guarded by transport_mutex

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_map<Conversation*, std::weak_ptr<Conversation>> conversations_;
};

/// One connection. Pistache's transport reads and closes the socket; this writes to it at once where it can, and leaves
/// the rest to the transport. Any thread: a completion writes on the thread that calls it.
class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(std::shared_ptr<Hub> hub, Pistache::Tcp::Transport& transport, int fd, std::string peer);

  void input(std::string_view bytes);
  /// The socket is about to be closed: nothing touches it any more.
  void gone();
  /// Ends what is late.
  void check(TimePoint now);
  void drain();
  /// Pistache sees the end of the stream, and closes.
  void cut();

  void settle(std::optional<http::Response> response);
  void settle(std::optional<Piece> piece);

 private:
  enum class Phase { receiving, handling, writing, streaming, lingering };
  using Lock = std::unique_lock<std::mutex>;

  void run(Lock& lock);
  void step(Lock& lock);
  void dispatch(Lock& lock);
  void refuse(Lock& lock, int status, std::string_view detail);
  void respond(Lock& lock, http::Response response);
  void write(Lock& lock);
  bool send_now();
  void hand_over(Lock& lock);
  void written(Lock& lock);
  void finish(Lock& lock);
  void pull(Lock& lock);
  void write_piece(Lock& lock, std::optional<Piece> piece);
  void reset_connection();
  void add_piece(std::string_view bytes);

  const std::shared_ptr<Hub> hub_;
  Pistache::Tcp::Transport& transport_;
  const std::string peer_;

  std::mutex mutex_;  // guards all below; never held while a handler, a stream or the transport is called
  int fd_;
  bool gone_ = false;
  Phase phase_ = Phase::receiving;
  bool running_ = false;
  bool started_ = false;
  bool continued_ = false;
  bool close_after_ = false;
  bool to_head_ = false;
  TimePoint deadline_;
  http::RequestParser parser_;
  std::string input_;
  std::stop_source stop_;
  http::Framing framing_;
  http::Response response_;
  std::string head_;
  std::string chunk_;
  std::vector<iovec> pieces_;
  std::size_t sent_ = 0;
  bool pulling_ = false;  // inside BodyStream::next
  bool pulled_ = false;   // `piece_` came meanwhile
  std::optional<Piece> piece_;
};

}  // namespace netweave::gateway
