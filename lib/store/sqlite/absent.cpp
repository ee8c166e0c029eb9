#include "store/store.hpp"

namespace netweave::store {

Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions&) {
  return make_error(ErrorKind::unimplemented, "this netweave was built without its SQLite store (-Dsqlite=enabled)");
}

}  // namespace netweave::store
