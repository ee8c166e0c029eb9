#include "events/courier.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <list>
#include <unordered_map>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "events/answer_parser.hpp"
#include "events/callback.hpp"
#include "events/dialer.hpp"
#include "events/socket_poll.hpp"
#include "events/tls_client.hpp"

namespace netweave::events {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto longest_rest = std::chrono::seconds(118);  // servers commonly end a connection after two minutes
constexpr std::size_t read_bytes = 16384;

struct Line;
struct Shipment;

/// Scheme, host and port: whose connections one parcel can have from another.
struct Origin {
  std::string text;  // "https://host:port", as in the URL
  Callback callback;
  std::string dialled;  // the host, with its brackets
  std::string head;     // what every request says
  std::vector<Line*> resting{};
  std::size_t users = 0;  // lines and shipments
};

/// A connection. It has one request at a time.
struct Line {
  Line(Origin& to, int by) : origin(to), socket(by) {}

  Origin& origin;
  int socket;
  std::list<Line>::iterator place{};
  std::unique_ptr<TlsSession> tls{};
  AnswerParser parser{};
  Shipment* shipment = nullptr;  // nullptr: it rests
  std::string sealed{};          // with TLS: what goes out
  std::size_t sent = 0;          // of that, or of the shipment's bytes
  bool kept = false;             // it has had an answer before
  Clock::time_point since{};     // it rests
};

struct Shipment {
  std::uint64_t token = 0;
  Origin& origin;
  std::string bytes;  // the request
  Clock::time_point deadline;
  Line* line = nullptr;  // nullptr: it is being dialled
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

std::size_t end_of_authority(std::string_view url) {
  std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return 0;
  return std::min(url.find_first_of("/?", scheme + 3), url.size());
}

std::string make_request(const Origin& origin, std::string_view target, const Parcel& parcel) {
  std::string out;
  out.reserve(target.size() + origin.head.size() + parcel.headers.size() + parcel.body.size() + 64);
  out += target.starts_with('/') ? "POST " : "POST /";
  out += target;
  out += " HTTP/1.1\r\n";
  out += origin.head;
  out += parcel.headers;
  out += "Content-Length: ";
  out += std::to_string(parcel.body.size());
  out += "\r\n\r\n";
  out += parcel.body;
  return out;
}

}  // namespace

/// A turn costs what moves, not what is under way; a notification over a kept connection is one send, one receive and a
/// share of one epoll_wait.
struct Courier::Impl {
  Impl(const CourierLimits& with, const transport::AddressGuard& by) : limits(with), dialer(poll, by, with.timeout) {}
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Origin* origin_of(std::string_view text);
  void let_go(Origin& origin);
  void dispatch(Shipment& shipment);
  void on_dialled(Dialer::Outcome outcome);
  void load(Line& line, Shipment& shipment);
  void write(Line& line);
  void read(Line& line);
  void take(Line& line, std::string_view bytes);
  void judge(Line& line);
  void on_end(Line& line, std::string why);
  void answered(Line& line);
  void lost(Line& line, std::string why);
  void rest(Line& line);
  void close(Line& line);
  void settle(Shipment& shipment, Receipt receipt);
  void on_ready(const SocketPoll::Ready& ready);
  void keep_time();
  [[nodiscard]] std::chrono::milliseconds until_due(std::chrono::milliseconds timeout) const;

  CourierLimits limits;
  SocketPoll poll{};
  Dialer dialer;
  TlsClient tls{};
  std::unordered_map<std::string, Origin, TextHash, std::equal_to<>> origins{};
  std::list<Line> busy{};
  std::list<Line> resting{};        // the one that rests longest first
  std::vector<Line*> by_socket{};   // nullptr: the dialer's, or nobody's
  std::list<Shipment> under_way{};  // in order of their deadlines: all have the same time
  std::unordered_map<std::uint64_t, std::list<Shipment>::iterator> by_token{};
  std::vector<Receipt> receipts{};
  std::string opened{};  // scratch: what TLS gave
};

Courier::Impl::~Impl() {
  while (!busy.empty()) close(busy.front());
  while (!resting.empty()) close(resting.front());
}

/// nullptr: nothing that could be called.
Origin* Courier::Impl::origin_of(std::string_view text) {
  auto place = origins.find(text);
  if (place != origins.end()) return &place->second;
  auto callback = read_callback(text);
  if (!callback) return nullptr;
  std::string_view authority = text.substr(text.find("://") + 3);
  Origin made{std::string(text), std::move(*callback), {}, {}};
  bool bracketed = authority.starts_with('[');
  made.dialled = bracketed ? "[" + made.callback.host + "]" : made.callback.host;
  made.head = "Host: " + std::string(authority) + "\r\nUser-Agent: netweave\r\nAccept: */*\r\n";
  return &origins.emplace(made.text, std::move(made)).first->second;
}

void Courier::Impl::let_go(Origin& origin) {
  if (--origin.users == 0) origins.erase(origins.find(origin.text));
}

/// Over a connection that rests, or over a new one.
void Courier::Impl::dispatch(Shipment& shipment) {
  Origin& origin = shipment.origin;
  if (origin.resting.empty()) {
    dialer.dial(shipment.token, origin.dialled, origin.callback.port);
    return;
  }
  Line& line = *origin.resting.back();
  origin.resting.pop_back();
  busy.splice(busy.end(), resting, line.place);
  load(line, shipment);
}

void Courier::Impl::on_dialled(Dialer::Outcome outcome) {
  Shipment& shipment = *by_token.at(outcome.token);
  if (outcome.socket < 0) return settle(shipment, {outcome.token, 0, std::move(outcome.error), {}});
  Line& line = busy.emplace_back(shipment.origin, outcome.socket);
  line.place = std::prev(busy.end());
  ++shipment.origin.users;
  auto number = static_cast<std::size_t>(line.socket);
  if (number >= by_socket.size()) by_socket.resize(number + 1);
  by_socket[number] = &line;
  if (shipment.origin.callback.secure) {
    line.tls = tls.open(shipment.origin.callback.host);
    if (!line.tls) {
      line.shipment = &shipment;
      return lost(line, "TLS failed: out of memory");
    }
  }
  load(line, shipment);
}

void Courier::Impl::load(Line& line, Shipment& shipment) {
  line.shipment = &shipment;
  shipment.line = &line;
  line.sent = 0;
  line.parser.next();
  if (line.tls && line.tls->established())
    line.tls->seal(shipment.bytes, line.sealed);
  else if (line.tls)
    line.tls->handshake(line.sealed);
  write(line);
}

/// A connection that takes no more is one that has ended: reading tells how.
void Courier::Impl::write(Line& line) {
  std::string_view bytes = line.tls                   ? line.sealed
                           : line.shipment != nullptr ? line.shipment->bytes
                                                      : std::string_view();
  while (line.sent < bytes.size()) {
    ssize_t count =
        ::send(line.socket, bytes.data() + line.sent, bytes.size() - line.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    line.sent = count < 0 ? bytes.size() : line.sent + static_cast<std::size_t>(count);
  }
  bool more = line.sent < bytes.size();
  poll.watch(line.socket, true, more);
  if (line.tls && !more) {
    line.sealed.clear();
    line.sent = 0;
  }
}

void Courier::Impl::read(Line& line) {
  std::array<char, read_bytes> buffer;
  ssize_t count = ::recv(line.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (count < 0) return on_end(line, std::string("the connection broke: ") + std::strerror(errno));
  if (count == 0) return on_end(line, "the connection ended before the answer");
  take(line, {buffer.data(), static_cast<std::size_t>(count)});
}

void Courier::Impl::take(Line& line, std::string_view bytes) {
  if (!line.tls) {
    line.parser.feed(bytes);
    return judge(line);
  }
  line.tls->feed(bytes);
  if (!line.tls->established() && line.tls->handshake(line.sealed)) line.tls->seal(line.shipment->bytes, line.sealed);
  if (line.tls->established()) {
    opened.clear();
    line.tls->open(opened, line.sealed);
    line.parser.feed(opened);
  }
  if (!line.sealed.empty()) write(line);
  judge(line);
}

void Courier::Impl::judge(Line& line) {
  bool over = line.tls && (line.tls->ended() || !line.tls->fault().empty());
  if (line.shipment == nullptr) {  // nothing is to come where nothing was asked
    if (over || line.parser.begun()) close(line);
  } else if (line.parser.state() == AnswerParser::State::complete) {
    answered(line);
  } else if (line.parser.state() == AnswerParser::State::refused) {
    lost(line, std::string(line.parser.fault()));
  } else if (over) {
    on_end(line, line.tls->fault().empty() ? "the connection ended before the answer" : line.tls->fault());
  }
}

void Courier::Impl::on_end(Line& line, std::string why) {
  if (line.shipment == nullptr) return close(line);
  line.parser.end();
  line.parser.state() == AnswerParser::State::complete ? answered(line) : lost(line, std::move(why));
}

void Courier::Impl::answered(Line& line) {
  Shipment& shipment = *line.shipment;
  Receipt receipt{shipment.token, line.parser.status(), {}, line.parser.retry_after()};
  bool whole = line.tls ? line.sealed.empty() && !line.tls->ended() && line.tls->fault().empty()
                        : line.sent == shipment.bytes.size();
  bool keeps = whole && line.parser.keeps_connection();
  settle(shipment, std::move(receipt));
  keeps ? rest(line) : close(line);
}

/// One that was kept may have been ended by the server just when it was used again: that is no fault of the parcel's.
void Courier::Impl::lost(Line& line, std::string why) {
  Shipment& shipment = *line.shipment;
  bool again = line.kept && !line.parser.begun();
  shipment.line = nullptr;
  close(line);
  if (again)
    dialer.dial(shipment.token, shipment.origin.dialled, shipment.origin.callback.port);
  else
    settle(shipment, {shipment.token, 0, std::move(why), {}});
}

void Courier::Impl::rest(Line& line) {
  line.shipment = nullptr;
  line.kept = true;
  line.since = Clock::now();
  line.parser.next();
  resting.splice(resting.end(), busy, line.place);
  line.origin.resting.push_back(&line);
  if (resting.size() > limits.idle_connections) close(resting.front());
}

void Courier::Impl::close(Line& line) {
  poll.watch(line.socket, false, false);
  ::close(line.socket);
  by_socket[static_cast<std::size_t>(line.socket)] = nullptr;
  Origin& origin = line.origin;
  if (line.shipment == nullptr) {
    std::erase(origin.resting, &line);
    resting.erase(line.place);
  } else {
    busy.erase(line.place);
  }
  let_go(origin);
}

void Courier::Impl::settle(Shipment& shipment, Receipt receipt) {
  receipts.push_back(std::move(receipt));
  auto place = by_token.find(shipment.token);
  Origin& origin = shipment.origin;
  under_way.erase(place->second);
  by_token.erase(place);
  let_go(origin);
}

void Courier::Impl::on_ready(const SocketPoll::Ready& ready) {
  auto number = static_cast<std::size_t>(ready.socket);
  Line* line = number < by_socket.size() ? by_socket[number] : nullptr;
  if (line == nullptr) return dialer.on_ready(ready);
  if (ready.writes) write(*line);
  if (ready.reads || ready.broken) read(*line);
}

void Courier::Impl::keep_time() {
  auto present = Clock::now();
  while (!under_way.empty() && under_way.front().deadline <= present) {
    Shipment& shipment = under_way.front();
    std::string why = shipment.line != nullptr ? "the callback did not answer in time" : "no connection came in time";
    if (shipment.line != nullptr)
      close(*shipment.line);
    else
      dialer.cancel(shipment.token);
    settle(shipment, {shipment.token, 0, std::move(why), {}});
  }
  while (!resting.empty() && resting.front().since + longest_rest <= present) close(resting.front());
}

std::chrono::milliseconds Courier::Impl::until_due(std::chrono::milliseconds timeout) const {
  using std::chrono::milliseconds;
  if (!receipts.empty()) return milliseconds(0);
  auto due = dialer.due();
  if (!under_way.empty()) due = std::min(due, under_way.front().deadline);
  auto present = Clock::now();
  if (due <= present) return milliseconds(0);
  return std::min(timeout, std::chrono::ceil<milliseconds>(due - present));
}

Courier::Courier(const CourierLimits& limits, const transport::AddressGuard& guard)
    : impl_(std::make_unique<Impl>(limits, guard)) {}

Courier::~Courier() = default;

void Courier::send(Parcel parcel) {
  std::string_view url = parcel.url;
  std::size_t end = end_of_authority(url);
  Origin* origin = impl_->origin_of(url.substr(0, end));
  if (origin == nullptr) {
    impl_->receipts.push_back({parcel.token, 0, "the callback can't be called", {}});
    return;
  }
  ++origin->users;
  auto& shipments = impl_->under_way;
  shipments.push_back(
      {parcel.token, *origin, make_request(*origin, url.substr(end), parcel), Clock::now() + impl_->limits.timeout});
  impl_->by_token[parcel.token] = std::prev(shipments.end());
  impl_->dispatch(shipments.back());
}

void Courier::cancel(std::uint64_t token) {
  auto place = impl_->by_token.find(token);
  if (place != impl_->by_token.end()) {
    Shipment& shipment = *place->second;
    if (shipment.line != nullptr)
      impl_->close(*shipment.line);
    else
      impl_->dialer.cancel(token);
    impl_->settle(shipment, {token, 0, {}, {}});
  }
  std::erase_if(impl_->receipts, [&](const Receipt& receipt) { return receipt.token == token; });
}

std::vector<Receipt> Courier::wait(std::chrono::milliseconds timeout) {
  for (const SocketPoll::Ready& ready : impl_->poll.wait(impl_->until_due(timeout))) impl_->on_ready(ready);
  for (Dialer::Outcome& outcome : impl_->dialer.take()) impl_->on_dialled(std::move(outcome));
  impl_->keep_time();
  return std::exchange(impl_->receipts, {});
}

void Courier::wake() { impl_->poll.wake(); }

}  // namespace netweave::events
