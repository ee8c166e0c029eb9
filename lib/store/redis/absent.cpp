#include "store/copy.hpp"

namespace netweave::store {
namespace {

Error absent() {
  return make_error(ErrorKind::unimplemented, "this netweave was built without its Redis store (-Dredis=enabled)");
}

}  // namespace

Result<std::unique_ptr<Store>> open_redis(const RedisOptions&) { return absent(); }
Result<std::unique_ptr<CopySink>> fill_redis(const RedisOptions&) { return absent(); }
Result<Revision> copy_redis(const RedisOptions&, CopySink&, const CopyProgress&) { return absent(); }

}  // namespace netweave::store
