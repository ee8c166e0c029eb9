#include "api/docs/pages.hpp"

#include "api/collection.hpp"
#include "api/docs/gzip.hpp"
#include "api/docs/yaml.hpp"
#include "base/crypto.hpp"

namespace netweave::api::docs {
namespace {

constexpr std::size_t most_bytes = 16UL * 1024 * 1024;
constexpr std::string_view checked_each_time = "no-cache";
/// For what has its version in the address.
constexpr std::string_view kept = "public, max-age=31536000, immutable";
/// No script and no style but the page's own files; Swagger UI's style sheet has images in it.
constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Whether Accept-Encoding (RFC 9110 12.5.3) takes gzip.
bool takes_gzip(const Call& call) {
  const std::string* header = call.header("Accept-Encoding");
  std::string_view rest = header != nullptr ? std::string_view(*header) : std::string_view();
  while (!rest.empty()) {
    std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    std::size_t mark = one.find(';');
    if (!openapi::same_text(trim(one.substr(0, mark)), "gzip")) continue;
    std::string_view weight = mark == std::string_view::npos ? std::string_view() : trim(one.substr(mark + 1));
    return !(weight.starts_with("q=0") && weight.find_first_of("123456789", 3) == std::string_view::npos);
  }
  return false;
}

std::function<std::string()> copy_of(std::string_view bytes) {
  return [bytes] { return std::string(bytes); };
}

}  // namespace

File::File(std::string type, std::string_view gzipped) : type_(std::move(type)), gzipped_(gzipped) {}

void File::fill() const {
  if (make_) {
    plain_ = make_();
    gzipped_ = gzip(plain_).value_or(std::string());
  } else {
    plain_ = gunzip(gzipped_, most_bytes).value_or(std::string());
  }
  tag_ = "W/\"" + crypto::to_hex(crypto::sha256(plain_)).substr(0, 16) + "\"";
}

void File::answer(const CallRef& call, std::string_view cache) const {
  std::call_once(made_, [this] { fill(); });
  if (not_modified(*call, tag_)) return;
  http::Response response;
  response.headers.emplace_back("Content-Type", type_);
  response.headers.emplace_back("ETag", tag_);
  response.headers.emplace_back("Cache-Control", cache);
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Content-Security-Policy", policy);
  bool gzipped = !gzipped_.empty() && takes_gzip(*call);
  if (gzipped) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = http::Body(std::string(gzipped ? gzipped_ : plain_));
  call->answer(std::move(response));
}

Pages::Pages(const openapi::Document& document)
    : json("application/json", [&document] { return document.json().to_json() + "\n"; }),
      yaml("application/yaml", [&document] { return to_yaml(document.json()); }),
      index("text/html; charset=utf-8", copy_of(index_html())) {
  files.try_emplace("swagger-ui-bundle.js", "text/javascript; charset=utf-8", swagger_ui_bundle());
  files.try_emplace("swagger-ui.css", "text/css; charset=utf-8", swagger_ui_css());
  files.try_emplace("favicon-32x32.png", "image/png", favicon());
  files.try_emplace("start.js", "text/javascript; charset=utf-8", copy_of(start_js()));
  files.try_emplace("page.css", "text/css; charset=utf-8", copy_of(page_css()));
}

void add_docs(Handlers& handlers, const Pages& pages) {
  handlers.add("getOpenapiJson", [&pages](const CallRef& call) { pages.json.answer(call, checked_each_time); });
  handlers.add("getOpenapiYaml", [&pages](const CallRef& call) { pages.yaml.answer(call, checked_each_time); });
  handlers.add("getDocs", [&pages](const CallRef& call) { pages.index.answer(call, checked_each_time); });
  handlers.add("getDocsFolder", [](const CallRef& call) {
    http::Response response;
    response.status = 308;
    response.headers.emplace_back("Location", "/docs/");
    call->answer(std::move(response));
  });
  handlers.add("getDocsFile", [&pages](const CallRef& call) {
    auto file = pages.files.find(call->parts[0]);
    if (file == pages.files.end()) return call->answer(not_found("no such file: GET /docs/ is the page"));
    bool versioned = call->parameters.find("v") != nullptr;
    file->second.answer(call, versioned ? kept : checked_each_time);
  });
}

}  // namespace netweave::api::docs
