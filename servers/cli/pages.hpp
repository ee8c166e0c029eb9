#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "netweave/value.hpp"

#include "client.hpp"

namespace netweave::cli {

/// One page of a list.
struct Page {
  Value::Array items;
  std::size_t total = 0;  ///< in all pages together
  std::string next;       ///< cursor; empty on the last page
  std::string etag;
  std::string revision;    ///< a watch goes on behind it; empty where the gateway has none
  bool unchanged = false;  ///< it still has the ETag that was given: no items
};

/// How a list is asked for.
struct Paging {
  static constexpr std::size_t usual_chunk = 500;
  std::optional<std::size_t> chunk;  ///< objects a request; none: 500, or what the gateway allows
  std::optional<std::size_t> limit;  ///< objects in all
};

/// A list, page by page to its end. One thread.
class Pages {
 public:
  /// `path` as Client::path_of gives it, `query` as query_of.
  Pages(Client& client, std::string path, std::string query, Paging paging);

  /// The next page; nullopt after the last. Errors: those of Client::send.
  Result<std::optional<Page>> next();

 private:
  Client& client_;
  std::string path_;
  std::string query_;
  Paging paging_;
  std::string cursor_;
  std::size_t seen_ = 0;
  bool finished_ = false;
};

/// One page: `query` without limit and cursor. `etag`, where not empty, makes it conditional. A `chunk` that was not
/// asked for by a person and is more than the gateway allows is left to the gateway, for this page and all that follow.
Result<Page> read_page(Client& client, const std::string& path, const std::string& query, Paging& paging,
                       std::optional<std::size_t> size, const std::string& cursor, const std::string& etag = {});

}  // namespace netweave::cli
