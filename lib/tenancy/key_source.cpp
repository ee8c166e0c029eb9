#include "tenancy/key_source.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>

#ifdef NETWEAVE_OUTBOUND_HTTP
#include "transport/http_client.hpp"
#include "transport/http_error.hpp"
#endif

namespace netweave::tenancy {
namespace {

#ifdef NETWEAVE_OUTBOUND_HTTP
constexpr std::chrono::seconds patience{5};
constexpr std::size_t max_bytes = 256 * 1024;

/// max-age of RFC 9111 section 5.2.2.1; no-cache and no-store count as none at all.
std::chrono::milliseconds fresh_for(const http::Headers& headers, const Freshness& freshness) {
  const std::string* control = http::find_header(headers, "Cache-Control");
  if (control == nullptr) return freshness.unsaid;
  std::size_t at = control->find("max-age=");
  if (at == std::string::npos) return freshness.unsaid;
  std::int64_t seconds = 0;
  auto read = std::from_chars(control->data() + at + 8, control->data() + control->size(), seconds);
  if (read.ec == std::errc::result_out_of_range) return freshness.at_most;
  if (read.ec != std::errc()) return freshness.unsaid;
  auto most = std::chrono::duration_cast<std::chrono::seconds>(freshness.at_most).count();
  return std::clamp<std::chrono::milliseconds>(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, most)),
                                               freshness.at_least, freshness.at_most);
}
#endif

}  // namespace

KeySource file_source(std::string path, std::chrono::milliseconds interval) {
  return [path = std::move(path), interval](const std::stop_token&) -> Result<KeyText> {
    std::ifstream file(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file) return make_error(ErrorKind::unavailable, path + " can't be read: " + std::strerror(errno));
    return KeyText{std::move(text), interval};
  };
}

#ifdef NETWEAVE_OUTBOUND_HTTP
Result<KeySource> uri_source(std::string uri, Freshness freshness) {
  auto client = std::make_shared<transport::HttpClient>();
  return KeySource([client, uri = std::move(uri), freshness](const std::stop_token& stop) -> Result<KeyText> {
    transport::HttpRequest request;
    request.url = uri;
    request.headers = {{"Accept", "application/jwk-set+json, application/json"}};
    request.deadline = std::chrono::steady_clock::now() + patience;
    request.max_body_bytes = max_bytes;
    auto response = client->send(request, stop);
    if (!response) return response.error();
    if (response->status != 200) return transport::error_of(*response);
    return KeyText{std::move(response->body), fresh_for(response->headers, freshness)};
  });
}
#else
Result<KeySource> uri_source(std::string, Freshness) {
  return make_error(ErrorKind::unimplemented, "jwks_uri needs libcurl, which this build has not: use jwks_file");
}
#endif

Result<KeySource> key_source(const JwtOptions& options) {
  if (options.jwks_uri.empty() == options.jwks_file.empty())
    return make_error(ErrorKind::invalid, "one of jwks_uri and jwks_file must be set");
  if (!options.jwks_file.empty()) return file_source(options.jwks_file);
  return uri_source(options.jwks_uri);
}

}  // namespace netweave::tenancy
