#include "transport/http_client.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

#include <curl/curl.h>

namespace netweave::transport {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kept_connections = 16;

/// libcurl asks to be initialised once, before other threads use it.
void initialise() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(done);
}

/// One handle with the connections it keeps. A call has it alone.
class Connection {
 public:
  Connection() : multi_(curl_multi_init()), easy_(curl_easy_init()) {}
  ~Connection() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] CURLM* multi() const { return multi_; }
  [[nodiscard]] CURL* easy() const { return easy_; }

 private:
  CURLM* multi_;
  CURL* easy_;
};

Error backend_error(ErrorKind kind, std::string message, std::string code = "RETRYABLE") {
  Error error = make_error(kind, std::move(message));
  error.from_backend = true;
  error.code = std::move(code);
  return error;
}

std::string_view trim(std::string_view text) {
  auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// scheme://host:port, for messages: what stands behind it may hold secrets.
std::string origin(const std::string& url) {
  std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url.substr(0, url.find_first_of("/?"));
  std::string found = url.substr(0, url.find_first_of("/?", scheme + 3));
  if (std::size_t at = found.rfind('@'); at != std::string::npos) found.erase(scheme + 3, at - scheme - 2);
  return found;
}

/// One request on one connection, from its beginning to its end.
class Transfer {
 public:
  Transfer(Connection& connection, const HttpRequest& request, const HttpSink* sink, const std::stop_token& stop)
      : easy_(connection.easy()), multi_(connection.multi()), request_(request), sink_(sink), stop_(stop) {}
  ~Transfer() {
    if (added_) curl_multi_remove_handle(multi_, easy_);
    curl_slist_free_all(headers_);
    curl_slist_free_all(connect_to_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  Result<HttpResponse> run() {
    set_up();
    std::stop_callback wake(stop_, [multi = multi_] { curl_multi_wakeup(multi); });
    if (curl_multi_add_handle(multi_, easy_) != CURLM_OK)
      return make_error(ErrorKind::internal, "libcurl refused a transfer");
    added_ = true;
    last_byte_ = SteadyClock::now();
    while (true) {
      int running = 0;
      if (curl_multi_perform(multi_, &running) != CURLM_OK)
        return make_error(ErrorKind::internal, "libcurl failed in the middle of a transfer");
      if (std::optional<CURLcode> code = finished()) return outcome(*code);
      if (stop_.stop_requested()) return make_error(ErrorKind::cancelled, "the call to " + where() + " was cancelled");
      auto until = limit();
      auto now = SteadyClock::now();
      if (now >= until) return backend_error(ErrorKind::timeout, where() + " gave no answer in time");
      auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::min<SteadyClock::duration>(until - now, max_wait));
      curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    }
  }

 private:
  static constexpr std::chrono::seconds max_wait{10};

  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(easy_, option, value);
  }

  void set_up() {
    curl_easy_reset(easy_);
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, request_.proxy.c_str());  // "" also keeps libcurl from asking the environment
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_BUFFERSIZE, 256L * 1024);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
    set(CURLOPT_ERRORBUFFER, detail_);
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_data);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set_method();
    set_headers();
    set_tls();
    if (!request_.connect_to.empty()) {
      connect_to_ = curl_slist_append(nullptr, ("::" + request_.connect_to).c_str());
      set(CURLOPT_CONNECT_TO, connect_to_);
    }
  }

  void set_method() {
    if (request_.method == "HEAD") set(CURLOPT_NOBODY, 1L);
    if (request_.method != "GET" || !request_.body.empty()) {
      if (request_.method != "HEAD") {
        set(CURLOPT_POSTFIELDS, request_.body.c_str());
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
      }
      set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
  }

  void add_header(const std::string& line) { headers_ = curl_slist_append(headers_, line.c_str()); }

  void set_headers() {
    for (const auto& [name, value] : request_.headers) add_header(value.empty() ? name + ";" : name + ": " + value);
    if (!request_.bearer.empty()) add_header("Authorization: Bearer " + request_.bearer);
    add_header("Expect:");  // a round trip saved; libcurl would ask before each larger body
    if (http::find_header(request_.headers, "Content-Type") == nullptr) add_header("Content-Type:");
    set(CURLOPT_HTTPHEADER, headers_);
  }

  void set_tls() {
    const TlsOptions& tls = request_.tls;
    set(CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set_pem(CURLOPT_CAINFO_BLOB, tls.ca_pem, CURLOPT_CAINFO, tls.ca_file);
    set_pem(CURLOPT_SSLCERT_BLOB, tls.certificate_pem, CURLOPT_SSLCERT, tls.certificate_file);
    set_pem(CURLOPT_SSLKEY_BLOB, tls.key_pem, CURLOPT_SSLKEY, tls.key_file);
  }

  void set_pem(CURLoption blob_option, const std::string& pem, CURLoption file_option, const std::string& file) {
    if (!pem.empty()) {
      curl_blob blob{};
      blob.data = const_cast<char*>(pem.data());  // copied by libcurl, not changed
      blob.len = pem.size();
      blob.flags = CURL_BLOB_COPY;
      set(blob_option, &blob);
    } else if (!file.empty()) {
      set(file_option, file.c_str());
    }
  }

  [[nodiscard]] std::string where() const { return request_.method + " " + origin(request_.url); }

  [[nodiscard]] SteadyClock::time_point limit() const {
    if (request_.idle_timeout.count() == 0) return request_.deadline;
    return std::min(request_.deadline, last_byte_ + request_.idle_timeout);
  }

  std::optional<CURLcode> finished() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left))
      if (message->msg == CURLMSG_DONE && message->easy_handle == easy_) return message->data.result;
    return std::nullopt;
  }

  Result<HttpResponse> outcome(CURLcode code) {
    if (code == CURLE_OK || ended_by_sink_) {
      announce();
      return std::move(response_);
    }
    if (!fault_.empty()) return backend_error(ErrorKind::internal, where() + ": " + fault_, "");
    std::string words = detail_[0] != '\0' ? detail_ : curl_easy_strerror(code);
    Error error = sorted(code, words);
    error.cause = words;
    return error;
  }

  [[nodiscard]] Error sorted(CURLcode code, const std::string& words) const {
    switch (code) {
      case CURLE_URL_MALFORMAT:
      case CURLE_UNSUPPORTED_PROTOCOL:
        return make_error(ErrorKind::invalid, "not a URL that can be called: " + origin(request_.url));
      case CURLE_SSL_CERTPROBLEM:
      case CURLE_SSL_CACERT_BADFILE:
      case CURLE_SSL_CIPHER:
        return make_error(ErrorKind::invalid,
                          "the certificates for " + origin(request_.url) + " can't be used: " + words);
      case CURLE_PEER_FAILED_VERIFICATION:
        return backend_error(ErrorKind::unavailable,
                             origin(request_.url) + " has a certificate that is not trusted: " + words,
                             "CONFIGURATION_PROBLEM");
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_RESOLVE_PROXY:
      case CURLE_COULDNT_CONNECT:
      case CURLE_SSL_CONNECT_ERROR:
        return backend_error(ErrorKind::unavailable, origin(request_.url) + " can't be reached: " + words);
      case CURLE_OPERATION_TIMEDOUT:  // only the connection has a limit of libcurl's own
        return backend_error(ErrorKind::unavailable, origin(request_.url) + " accepts no connection in time");
      default:
        break;
    }
    bool read_only = request_.method == "GET" || request_.method == "HEAD";
    return backend_error(read_only ? ErrorKind::unavailable : ErrorKind::timeout,
                         origin(request_.url) + " broke the connection" +
                             (read_only ? ": " : " before it answered, so the outcome is unknown: ") + words);
  }

  /// Tells the sink of the answer's head, once.
  void announce() {
    if (announced_ || sink_ == nullptr || response_.status / 100 != 2) return;
    announced_ = true;
    if (sink_->head) sink_->head(response_);
  }

  bool take(std::string_view bytes) {
    last_byte_ = SteadyClock::now();
    announce();
    if (sink_ != nullptr && response_.status / 100 == 2) {
      ended_by_sink_ = !sink_->data(bytes);
      return !ended_by_sink_;
    }
    if (response_.body.size() + bytes.size() > request_.max_body_bytes) {
      fault_ = "the answer is larger than " + std::to_string(request_.max_body_bytes) + " bytes";
      return false;
    }
    response_.body.append(bytes);
    return true;
  }

  void take_header(std::string_view line) {
    last_byte_ = SteadyClock::now();
    if (line.starts_with("HTTP/")) {  // of each answer: a 100 or a proxy's comes before the real one
      response_.headers.clear();
      std::size_t space = line.find(' ');
      std::string_view code = space == std::string_view::npos ? "" : line.substr(space + 1, 3);
      response_.status = 0;
      for (char c : code) response_.status = response_.status * 10 + (c - '0');
    } else if (std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      response_.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    } else if (trim(line).empty() && response_.status >= 200) {
      announce();
    }
  }

  // What leaves these would cross C code: an exception of a sink ends the transfer as a fault.
  static std::size_t on_data(char* data, std::size_t size, std::size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    try {
      return transfer->take({data, size * count}) ? size * count : 0;
    } catch (const std::exception& thrown) {
      transfer->fault_ = thrown.what();
      return 0;
    }
  }
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    try {
      transfer->take_header({data, size * count});
      return size * count;
    } catch (const std::exception& thrown) {
      transfer->fault_ = thrown.what();
      return 0;
    }
  }

  CURL* easy_;
  CURLM* multi_;
  const HttpRequest& request_;
  const HttpSink* sink_;
  std::stop_token stop_;
  curl_slist* headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  char detail_[CURL_ERROR_SIZE] = {};
  HttpResponse response_;
  SteadyClock::time_point last_byte_;
  std::string fault_;
  bool added_ = false;
  bool announced_ = false;
  bool ended_by_sink_ = false;
};

}  // namespace

/// Connections at rest; the one used last is taken first, for it is the most likely to be still open.
class HttpClient::Pool {
 public:
  std::unique_ptr<Connection> take() {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Connection>();
    std::unique_ptr<Connection> found = std::move(idle_.back());
    idle_.pop_back();
    return found;
  }
  void give_back(std::unique_ptr<Connection> connection) {
    std::lock_guard lock(mutex_);
    if (idle_.size() < kept_connections) idle_.push_back(std::move(connection));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

HttpClient::HttpClient() {
  initialise();
  pool_ = std::make_unique<Pool>();
}

HttpClient::~HttpClient() = default;

namespace {

/// A server's complaint may repeat the token, and goes to logs and to people.
void hide(const std::string& token, std::string& body) {
  if (token.empty()) return;
  for (std::size_t at = body.find(token); at != std::string::npos; at = body.find(token, at + 3))
    body.replace(at, token.size(), "***");
}

}  // namespace

Result<HttpResponse> HttpClient::send(const HttpRequest& request, const std::stop_token& stop) {
  return stream(request, {}, stop);
}

Result<HttpResponse> HttpClient::stream(const HttpRequest& request, const HttpSink& sink, const std::stop_token& stop) {
  std::unique_ptr<Connection> connection = pool_->take();
  if (connection->multi() == nullptr || connection->easy() == nullptr)
    return make_error(ErrorKind::internal, "libcurl can't be initialised");
  Result<HttpResponse> result = [&] {
    Transfer transfer(*connection, request, sink.data ? &sink : nullptr, stop);
    return transfer.run();
  }();
  pool_->give_back(std::move(connection));
  if (result && result->status >= 300) hide(request.bearer, result->body);
  return result;
}

}  // namespace netweave::transport
