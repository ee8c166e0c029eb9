#include "adapters/ims/kubernetes/api_client.hpp"

#include "adapters/ims/kubernetes/json.hpp"
#include "transport/http_error.hpp"

namespace netweave::ims::kubernetes {
namespace {

using transport::HttpRequest;
using transport::HttpResponse;

/// The explanation in a Status object, which every error of the API server is.
Error error_from(HttpResponse& response) {
  JsonReader reader;
  const Json* status = reader.read(response.body);
  std::string message;
  if (status != nullptr) message = text_at(*status, "message");
  if (response.status == 401)
    message = "the API server does not know the caller: " + (message.empty() ? "401" : message);
  return transport::error_of(response, message);
}

std::string host_of(const std::string& url) {
  std::size_t begin = url.find("://") + 3;
  std::string host = url.substr(begin, url.find('/', begin) - begin);
  bool has_port = host.find(':', host.find(']') == std::string::npos ? 0 : host.find(']')) != std::string::npos;
  return has_port ? host : host + ":443";
}

}  // namespace

ApiClient::ApiClient(const Settings& settings) : settings_(settings), credentials_(settings.endpoint) {}

HttpRequest ApiClient::prepare(const ApiCall& call, const Credential& credential) const {
  const Endpoint& endpoint = settings_.endpoint;
  HttpRequest request;
  request.method = call.method;
  request.url = endpoint.server + call.path;
  request.headers = {{"Accept", "application/json"}, {"User-Agent", settings_.user_agent}};
  if (!call.body.empty()) request.headers.emplace_back("Content-Type", call.content_type);
  if (!call.request_id.empty()) request.headers.emplace_back("Audit-ID", call.request_id);
  if (!call.traceparent.empty()) request.headers.emplace_back("traceparent", call.traceparent);
  if (!call.tracestate.empty()) request.headers.emplace_back("tracestate", call.tracestate);
  request.body = call.body;
  request.bearer = credential.token;
  request.tls = endpoint.tls;
  if (!credential.certificate_pem.empty()) {
    request.tls.certificate_pem = credential.certificate_pem;
    request.tls.key_pem = credential.key_pem;
  }
  request.proxy = endpoint.proxy;
  if (!endpoint.tls_server_name.empty()) {
    request.connect_to = host_of(endpoint.server);
    std::string port = request.connect_to.substr(request.connect_to.rfind(':'));
    std::size_t path = endpoint.server.find('/', endpoint.server.find("://") + 3);
    request.url = "https://" + endpoint.tls_server_name + port +
                  (path == std::string::npos ? "" : endpoint.server.substr(path)) + call.path;
  }
  request.connect_timeout = settings_.connect_timeout;
  request.deadline = call.deadline;
  return request;
}

template <class Send>
Result<HttpResponse> ApiClient::authenticated(const ApiCall& call, Send send) {
  for (bool first = true;; first = false) {
    Result<Credential> credential = credentials_.current(call.stop);
    if (!credential) {
      note(credential.error());
      return std::move(credential).error();
    }
    HttpRequest request = prepare(call, *credential);
    Result<HttpResponse> response = send(request);
    note(response);
    if (!response || response->status != 401 || !credentials_.refused(*credential) || !first) return response;
  }
}

Result<std::string> ApiClient::call(const ApiCall& call) {
  ApiCall limited = call;
  limited.deadline = std::min(call.deadline, std::chrono::steady_clock::now() + settings_.timeout);
  // A merge patch or a deletion that is sent twice ends the same; a creation may not be.
  auto repeat = call.method == "POST" ? transport::Repeat::unsafe : transport::Repeat::safe;
  Result<HttpResponse> response = authenticated(limited, [&](const HttpRequest& request) {
    if (!call.observing) return transport::send_with_retry(http_, breaker_, request, repeat, {}, call.stop);
    transport::CircuitBreaker unasked;
    auto answer = transport::send_with_retry(http_, unasked, request, repeat, {}, call.stop);
    transport::report(breaker_, answer);
    return answer;
  });
  if (!response) return std::move(response).error();
  if (response->status / 100 != 2) return error_from(*response);
  return std::move(response->body);
}

Result<void> ApiClient::stream(const ApiCall& call, const transport::HttpSink& sink, std::chrono::milliseconds idle) {
  transport::HttpSink heard = sink;
  heard.head = [&](const HttpResponse& head) {
    note(head);
    breaker_.success();
    if (sink.head) sink.head(head);
  };
  Result<HttpResponse> response = authenticated(call, [&](HttpRequest& request) {
    request.idle_timeout = idle;
    return http_.stream(request, heard, call.stop);
  });
  transport::report(breaker_, response);
  if (!response) return std::move(response).error();
  if (response->status / 100 != 2) return error_from(*response);
  return {};
}

void ApiClient::note(const Result<HttpResponse>& result) {
  if (!result && !result.error().from_backend) return;
  std::lock_guard lock(mutex_);
  if (result && result->status < 500)
    health_ = {true, ""};
  else
    health_ = {false, result ? "the API server answers " + std::to_string(result->status) : result.error().message};
}

Health ApiClient::health() const {
  std::lock_guard lock(mutex_);
  return health_;
}

std::string encode_query(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                 c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15U];
    }
  }
  return out;
}

}  // namespace netweave::ims::kubernetes
