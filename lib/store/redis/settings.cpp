#include <charconv>

#include "store/redis/server.hpp"

namespace netweave::store::redis {
namespace {

/// The value of a line "name:value" of INFO.
std::string info_of(std::string_view info, std::string_view name) {
  std::size_t at = info.find(std::string(name) + ":");
  if (at == std::string_view::npos) return {};
  at += name.size() + 1;
  return std::string(info.substr(at, info.find('\r', at) - at));
}

/// 6.2 brought XTRIM MINID and exclusive ranges of streams.
bool new_enough(const std::string& version) {
  unsigned major = 0;
  unsigned minor = 0;
  const char* end = version.data() + version.size();
  const char* dot = std::from_chars(version.data(), end, major).ptr;
  if (dot != end) std::from_chars(dot + 1, end, minor);
  return major > 6 || (major == 6 && minor >= 2);
}

Result<std::string> setting(Server& server, std::string_view name) {
  auto reply = server.pool.call(Again::yes, Command("CONFIG").add("GET").add(name));
  if (reply) return std::string(reply->at(1).text());
  if (reply.error().kind != ErrorKind::denied && reply.error().kind != ErrorKind::internal)
    return std::move(reply).error();
  Error error = make_error(ErrorKind::precondition,
                           "Redis does not tell its setting " + std::string(name) +
                               ": allow this user CONFIG GET, or see to appendonly yes and maxmemory-policy noeviction "
                               "yourself and set redis.check_persistence: false");
  error.cause = reply.error().cause;
  return error;
}

Error refused(const std::string& name, const std::string& value, const std::string& wanted, const std::string& why) {
  return make_error(ErrorKind::precondition, "Redis has " + name + " " + value + ", and " + why + ": set " + name +
                                                 " " + wanted + " there, or redis.check_persistence: false here");
}

}  // namespace

std::optional<Error> check_settings(Server& server) {
  auto info = server.pool.call(Again::yes, Command("INFO").add("server"));
  if (!info) return std::move(info).error();
  std::string version = info_of(info->view().text(), "redis_version");
  if (!new_enough(version))
    return make_error(ErrorKind::precondition, "Redis is of version " + version + ": 6.2 is the first that will do");
  if (!server.options.redis.check_persistence) return std::nullopt;
  auto appends = setting(server, "appendonly");
  if (!appends) return std::move(appends).error();
  if (*appends != "yes") return refused("appendonly", *appends, "yes", "would forget the inventory when it ends");
  auto policy = setting(server, "maxmemory-policy");
  if (!policy) return std::move(policy).error();
  if (*policy != "noeviction")
    return refused("maxmemory-policy", *policy, "noeviction",
                   "would throw parts of the inventory away when it is full");
  return std::nullopt;
}

}  // namespace netweave::store::redis
