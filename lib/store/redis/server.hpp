#pragma once

#include "store/redis/keys.hpp"
#include "store/redis/pool.hpp"
#include "store/store.hpp"

namespace netweave::store::redis {

/// What the parts of one open store share. Any thread.
struct Server {
  Server(const RedisOptions& given, std::shared_ptr<const Tls> tls)
      : options(given),
        keys(given.redis.key_prefix, given.o_cloud),
        primary(given.redis, keys.meta, std::move(tls), interrupt),
        pool(given.redis, primary, interrupt) {}

  const RedisOptions options;
  const Keys keys;
  Interrupt interrupt;
  Primary primary;
  Pool pool;
};

/// Whether the server's version and settings can keep a store: see RedisConfig::check_persistence.
std::optional<Error> check_settings(Server& server);

}  // namespace netweave::store::redis
