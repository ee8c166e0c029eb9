#include "store/redis/primary.hpp"

namespace netweave::store::redis {
namespace {

/// Of a reply that is worth asking another server for.
bool may_differ_elsewhere(const Error& error) {
  return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout || error.kind == ErrorKind::internal;
}

Address address_of(View host, View port, const Address& asked) {
  // a cluster's node that does not know its own address leaves it out: it is where we asked
  std::string name(host.text());
  return {name.empty() ? asked.host : name, static_cast<std::uint16_t>(port.number())};
}

}  // namespace

Result<Connection> Primary::connect(TimePoint deadline) const {
  auto address = locate(deadline);
  if (!address) return std::move(address).error();
  auto connection = connect_to(*address, deadline);
  if (!connection) return connection;
  if (auto fault = check_role(*connection)) return std::move(*fault);
  return connection;
}

Result<Connection> Primary::connect_to(const Address& address, TimePoint deadline) const {
  auto connection = dial(address, config_.username, config_.password, deadline);
  if (!connection || config_.db == 0) return connection;
  auto selected = connection->call(Command("SELECT").add(std::uint64_t{config_.db}));
  if (selected) return connection;
  Error error = std::move(selected).error();
  if (error.kind == ErrorKind::internal)
    error = make_error(ErrorKind::invalid, "redis.db: Redis at " + address.text() + " has no database " +
                                               std::to_string(config_.db) + ": " + error.cause);
  return error;
}

Result<Connection> Primary::dial(const Address& address, const std::string& username, const std::string& password,
                                 TimePoint deadline) const {
  auto socket = Socket::connect(address, tls_.get(), interrupt_, deadline);
  if (!socket) return std::move(socket).error();
  Connection connection(std::move(*socket), address, {config_.read_timeout, config_.write_timeout});
  if (password.empty()) return connection;
  Command command("AUTH");
  if (!username.empty()) command.add(username);
  auto known = connection.call(command.add(password));
  if (!known) return std::move(known).error();
  return connection;
}

Result<Address> Primary::locate(TimePoint deadline) const {
  Error last = make_error(ErrorKind::invalid, "redis.addresses names no server");
  for (const std::string& text : config_.addresses) {
    auto address = parse_address(text);
    if (!address) return make_error(ErrorKind::invalid, "redis.addresses: \"" + text + "\" is no host:port");
    if (config_.mode == RedisMode::standalone) return *address;
    // a server that hangs must leave time for the others
    auto share = std::min(deadline, std::chrono::steady_clock::now() + config_.dial_timeout / 2);
    auto found = config_.mode == RedisMode::sentinel ? ask_sentinel(*address, share) : ask_cluster(*address, share);
    if (found || !may_differ_elsewhere(found.error())) return found;
    last = std::move(found).error();
  }
  return last;
}

Result<Address> Primary::ask_sentinel(const Address& sentinel, TimePoint deadline) const {
  auto connection = dial(sentinel, {}, config_.sentinel_password, deadline);
  if (!connection) return std::move(connection).error();
  auto reply = connection->call(Command("SENTINEL").add("GET-MASTER-ADDR-BY-NAME").add(config_.master_name));
  if (!reply) return std::move(reply).error();
  if (reply->view().size() != 2)
    return make_error(ErrorKind::unavailable, "the Sentinel at " + sentinel.text() + " knows no master \"" +
                                                  config_.master_name + "\": look at redis.master_name");
  return address_of(reply->at(0), reply->at(1), sentinel);
}

Result<Address> Primary::ask_cluster(const Address& node, TimePoint deadline) const {
  auto connection = dial(node, config_.username, config_.password, deadline);
  if (!connection) return std::move(connection).error();
  auto slot = connection->call(Command("CLUSTER").add("KEYSLOT").add(key_));
  auto ranges = slot ? connection->call(Command("CLUSTER").add("SLOTS")) : std::move(slot);
  if (!ranges) return std::move(ranges).error();
  for (std::size_t i = 0; i < ranges->view().size(); ++i) {
    View range = ranges->at(i);
    if (slot->view().number() < range.at(0).number() || slot->view().number() > range.at(1).number()) continue;
    return address_of(range.at(2).at(0), range.at(2).at(1), node);
  }
  return make_error(ErrorKind::unavailable, "the cluster at " + node.text() + " has no node for our hash slot");
}

std::optional<Error> Primary::check_role(Connection& connection) const {
  auto role = connection.call(Command("ROLE"));
  if (!role) return std::move(role).error();
  if (role->at(0).text() == "master") return std::nullopt;
  std::string message = "Redis at " + connection.address().text() + " is no primary";
  if (role->at(0).text() == "slave") {
    Address primary{std::string(role->at(1).text()), static_cast<std::uint16_t>(role->at(2).number())};
    message += " but a replica of " + primary.text();
  }
  if (config_.mode == RedisMode::standalone)
    message += ": give redis.addresses the primary, or use redis.mode: sentinel";
  return make_error(ErrorKind::unavailable, message);
}

}  // namespace netweave::store::redis
