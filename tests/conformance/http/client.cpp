#include "client.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace conformance {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

}  // namespace

std::string Answer::header(std::string_view name) const {
  const std::string* value = netweave::http::find_header(headers, name);
  return value == nullptr ? std::string() : *value;
}

std::size_t Answer::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(), [&](const auto& header) { return same_name(header.first, name); }));
}

int connect_to(std::uint16_t port, int receive_buffer, std::chrono::milliseconds patience) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  timeval wait{patience.count() / 1000, (patience.count() % 1000) * 1000};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  sockaddr_in address = loopback(port);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
  return fd;
}

Client::Client(std::uint16_t port, int receive_buffer) : wire_(make_wire(connect_to(port, receive_buffer, patience))) {}

std::string Client::local_address() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(wire_->descriptor(), reinterpret_cast<sockaddr*>(&address), &size);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

bool Client::more() {
  if (at_end_) return false;
  Wire::Got got = wire_->receive(bytes_, patience);
  at_end_ = got == Wire::Got::end;
  return got == Wire::Got::bytes;
}

bool Client::line(std::string& out) {
  std::size_t end = 0;
  while ((end = bytes_.find("\r\n")) == std::string::npos)
    if (!more()) return false;
  out = bytes_.substr(0, end);
  bytes_.erase(0, end + 2);
  return true;
}

bool Client::take(std::size_t count, std::string& out) {
  while (bytes_.size() < count)
    if (!more()) return false;
  out.append(bytes_, 0, count);
  bytes_.erase(0, count);
  return true;
}

bool Client::read_head(Answer& answer) {
  std::string text;
  if (!line(text) || text.size() < 13 || text[8] != ' ' || text[12] != ' ') return false;
  answer.version = text.substr(0, 8);
  answer.status = std::atoi(text.substr(9, 3).c_str());
  while (line(text)) {
    if (text.empty()) return answer.version == "HTTP/1.1" || answer.version == "HTTP/1.0";
    std::size_t colon = text.find(": ");
    if (colon == std::string::npos) return false;
    answer.headers.emplace_back(text.substr(0, colon), text.substr(colon + 2));
  }
  return false;
}

bool Client::read_chunks(Answer& answer) {
  for (std::string size; line(size); ++answer.chunks) {
    std::size_t count = std::strtoul(size.c_str(), nullptr, 16);
    if (!take(count, answer.body) || !line(size) || !size.empty()) return false;
    if (count == 0) return true;
  }
  return false;
}

std::optional<Answer> Client::answer(bool to_head) {
  Answer answer;
  if (!read_head(answer)) return std::nullopt;
  if (to_head || answer.status < 200 || answer.status == 204 || answer.status == 304) return answer;
  if (answer.header("Transfer-Encoding") == "chunked") {
    if (!read_chunks(answer)) return std::nullopt;
  } else if (answer.count("Content-Length") == 1) {
    if (!take(std::strtoul(answer.header("Content-Length").c_str(), nullptr, 10), answer.body)) return std::nullopt;
  } else {
    answer.body = rest();
  }
  return answer;
}

bool Client::closed() { return bytes_.empty() && !more() && at_end_; }

bool Client::torn() {
  pollfd wait{wire_->descriptor(), 0, 0};
  return ::poll(&wait, 1, static_cast<int>(patience.count())) > 0 && (wait.revents & (POLLERR | POLLHUP)) != 0;
}

bool Client::silent() {
  if (!bytes_.empty() || at_end_) return false;
  Wire::Got got = wire_->receive(bytes_, std::chrono::milliseconds(0));
  at_end_ = got == Wire::Got::end;
  return got == Wire::Got::nothing;
}

std::string Client::rest() {
  while (more()) {
  }
  return std::exchange(bytes_, {});
}

}  // namespace conformance
