#include "store/store.hpp"

namespace netweave::store {

Result<std::unique_ptr<Store>> open_redis(const RedisOptions&) {
  return make_error(ErrorKind::unimplemented, "this netweave was built without its Redis store (-Dredis=enabled)");
}

}  // namespace netweave::store
