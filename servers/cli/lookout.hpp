#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/value.hpp"

#include "client.hpp"
#include "kinds.hpp"
#include "pages.hpp"

namespace netweave::cli {

struct Change {
  std::string_view event;  ///< "ADDED", "MODIFIED", "DELETED"
  Value object;            ///< as it is now; of a deleted one, as it was
};

/// What is new in a list, or in one object, since the last look: each page is asked for with its ETag, so that a list
/// without changes costs one 304 a page. Changes between two looks are seen as one. One thread.
class Lookout {
 public:
  /// `id`: of one object; empty: the list with that query.
  Lookout(Client& client, const Kind& kind, std::string path, std::string query, std::string id);

  /// The changes since the last call, in the list's order; at first all that is there, as added. After an error, the
  /// next call gives what has changed since the last good one.
  Result<std::vector<Change>> look();

  /// Where the gateway can tell what changes behind the last look; empty: it can't.
  [[nodiscard]] const std::string& revision() const noexcept { return revision_; }
  /// A change that the gateway told; nullopt where it was seen already.
  std::optional<Change> take(std::string_view event, const Value& object);

 private:
  struct Seen {
    std::string cursor;
    std::string etag;
    std::string next;
    std::vector<std::string> ids;
  };
  using Objects = std::map<std::string, Value>;

  Result<void> read_list(std::vector<Seen>& pages, std::vector<std::pair<std::string, Value>>& found);
  Result<void> read_one(std::vector<Seen>& pages, std::vector<std::pair<std::string, Value>>& found);
  std::string id_of(const Value& object) const;

  Client& client_;
  const Kind& kind_;
  std::string path_;
  std::string query_;
  std::string id_;
  Paging paging_;
  std::vector<Seen> pages_;
  Objects objects_;
  std::string revision_;
};

}  // namespace netweave::cli
