#include <array>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.hpp"

namespace conformance {
namespace {

class Plain final : public Wire {
 public:
  explicit Plain(int socket) : socket_(socket) {}
  ~Plain() override { ::close(socket_); }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

  bool send(std::string_view bytes) override {
    while (!bytes.empty()) {
      ssize_t put = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }

  Got receive(std::string& into, std::chrono::milliseconds patience) override {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(patience.count())) <= 0) return Got::nothing;
    std::array<char, 65536> space;
    ssize_t got = ::recv(socket_, space.data(), space.size(), 0);
    if (got <= 0) return Got::end;
    into.append(space.data(), static_cast<std::size_t>(got));
    return Got::bytes;
  }

  void end_writing() override { ::shutdown(socket_, SHUT_WR); }
  [[nodiscard]] int descriptor() const override { return socket_; }

 private:
  int socket_;
};

}  // namespace

std::unique_ptr<Wire> make_wire(int socket) { return std::make_unique<Plain>(socket); }
void prepare(netweave::http::NativeOptions&) {}
std::string_view scheme() { return "http"; }

}  // namespace conformance
