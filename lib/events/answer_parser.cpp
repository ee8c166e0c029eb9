#include "events/answer_parser.hpp"

#include <cstdint>
#include <limits>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "transport/http_error.hpp"

namespace netweave::events {
namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using BeastText = boost::beast::string_view;

constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace

struct AnswerParser::Impl {
  class Machine final : public beast::basic_parser<false> {
   public:
    explicit Machine(Impl& owner) : owner_(owner) {  // its limits are off: ours count
      header_limit(std::numeric_limits<std::uint32_t>::max());
      body_limit(std::numeric_limits<std::uint64_t>::max());
    }

   private:
    void on_request_impl(beast::verb, BeastText, BeastText, int, error_code& ec) override {
      ec = beast::error::bad_version;
    }
    void on_response_impl(int code, BeastText, int, error_code& ec) override {
      ec = {};
      owner_.status = code;
    }
    void on_field_impl(beast::field field, BeastText, BeastText value, error_code& ec) override {
      ec = {};
      if (owner_.state == State::head) owner_.add_field(field, {value.data(), value.size()});  // else a trailer's
    }
    void on_header_impl(error_code& ec) override { ec = {}; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& ec) override { ec = {}; }
    std::size_t on_body_impl(BeastText bytes, error_code& ec) override {
      ec = {};
      return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, BeastText, error_code& ec) override { ec = {}; }
    std::size_t on_chunk_body_impl(std::uint64_t, BeastText bytes, error_code& ec) override {
      return on_body_impl(bytes, ec);
    }
    void on_finish_impl(error_code& ec) override { ec = {}; }

    Impl& owner_;
  };

  Impl() { begin(); }

  void begin() {
    machine.emplace(*this);
    held.clear();
    retry_after.clear();
    fault = {};
    state = State::head;
    head = body = 0;
    forget_fields();
    begun = keeps = false;
  }

  void forget_fields() {
    retry_after.clear();
    status = lengths = codings = 0;
  }

  void refuse(std::string_view why) {
    state = State::refused;
    fault = why;
  }

  void add_field(beast::field field, std::string_view value) {
    if (field == beast::field::retry_after) retry_after = value;
    if (field == beast::field::content_length) ++lengths;
    if (field == beast::field::transfer_encoding) ++codings;
  }

  std::size_t read(std::string_view bytes);
  bool put(std::string_view bytes, std::size_t& used);
  void after_head();

  std::optional<Machine> machine;
  std::string held;  // what Beast wants to see again, with what follows it
  std::string retry_after;
  std::string_view fault;
  State state = State::head;
  std::size_t head = 0;  // bytes of it, and of those before it
  std::size_t body = 0;  // with what frames it
  int status = 0;
  int lengths = 0;
  int codings = 0;
  bool begun = false;
  bool keeps = false;
};

/// False where Beast wants more.
bool AnswerParser::Impl::put(std::string_view bytes, std::size_t& used) {
  // Beast 1.74 asserts that it has all five bytes when it looks at a first and last chunk again
  if (state == State::body && codings > 0 && bytes[0] == '0' && bytes.size() < last_chunk.size()) return false;
  error_code ec;
  used = machine->put({bytes.data(), bytes.size()}, ec);
  (state == State::head ? head : body) += used;
  if (ec && ec != beast::error::need_more) {
    refuse(state == State::head ? "the answer is not HTTP/1.1" : "the answer's body is malformed");
    return false;
  }
  if (state == State::head && machine->is_header_done()) after_head();
  if (state == State::body && machine->is_done()) {
    state = State::complete;
    keeps = machine->keep_alive() && lengths + codings <= 1;  // RFC 9112, 6.3: two say two things, or could
  }
  return !ec;
}

void AnswerParser::Impl::after_head() {
  if (status == 101) return refuse("the callback wants another protocol");
  if (status < 200) {  // RFC 9110, 15.2: the answer is still to come
    if (status < 100) return refuse("the answer is not HTTP/1.1");
    forget_fields();
    machine.emplace(*this);
    return;
  }
  state = State::body;
}

/// How many of them it is done with.
std::size_t AnswerParser::Impl::read(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size() && (state == State::head || state == State::body)) {
    std::size_t used = 0;
    bool more = put(bytes.substr(done), used);
    done += used;
    std::size_t left = bytes.size() - done;
    if (state == State::head && head + left > max_head_bytes && !more) refuse("the answer's head is too large");
    if (state == State::head && head > max_head_bytes) refuse("the answer's head is too large");
    if (state == State::body && body + (more ? 0 : left) > max_body_bytes) state = State::complete;
    if (!more) break;
  }
  return done;
}

AnswerParser::AnswerParser() : impl_(std::make_unique<Impl>()) {}
AnswerParser::~AnswerParser() = default;
AnswerParser::AnswerParser(AnswerParser&&) noexcept = default;
AnswerParser& AnswerParser::operator=(AnswerParser&&) noexcept = default;

void AnswerParser::feed(std::string_view bytes) {
  Impl& impl = *impl_;
  if (bytes.empty()) return;
  impl.begun = true;
  std::size_t done = 0;
  if (impl.held.empty()) {
    done = impl.read(bytes);
    if (done < bytes.size()) impl.held = bytes.substr(done);
  } else {
    impl.held += bytes;
    done = impl.read(impl.held);
    impl.held.erase(0, done);
  }
  if (impl.state == State::complete && !impl.held.empty()) impl.keeps = false;
}

void AnswerParser::end() {
  Impl& impl = *impl_;
  if (impl.state == State::body) impl.state = State::complete;  // cut short or not: its head said all that is asked
  if (impl.state == State::head) impl.refuse("the connection ended before the answer");
  impl.keeps = false;
}

void AnswerParser::next() { impl_->begin(); }

AnswerParser::State AnswerParser::state() const noexcept { return impl_->state; }
std::string_view AnswerParser::fault() const noexcept { return impl_->fault; }
bool AnswerParser::begun() const noexcept { return impl_->begun; }
int AnswerParser::status() const noexcept { return impl_->status; }
bool AnswerParser::keeps_connection() const noexcept { return impl_->keeps; }

std::optional<std::chrono::seconds> AnswerParser::retry_after() const {
  if (impl_->retry_after.empty()) return std::nullopt;
  auto wait = transport::parse_retry_after(impl_->retry_after);
  return wait && *wait > std::chrono::seconds(0) ? wait : std::nullopt;
}

}  // namespace netweave::events
