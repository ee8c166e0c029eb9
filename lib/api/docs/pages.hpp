#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "api/router.hpp"

/// The OpenAPI document for people: as JSON, as YAML, and as a page in which it can be tried.
namespace netweave::api::docs {

/// What is served as it is. Both forms are made when they are first asked for; any thread.
class File {
 public:
  /// `bytes` are gzip'd already, and live as long as the program.
  File(std::string type, std::string_view gzipped);
  /// `make` gives the plain bytes.
  File(std::string type, std::function<std::string()> make) : type_(std::move(type)), make_(std::move(make)) {}

  /// The bytes, gzip'd where the caller takes that, with their tag. `cache`: Cache-Control.
  void answer(const CallRef& call, std::string_view cache) const;

 private:
  void fill() const;

  std::string type_;
  std::function<std::string()> make_;
  mutable std::once_flag made_;
  mutable std::string plain_;
  mutable std::string gzipped_;
  mutable std::string tag_;
};

/// All of them.
class Pages {
 public:
  /// `document` must outlive it.
  explicit Pages(const openapi::Document& document);

  File json;
  File yaml;
  File index;
  std::map<std::string, File, std::less<>> files;  ///< parts of the page, by name
};

/// /openapi.json, /openapi.yaml, /docs/ and what belongs to it. `pages` must outlive the handlers.
void add_docs(Handlers& handlers, const Pages& pages);

/// Embedded by the build, gzip'd but for the page's own three.
std::string_view swagger_ui_bundle() noexcept;
std::string_view swagger_ui_css() noexcept;
std::string_view favicon() noexcept;
std::string_view index_html() noexcept;
std::string_view start_js() noexcept;
std::string_view page_css() noexcept;

}  // namespace netweave::api::docs
