#pragma once

#include <string>

#include "netweave/result.hpp"

#include "store/sqlite/connection.hpp"

/// The tables of format version 1 (docs/decisions/0001-store-format.md), and the way from a path to a connection that
/// may be used.
namespace netweave::store::sqlite {

/// Opens the store of that path, which is created where nothing is there. Under the file's lock. Errors: as
/// open_sqlite's; a file that is refused is left as it was, with nothing beside it.
Result<Connection> open_file(const std::string& path);

/// A new store without entries beside `path`, not durable and out of everybody's sight. Under the file's lock. To be
/// closed, then published or dropped.
Result<Connection> open_draft(const std::string& path);
/// Makes it durable, and then the store of that path.
Result<void> publish_draft(const std::string& path);
void drop_draft(const std::string& path);

/// A store to be copied, which another process may have open: nothing in it is changed. `what` ("store", "backup")
/// names it in errors: `precondition` (not there, no such thing, of another format), `unavailable`.
Result<Connection> open_copied(const std::string& path, const std::string& what);

}  // namespace netweave::store::sqlite
