#include "store/copy.hpp"

namespace netweave::store {
namespace {

Error no_redis() {
  return make_error(ErrorKind::unimplemented, "this netweave was built without its Redis store (-Dredis=enabled)");
}

}  // namespace

Result<std::unique_ptr<Store>> open_redis(const RedisOptions&) { return no_redis(); }
Result<std::unique_ptr<CopySink>> fill_redis(const RedisOptions&) { return no_redis(); }
Result<Revision> copy_redis(const RedisOptions&, CopySink&, const CopyProgress&) { return no_redis(); }

}  // namespace netweave::store
