#include "store/copy.hpp"

namespace netweave::store {
namespace {

Error no_sqlite() {
  return make_error(ErrorKind::unimplemented, "this netweave was built without its SQLite store (-Dsqlite=enabled)");
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions&) { return no_sqlite(); }
Result<std::unique_ptr<CopySink>> make_backup_file(const std::string&) { return no_sqlite(); }
Result<std::unique_ptr<CopySink>> fill_sqlite(const std::string&) { return no_sqlite(); }
Result<Revision> copy_sqlite(const std::string&, const std::string&, bool, CopySink&, const CopyProgress&) {
  return no_sqlite();
}

}  // namespace netweave::store
