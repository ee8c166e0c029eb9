#include "transport/span_sender.hpp"

#include <memory>

#ifdef NETWEAVE_OUTBOUND_HTTP
#include "transport/http_client.hpp"
#include "transport/http_error.hpp"
#endif

namespace netweave::transport {

#ifdef NETWEAVE_OUTBOUND_HTTP
namespace {

constexpr std::chrono::seconds patience{10};
constexpr std::size_t max_answer = 65536;

/// Of what the specification calls retryable (OTLP 1, "Failures"): anything else will be refused again.
bool try_again(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

std::string with_path(std::string endpoint) {
  std::size_t slash = endpoint.find('/', endpoint.find("://") + 3);
  if (slash == std::string::npos) return endpoint + "/v1/traces";
  return slash + 1 == endpoint.size() ? endpoint + "v1/traces" : endpoint;
}

}  // namespace

Result<telemetry::SendSpans> otlp_sender(std::string endpoint) {
  auto client = std::make_shared<HttpClient>();
  auto send = [client, url = with_path(std::move(endpoint))](const std::string& body,
                                                             const std::stop_token& stop) -> Result<std::string> {
    HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    request.deadline = std::chrono::steady_clock::now() + patience;
    request.max_body_bytes = max_answer;
    auto response = client->send(request, stop);
    if (!response) return std::move(response).error();
    if (response->status / 100 == 2) return std::move(response->body);
    Error error = error_of(*response);
    error.kind = try_again(response->status) ? ErrorKind::unavailable : ErrorKind::invalid;
    return error;
  };
  return telemetry::SendSpans(std::move(send));
}
#else
Result<telemetry::SendSpans> otlp_sender(std::string) {
  return make_error(ErrorKind::unimplemented, "observability.tracing.enabled needs libcurl, which this build has not");
}
#endif

}  // namespace netweave::transport
