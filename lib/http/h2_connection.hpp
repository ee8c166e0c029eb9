#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "http/answers.hpp"
#include "http/connection.hpp"
#include "http/h2_session.hpp"
#include "http/input.hpp"
#include "http/link.hpp"
#include "http/loop.hpp"

namespace netweave::http {

class H2Connection;

/// One request of an HTTP/2 connection, on its way: what waits for the handler, and for its stream.
class H2Exchange : public std::enable_shared_from_this<H2Exchange> {
 public:
  H2Exchange(H2Connection& connection, std::int32_t stream) : id(stream), connection_(&connection) {}

  // For Reply.
  Answers answers;
  void arrived(std::optional<Response> response);
  void arrived(std::optional<Piece> piece);
  /// The stream is closed: what arrives finds nobody, and the handler may stop.
  void leave();

  const std::int32_t id;
  std::stop_source stop;
  TimePoint deadline = TimePoint::max();
  bool writing = false;
  std::size_t sent = 0;  ///< when the deadline was set

 private:
  H2Connection* connection_;
};

/// HTTP/2: the requests of a connection go to the handler as they come, and are answered in any order.
class H2Connection final : public Connection, public std::enable_shared_from_this<H2Connection> {
 public:
  H2Connection(Loop& loop, Link link);

  void start() override;
  void expire() override;
  void drain() override;
  void close(bool reset) override;

  // For H2Exchange.
  void respond(H2Exchange& exchange, std::optional<Response> response);
  void more(H2Exchange& exchange, std::optional<Piece> piece);

 private:
  enum class Phase { open, lingering, closed };

  void read();
  void on_read(const asio::error_code& error, std::size_t count);
  void go_on();
  void handle(const H2Session::Event& event);
  void dispatch(H2Exchange& exchange);
  void refuse(H2Exchange& exchange, int status, std::string_view detail);
  void ask(H2Exchange& exchange);
  void look_at(H2Exchange& exchange, TimePoint now);
  bool write();
  void linger();

  Loop& loop_;
  Link link_;
  H2Session session_;
  Input input_;
  std::unordered_map<std::int32_t, std::shared_ptr<H2Exchange>> exchanges_;
  Phase phase_ = Phase::open;
  bool reading_ = false;
  bool waiting_ = false;  ///< for the socket to take more
  bool going_on_ = false;
  bool noticed_ = false;  ///< the client was told that the server stops
  bool shut_ = false;     ///< for good
  TimePoint write_deadline_ = TimePoint::max();
  TimePoint idle_deadline_ = TimePoint::max();
  std::size_t thrown_away_ = 0;
  std::string output_;
  std::size_t written_ = 0;
};

}  // namespace netweave::http
