#include "http/h2_session.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <new>
#include <unordered_map>
#include <utility>

#include <nghttp2/nghttp2.h>

#include "http/head.hpp"
#include "http/syntax.hpp"

namespace netweave::http {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = H2Session::Event::Kind;

constexpr std::uint32_t max_streams = 100;
/// Streams that a client opens and breaks off cost it nothing and the handler a call (CVE-2023-44487).
constexpr double resets_at_once = 200;
constexpr double resets_a_second = 20;
/// Bodies of one connection that are not whole yet, in largest ones.
constexpr std::size_t bodies_at_once = 8;
/// A client that goes on with a header that is refused already is not listened to.
constexpr std::size_t hopeless_headers = 4;

constexpr std::array<std::string_view, 8> of_the_connection = {
    "connection", "keep-alive", "proxy-connection", "upgrade", "transfer-encoding", "te", "date", "content-length"};

struct Exchange {
  Request request;
  std::string authority;
  std::size_t header_bytes = 0;
  bool headers_done = false;
  bool whole = false;
  Refusal refusal;
  Response response;
  bool responded = false;
  std::vector<std::string_view> slices;
  std::size_t slice = 0;
  std::string piece;
  bool ended = false;
  std::size_t sent = 0;
};

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  auto bytes = [](std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

/// Takes what there is room for from the front of `text`.
std::size_t take_front(std::string_view& text, std::uint8_t* into, std::size_t room) {
  std::size_t count = std::min(text.size(), room);
  std::memcpy(into, text.data(), count);
  text.remove_prefix(count);
  return count;
}

}  // namespace

struct H2Session::Impl {
  ParserLimits limits;
  nghttp2_session* session = nullptr;
  std::unordered_map<std::int32_t, Exchange> exchanges;
  std::vector<Event> events;
  std::size_t held = 0;                                            ///< bytes of bodies that are not taken yet
  std::int32_t newest = 0;                                         ///< stream of the client's
  std::vector<std::pair<std::int32_t, std::int32_t>> passed_over;  ///< first and last: it may not open these any more
  double resets_left = resets_at_once;
  Clock::time_point counted = Clock::now();
  bool broken = false;

  ~Impl() { nghttp2_session_del(session); }

  Exchange* find(std::int32_t stream) {
    auto found = exchanges.find(stream);
    return found == exchanges.end() ? nullptr : &found->second;
  }
  void tell(Kind kind, std::int32_t stream) { events.push_back({kind, stream}); }

  void refuse(std::int32_t stream, Exchange& exchange, int status, std::string_view detail) {
    if (exchange.refusal.status != 0 || exchange.whole) return;
    exchange.refusal = {status, detail};
    held -= exchange.request.body.size();
    exchange.request.body = {};
    tell(Kind::refused, stream);
  }

  void add_field(std::int32_t stream, Exchange& exchange, std::string_view name, std::string_view value) {
    exchange.header_bytes += name.size() + value.size() + 32;  // RFC 9113, 6.5.2
    if (exchange.header_bytes > limits.header_bytes * hopeless_headers) return calm();
    if (exchange.header_bytes > limits.header_bytes)
      return refuse(stream, exchange, 431, "the header is larger than this server takes");
    if (exchange.headers_done) return;  // a trailer: counted, and passed over
    Request& request = exchange.request;
    if (name == ":method") {
      request.method = value;
    } else if (name == ":path") {
      if (value.size() > limits.uri_bytes)
        return refuse(stream, exchange, 414, "the target is longer than this server takes");
      request.target = value;
    } else if (name == ":authority") {
      exchange.authority = value;
    } else if (name.starts_with(':')) {
      return;
    } else if (auto crumbs = std::find_if(request.headers.begin(), request.headers.end(),
                                          [](const Header& header) { return header.first == "cookie"; });
               name == "cookie" && crumbs != request.headers.end()) {
      crumbs->second.append("; ").append(value);  // RFC 9113, 8.2.3
    } else {
      request.headers.emplace_back(name, value);
    }
  }

  /// The rules that HTTP/1 requests are held to as well; nghttp2 has checked those of HTTP/2.
  void check_header(std::int32_t stream, Exchange& exchange) {
    Request& request = exchange.request;
    const std::string* host = find_header(request.headers, "host");
    auto hosts = std::count_if(request.headers.begin(), request.headers.end(),
                               [](const Header& header) { return header.first == "host"; });
    if (hosts > 1 || (host != nullptr && !exchange.authority.empty() && !same_text(*host, exchange.authority)))
      return refuse(stream, exchange, 400, "Host must stand once");
    const std::string& named = host != nullptr ? *host : exchange.authority;
    if (!is_host(named)) return refuse(stream, exchange, 400, "Host must name a host");
    if (!is_token(request.method) || request.method == "CONNECT" || !is_target(request.target) ||
        request.target.front() != '/')
      return refuse(stream, exchange, 400, "the request line must be a method, a path and HTTP/2");
    if (const std::string* expected = find_header(request.headers, "expect");
        expected != nullptr && !same_text(*expected, "100-continue"))
      return refuse(stream, exchange, 417, "this server knows the expectation 100-continue alone");
    if (host == nullptr) request.headers.emplace(request.headers.begin(), "Host", exchange.authority);
  }

  void header_done(const nghttp2_frame& frame) {
    std::int32_t stream = frame.hd.stream_id;
    Exchange* exchange = find(stream);
    if (exchange == nullptr) return;
    bool last = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (!std::exchange(exchange->headers_done, true)) {
      if (exchange->refusal.status == 0) check_header(stream, *exchange);
      if (exchange->refusal.status != 0) return;
      if (!last) {
        tell(Kind::headers, stream);
        if (find_header(exchange->request.headers, "expect") != nullptr) {
          nghttp2_nv status = field(":status", "100");
          nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, stream, nullptr, &status, 1, nullptr);
        }
      }
    }
    if (last) request_done(stream, *exchange);
  }

  void request_done(std::int32_t stream, Exchange& exchange) {
    if (exchange.refusal.status != 0 || std::exchange(exchange.whole, true)) return;
    tell(Kind::request, stream);
  }

  void add_body(std::int32_t stream, std::string_view bytes) {
    Exchange* exchange = find(stream);
    if (exchange == nullptr || exchange->refusal.status != 0) return;
    std::string& body = exchange->request.body;
    if (bytes.size() > limits.body_bytes - body.size())
      return refuse(stream, *exchange, 413, "the body is larger than this server takes");
    if (held + bytes.size() > limits.body_bytes * bodies_at_once)
      return refuse(stream, *exchange, 503, "this connection sends more bodies at once than this server takes");
    body.append(bytes);
    held += bytes.size();
  }

  void count_reset() {
    auto now = Clock::now();
    double passed = std::chrono::duration<double>(now - std::exchange(counted, now)).count();
    resets_left = std::min(resets_left + passed * resets_a_second, resets_at_once) - 1;
    if (resets_left < 0) calm();
  }

  /// A stream that was passed over is closed (RFC 9113, 5.1.1), which nghttp2 does not tell from one that was open.
  void check_order(std::int32_t stream) {
    if (stream > newest) {
      if (stream > newest + 2 && passed_over.size() < max_streams) passed_over.emplace_back(newest + 2, stream - 2);
      newest = stream;
      return;
    }
    for (auto [first, last] : passed_over)
      if (stream >= first && stream <= last) nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR);
  }

  /// The client does what only an attack does.
  void calm() { nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM); }

  /// The body's next bytes, for nghttp2, which asks only when the client's windows have room.
  ssize_t read_body(std::int32_t stream, std::uint8_t* into, std::size_t room, std::uint32_t* flags) {
    Exchange* exchange = find(stream);
    if (exchange == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    std::size_t count = 0;
    for (; count < room && exchange->slice < exchange->slices.size();) {
      std::string_view& slice = exchange->slices[exchange->slice];
      count += take_front(slice, into + count, room - count);
      if (slice.empty()) ++exchange->slice;
    }
    exchange->sent += count;
    if (exchange->slice < exchange->slices.size()) return static_cast<ssize_t>(count);
    if (exchange->response.body.stream() == nullptr || exchange->ended) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(count);
    }
    if (count > 0) return static_cast<ssize_t>(count);
    tell(Kind::hungry, stream);
    return NGHTTP2_ERR_DEFERRED;
  }

  void submit(std::int32_t stream, Exchange& exchange, std::string_view date) {
    const Response& response = exchange.response;
    std::string status = std::to_string(response.status);
    std::string length = std::to_string(response.body.size());
    std::vector<std::string> names;  // as RFC 9113 wants them
    names.reserve(response.headers.size());
    std::vector<nghttp2_nv> fields = {field(":status", status), field("date", date)};
    for (const Header& header : response.headers) {
      std::string name = lower(header.first);
      bool ours = std::find(of_the_connection.begin(), of_the_connection.end(), name) != of_the_connection.end();
      if (ours || !is_token(name) || !is_field_value(header.second)) continue;
      names.push_back(std::move(name));
      fields.push_back(field(names.back(), header.second));
    }
    if (response.body.stream() == nullptr && response.status != 204 && response.status != 304)
      fields.push_back(field("content-length", length));
    nghttp2_data_provider provider{};
    provider.read_callback = [](nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t room,
                                std::uint32_t* flags, nghttp2_data_source* source,
                                void*) { return static_cast<Impl*>(source->ptr)->read_body(id, into, room, flags); };
    provider.source.ptr = this;
    bool bodiless = sends_no_body(response, {.to_head = exchange.request.method == "HEAD"}) ||
                    (response.body.stream() == nullptr && response.body.size() == 0);
    if (nghttp2_submit_response(session, stream, fields.data(), fields.size(), bodiless ? nullptr : &provider) != 0)
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_INTERNAL_ERROR);
  }

  // The callbacks. An exception may not pass through nghttp2.

  template <class Work>
  static int guarded(Work&& work) {
    try {
      work();
      return 0;
    } catch (const std::bad_alloc&) {
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }
  static Impl& of(void* self) { return *static_cast<Impl*>(self); }

  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* self) {
    return guarded([&] {
      if (head->type == NGHTTP2_HEADERS && head->stream_id % 2 == 1) of(self).check_order(head->stream_id);
    });
  }
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    return guarded([&] {
      of(self).exchanges[frame->hd.stream_id];
      of(self).tell(Kind::opened, frame->hd.stream_id);
    });
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
    return guarded([&] {
      if (Exchange* exchange = of(self).find(frame->hd.stream_id))
        of(self).add_field(frame->hd.stream_id, *exchange, view(name, name_size), view(value, value_size));
    });
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    return guarded([&] {
      Impl& impl = of(self);
      if (frame->hd.type == NGHTTP2_HEADERS) impl.header_done(*frame);
      if (frame->hd.type == NGHTTP2_RST_STREAM) impl.count_reset();
      Exchange* exchange = impl.find(frame->hd.stream_id);
      if (frame->hd.type == NGHTTP2_DATA && exchange != nullptr && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
        impl.request_done(frame->hd.stream_id, *exchange);
    });
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes, std::size_t size,
                     void* self) {
    return guarded([&] { of(self).add_body(stream, view(bytes, size)); });
  }
  /// An answer that is through before its request: what is still to come of that is of no use to anyone.
  static int on_sent(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    bool answer = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!answer || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    Exchange* exchange = of(self).find(frame->hd.stream_id);
    if (exchange == nullptr || exchange->whole) return 0;
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t, void* self) {
    return guarded([&] {
      Impl& impl = of(self);
      auto node = impl.exchanges.extract(stream);
      if (node.empty()) return;
      impl.held -= node.mapped().request.body.size();
      impl.tell(Kind::closed, stream);
    });
  }
};

H2Session::H2Session(const ParserLimits& limits) : impl_(std::make_unique<Impl>()) {
  impl_->limits = limits;
  nghttp2_session_callbacks* callbacks = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
  nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, Impl::on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Impl::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Impl::on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Impl::on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Impl::on_data);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Impl::on_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Impl::on_close);
  int made = nghttp2_session_server_new(&impl_->session, callbacks, impl_.get());
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) throw std::bad_alloc();
  const std::array settings = {
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.header_bytes)}};
  nghttp2_submit_settings(impl_->session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
}

H2Session::~H2Session() = default;

void H2Session::feed(std::string_view bytes) {
  ssize_t taken =
      nghttp2_session_mem_recv(impl_->session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken >= 0) return;
  // what nghttp2 calls an error here it has no answer to: no preface, or memory is out
  nghttp2_session_terminate_session(impl_->session, NGHTTP2_PROTOCOL_ERROR);
  impl_->broken = true;
}

std::vector<H2Session::Event> H2Session::events() {
  // of a stream that was broken off meanwhile only that is of interest
  std::erase_if(impl_->events, [&](const Event& event) {
    return event.kind != Kind::opened && event.kind != Kind::closed && impl_->find(event.stream) == nullptr;
  });
  return std::exchange(impl_->events, {});
}

std::string_view H2Session::pull() {
  const std::uint8_t* bytes = nullptr;
  ssize_t count = nghttp2_session_mem_send(impl_->session, &bytes);
  if (count < 0) impl_->broken = true;
  return count > 0 ? view(bytes, static_cast<std::size_t>(count)) : std::string_view();
}

bool H2Session::over() const {
  return impl_->broken ||
         (nghttp2_session_want_read(impl_->session) == 0 && nghttp2_session_want_write(impl_->session) == 0);
}

const Request& H2Session::request(std::int32_t stream) const {
  static const Request unknown;
  Exchange* exchange = impl_->find(stream);
  return exchange == nullptr ? unknown : exchange->request;
}

Request H2Session::take(std::int32_t stream) {
  Exchange* exchange = impl_->find(stream);
  if (exchange == nullptr) return {};
  impl_->held -= exchange->request.body.size();
  std::string method = exchange->request.method;
  Request request = std::exchange(exchange->request, {});
  exchange->request.method = std::move(method);  // whether it is a HEAD
  return request;
}

Refusal H2Session::refusal(std::int32_t stream) const {
  Exchange* exchange = impl_->find(stream);
  return exchange == nullptr ? Refusal() : exchange->refusal;
}

std::size_t H2Session::sent(std::int32_t stream) const {
  Exchange* exchange = impl_->find(stream);
  return exchange == nullptr ? 0 : exchange->sent;
}

BodyStream* H2Session::body(std::int32_t stream) const {
  Exchange* exchange = impl_->find(stream);
  return exchange == nullptr ? nullptr : exchange->response.body.stream();
}

void H2Session::respond(std::int32_t stream, Response response, std::string_view date) {
  Exchange* exchange = impl_->find(stream);
  if (exchange == nullptr || std::exchange(exchange->responded, true)) return;
  exchange->response = std::move(response);
  exchange->response.body.each([&](std::string_view slice) {
    if (!slice.empty()) exchange->slices.push_back(slice);
  });
  impl_->submit(stream, *exchange, date);
}

void H2Session::more(std::int32_t stream, std::optional<std::string> bytes) {
  Exchange* exchange = impl_->find(stream);
  if (exchange == nullptr) return;
  exchange->slices.clear();
  exchange->slice = 0;
  exchange->ended = !bytes;
  exchange->piece = bytes ? std::move(*bytes) : std::string();
  if (!exchange->piece.empty()) exchange->slices.emplace_back(exchange->piece);
  nghttp2_session_resume_data(impl_->session, stream);
}

void H2Session::reset(std::int32_t stream) {
  nghttp2_submit_rst_stream(impl_->session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_INTERNAL_ERROR);
}

void H2Session::shut(bool for_good) {
  if (!for_good) {
    nghttp2_submit_shutdown_notice(impl_->session);
  } else {
    std::int32_t last = nghttp2_session_get_last_proc_stream_id(impl_->session);
    nghttp2_submit_goaway(impl_->session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
  }
}

}  // namespace netweave::http
