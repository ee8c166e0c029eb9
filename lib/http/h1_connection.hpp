#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <sys/uio.h>

#include "http/answers.hpp"
#include "http/connection.hpp"
#include "http/head.hpp"
#include "http/input.hpp"
#include "http/link.hpp"
#include "http/loop.hpp"
#include "http/parser.hpp"

namespace netweave::http {

/// HTTP/1: reads a request, hands it to the handler, writes the answer, and again. Requests that came together are
/// answered one after the other, in order.
class H1Connection final : public Connection, public std::enable_shared_from_this<H1Connection> {
 public:
  H1Connection(Loop& loop, Link link);

  void start() override;
  void expire() override;
  void drain() override;
  void close(bool reset) override;

  // For Reply.
  Answers answers;
  void arrived(std::optional<Response> response);
  void arrived(std::optional<Piece> piece);

 private:
  enum class Phase {
    receiving,  ///< idle, or a request is coming
    handling,   ///< the handler has the request
    writing,
    streaming,  ///< the body's next piece is awaited
    lingering,  ///< the last answer is written: what still comes is thrown away until the client closes
    closed
  };

  void read();
  void on_read(const asio::error_code& error, std::size_t count);
  void on_end(bool reset);
  void advance();
  void step();
  void begin_receiving();
  void dispatch();
  void refuse(int status, std::string_view detail);

  void respond(Response response);
  void gather_body();
  void write();
  bool write_pending();
  void on_written();
  void finish_response();
  void next_piece();
  void write_piece(std::string bytes);
  void linger();

  Loop& loop_;
  Link link_;
  Stream& stream_;
  RequestParser parser_;
  Input input_;
  std::stop_source stop_;
  Phase phase_ = Phase::receiving;
  bool reading_ = false;
  bool ended_ = false;      ///< the client will send no more
  bool advancing_ = false;  ///< `advance` is on the stack
  bool started_ = false;    ///< a byte of the request has come
  bool continued_ = false;  ///< its 100 was sent
  bool to_head_ = false;
  bool close_after_ = false;
  std::size_t thrown_away_ = 0;

  Framing framing_;
  Response response_;  ///< being written: owns what `pieces_` points at
  std::string head_;
  std::string chunk_;
  std::vector<iovec> pieces_;
  std::size_t written_pieces_ = 0;
};

}  // namespace netweave::http
