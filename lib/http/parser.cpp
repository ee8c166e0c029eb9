#include "http/parser.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "http/syntax.hpp"

namespace netweave::http {
namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using BeastText = boost::beast::string_view;

constexpr std::size_t max_method_bytes = 32;
constexpr std::string_view last_chunk = "0\r\n\r\n";

std::string_view view(BeastText text) { return {text.data(), text.size()}; }

std::string_view trimmed(std::string_view text) {
  std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Looks at a request line, whole (up to its LF) or the beginning of one, for what Beast can't tell or tells late.
std::optional<Refusal> judge_line(std::string_view line, bool whole, std::size_t uri_bytes) {
  std::size_t space = line.find(' ');
  std::string_view method = line.substr(0, std::min(space, line.size()));
  if (space == std::string_view::npos && whole) return Refusal{400, "the request line has no target"};
  if (method.size() > max_method_bytes) return Refusal{400, "the method is too long"};
  if (space == 0 || !std::all_of(method.begin(), method.end(), is_token_char))
    return Refusal{400, "the request line does not begin with a method"};
  if (space == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(space + 1);
  std::string_view target = rest.substr(0, rest.find(' '));
  if (target.size() > uri_bytes) return Refusal{414, "the request target is longer than this server reads"};
  if (!whole) return std::nullopt;
  std::string_view version = rest.substr(std::min(rest.size(), target.size() + 1));
  bool named = version.size() == 9 && version.starts_with("HTTP/") && version[6] == '.' && version[8] == '\r' &&
               is_digits(version.substr(5, 1)) && is_digits(version.substr(7, 1));
  if (!named) return Refusal{400, "the request line must be: method, one space, target, one space, HTTP/1.1, CR LF"};
  if (version[5] != '1' || version[7] > '1') return Refusal{505, "use HTTP/1.1 or HTTP/1.0"};
  return std::nullopt;
}

/// The value of all Transfer-Encoding there is. Only `chunked` is understood (RFC 9112, 6.1).
std::optional<Refusal> judge_coding(std::string_view value) {
  if (same_text(value, "chunked")) return std::nullopt;
  bool chunked_seen = false;
  while (true) {
    std::size_t comma = value.find(',');
    std::string_view coding = trimmed(value.substr(0, comma));
    if (chunked_seen) return Refusal{400, "Transfer-Encoding: chunked must stand once, and last"};
    if (!is_token(coding)) return Refusal{400, "Transfer-Encoding is not a list of codings"};
    chunked_seen = same_text(coding, "chunked");
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  return Refusal{501, "the only transfer coding understood is chunked"};
}

Refusal from_beast(const error_code& code) {
  if (code == beast::error::header_limit) return {431, "the header is larger than this server reads"};
  if (code == beast::error::body_limit) return {413, "the body is larger than this server reads"};
  if (code == beast::error::bad_content_length)
    return {400, "Content-Length must be one decimal number, without Transfer-Encoding"};
  if (code == beast::error::bad_transfer_encoding)
    return {400, "Transfer-Encoding must stand once, without Content-Length"};
  if (code == beast::error::bad_chunk || code == beast::error::bad_chunk_extension)
    return {400, "the chunked body is malformed"};
  if (code == beast::error::bad_target) return {400, "the request target holds what must be percent-encoded"};
  return {400, "a header field is malformed: name, colon, value, CR LF, without control characters"};
}

}  // namespace

/// What is checked beyond Beast, which reads obs-fold, twin Content-Length, twin and absent Host, other codings than a
/// last `chunked`, and Transfer-Encoding in HTTP/1.0 (1.74, each seen).
struct RequestParser::Impl {
  class Machine final : public beast::basic_parser<true> {
   public:
    explicit Machine(Impl& owner) : owner_(owner) {
      header_limit(std::numeric_limits<std::uint32_t>::max());
      // ours is checked in `open_body`; boost::none would refuse every body (Beast 1.74 compares with it as less)
      body_limit(std::numeric_limits<std::uint64_t>::max());
    }

   private:
    void on_request_impl(beast::verb, BeastText method, BeastText target, int http_version, error_code& ec) override {
      owner_.open(view(method), view(target), http_version, ec);
    }
    void on_response_impl(int, BeastText, int, error_code& ec) override { ec = beast::error::bad_version; }
    void on_field_impl(beast::field field, BeastText name, BeastText value, error_code& ec) override {
      owner_.add_field(field, view(name), view(value), ec);
    }
    void on_header_impl(error_code& ec) override { owner_.open_body(ec); }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& ec) override { ec = {}; }
    std::size_t on_body_impl(BeastText bytes, error_code& ec) override {
      ec = {};
      owner_.request.body.append(bytes.data(), bytes.size());
      return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t size, BeastText extension, error_code& ec) override {
      owner_.open_chunk(size, view(extension), ec);
    }
    std::size_t on_chunk_body_impl(std::uint64_t, BeastText bytes, error_code& ec) override {
      return on_body_impl(bytes, ec);
    }
    void on_finish_impl(error_code& ec) override { ec = {}; }

    Impl& owner_;
  };

  explicit Impl(ParserLimits given) : limits(given) { begin(); }

  void begin() {
    machine.emplace(*this);
    request.method.clear();
    request.target.clear();
    request.headers.clear();
    request.headers.reserve(8);
    request.body.clear();
    authority = coding = {};
    state = State::line;
    taken = scanned = extension_bytes = 0;
    hosts = lengths = codings = 0;
    length = 0;
    version = 11;
    expects = false;
  }

  void refuse(Refusal why, error_code& ec) {
    refusal = why;
    state = State::refused;
    ec = beast::error::bad_value;
  }

  void open(std::string_view method, std::string_view target, int version, error_code& ec);
  void add_field(beast::field field, std::string_view name, std::string_view value, error_code& ec);
  void open_body(error_code& ec);
  void open_chunk(std::uint64_t size, std::string_view extension, error_code& ec);
  [[nodiscard]] std::optional<Refusal> judge_header() const;
  /// False while the request line has not come whole.
  bool has_line(std::string_view bytes);
  void after_put(std::size_t left, const error_code& ec);

  ParserLimits limits;
  std::optional<Machine> machine;
  Request request;
  Refusal refusal;
  State state = State::line;
  std::size_t taken = 0;            // of the header
  std::size_t scanned = 0;          // of the request line, without an LF
  std::size_t extension_bytes = 0;  // of all chunks: they cost us, and no honest client needs many
  std::string authority;            // of a target in absolute form
  std::string coding;
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  std::uint64_t length = 0;
  int version = 11;
  bool expects = false;
};

void RequestParser::Impl::open(std::string_view method, std::string_view target, int http_version, error_code& ec) {
  ec = {};
  state = State::fields;
  version = http_version;
  request.method = method;
  if (!is_target(target)) return refuse({400, "the request target holds what must be percent-encoded"}, ec);
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!same_text(target.substr(0, scheme.size()), scheme)) continue;
    std::size_t path = target.find_first_of("/?", scheme.size());
    authority = target.substr(scheme.size(), path - scheme.size());
    if (authority.empty()) return refuse({400, "the request target names no host"}, ec);
    target = path == std::string_view::npos ? "/" : target.substr(path);
    if (target.front() == '?') request.target = "/";
    break;
  }
  request.target += target;
  if (request.target.front() == '/' || (request.target == "*" && method == "OPTIONS")) return;
  refuse({400, "the request target must be a path"}, ec);
}

void RequestParser::Impl::add_field(beast::field field, std::string_view name, std::string_view value, error_code& ec) {
  ec = {};
  // Beast joins folded lines in a buffer of its own, or steps over an empty first line: either way the value does not
  // stand where it would on the field's own line.
  const char* after = name.data() + name.size();
  auto gap = reinterpret_cast<std::uintptr_t>(value.data()) - reinterpret_cast<std::uintptr_t>(after);
  bool folded = gap > limits.header_bytes || std::string_view(after, gap).find('\n') != std::string_view::npos;
  if (folded) return refuse({400, "a header field must not be folded over several lines"}, ec);
  if (state == State::body) return;  // a trailer
  switch (field) {
    case beast::field::host:
      ++hosts;
      if (!is_host(value)) return refuse({400, "Host is not a host"}, ec);
      if (!authority.empty() && !same_text(authority, value))
        return refuse({400, "Host differs from the request target's"}, ec);
      break;
    case beast::field::content_length:
      ++lengths;
      if (!is_digits(value)) return refuse({400, "Content-Length must be one decimal number"}, ec);
      break;
    case beast::field::transfer_encoding:
      ++codings;
      coding = value;
      break;
    case beast::field::expect:
      if (!same_text(value, "100-continue")) return refuse({417, "the only expectation met is 100-continue"}, ec);
      expects = version >= 11;
      break;
    default:
      break;
  }
  request.headers.emplace_back(name, value);
}

std::optional<Refusal> RequestParser::Impl::judge_header() const {
  if (hosts > 1) return Refusal{400, "Host must stand once"};
  if (hosts == 0 && version >= 11) return Refusal{400, "HTTP/1.1 needs a Host"};
  if (lengths > 1) return Refusal{400, "Content-Length must stand once"};
  if (codings == 0) return std::nullopt;
  if (lengths > 0) return Refusal{400, "Content-Length and Transfer-Encoding exclude each other"};
  if (version < 11) return Refusal{400, "HTTP/1.0 has no Transfer-Encoding"};
  if (codings > 1) return Refusal{400, "Transfer-Encoding must stand once"};
  return judge_coding(coding);
}

void RequestParser::Impl::open_body(error_code& ec) {
  ec = {};
  if (auto why = judge_header()) return refuse(*why, ec);
  state = State::body;
  if (lengths == 0) return;
  length = machine->content_length().value_or(0);
  if (length > limits.body_bytes) return refuse({413, "the body is larger than this server reads"}, ec);
  // a promise of a megabyte is not yet a reason to hold one
  request.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(length, 65536)));
}

void RequestParser::Impl::open_chunk(std::uint64_t size, std::string_view extension, error_code& ec) {
  ec = {};
  extension_bytes += extension.size();
  if (!is_field_value(extension) || extension_bytes > limits.header_bytes)
    return refuse({400, "a chunk's extension is malformed or too long"}, ec);
  if (size > limits.body_bytes - request.body.size())
    return refuse({413, "the body is larger than this server reads"}, ec);
}

bool RequestParser::Impl::has_line(std::string_view bytes) {
  // Given less than a line, Beast would wait for the end of the whole header before it looked at anything again.
  std::size_t end = bytes.find('\n', scanned);
  bool whole = end != std::string_view::npos;
  scanned = bytes.size();
  error_code unused;
  if (auto why = judge_line(bytes.substr(0, end), whole, limits.uri_bytes))
    refuse(*why, unused);
  else if (!whole && taken + bytes.size() > limits.header_bytes)
    refuse({431, "the header is larger than this server reads"}, unused);
  return whole && state != State::refused;
}

void RequestParser::Impl::after_put(std::size_t left, const error_code& ec) {
  error_code unused;
  if (state == State::refused) return;
  if (taken > limits.header_bytes) {
    refuse({431, "the header is larger than this server reads"}, unused);
  } else if (ec == beast::error::need_more) {
    bool header = state != State::body;
    if ((header ? taken + left : left) > limits.header_bytes)
      refuse({431, header ? "the header is larger than this server reads" : "the trailer is too large"}, unused);
  } else if (ec) {
    refuse(from_beast(ec), unused);
  } else if (machine->is_done()) {
    state = State::complete;
  }
}

RequestParser::RequestParser(ParserLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

std::size_t RequestParser::feed(std::string_view bytes) {
  Impl& impl = *impl_;
  std::size_t used = 0;
  if (impl.state == State::line) {
    while (bytes.substr(used).starts_with("\r\n")) used += 2;  // RFC 9112, 2.2: some clients end a body with one
    impl.taken += used;
    if (bytes.substr(used) == "\r") return used;
    if (used == bytes.size() || !impl.has_line(bytes.substr(used))) return used;
  }
  while (used < bytes.size() && impl.state < State::complete) {
    error_code ec;
    bool header = impl.state != State::body;
    // Beast 1.74 asserts that it has all five bytes when it looks at a first and last chunk again. Whatever is held
    // back here, at least that much is still to come.
    if (!header && impl.codings > 0 && bytes[used] == '0' && bytes.size() - used < last_chunk.size()) break;
    std::size_t count = impl.machine->put({bytes.data() + used, bytes.size() - used}, ec);
    used += count;
    if (header) impl.taken += count;
    impl.after_put(bytes.size() - used, ec);
    if (ec) break;
  }
  return used;
}

RequestParser::State RequestParser::state() const noexcept { return impl_->state; }
const Refusal& RequestParser::refusal() const noexcept { return impl_->refusal; }
const Request& RequestParser::request() const noexcept { return impl_->request; }
bool RequestParser::http11() const noexcept { return impl_->version >= 11; }
bool RequestParser::keep_alive() const noexcept {
  bool has_header = impl_->state == State::body || impl_->state == State::complete;  // Beast asserts it
  return has_header && impl_->machine->keep_alive();
}

bool RequestParser::awaits_continue() const noexcept {
  return impl_->state == State::body && impl_->expects && impl_->request.body.empty();
}

Request RequestParser::take() { return std::move(impl_->request); }

void RequestParser::next() { impl_->begin(); }

}  // namespace netweave::http
