#pragma once

#include <utility>

#include "netweave/http/message.hpp"

#include "http/loop.hpp"
#include "http/stream.hpp"

namespace netweave::http {

/// An open connection below HTTP, with who is at its other end.
struct Link {
  Link(asio::io_context& context, Accepted accepted)
      : admission(std::move(accepted.admission)),
        stream(context, accepted.v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), std::exchange(accepted.fd, -1)) {
    peer.address = std::move(accepted.peer);
  }

  Admission admission;
  Stream stream;
  Peer peer;
};

}  // namespace netweave::http
