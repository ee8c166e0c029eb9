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

}  // namespace netweave::store::sqlite
