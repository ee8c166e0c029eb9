#include <algorithm>
#include <charconv>
#include <limits>

#include "base/crypto.hpp"
#include "store/commit_check.hpp"
#include "store/redis/position_text.hpp"
#include "store/redis/redis_log.hpp"
#include "store/redis/stream_items.hpp"

namespace netweave::store {
namespace redis {
namespace {

class RedisPositions final : public Positions {
 public:
  explicit RedisPositions(Journal& journal) : journal_(journal) {}

  Result<std::vector<Position>> load() override {
    auto rows = pool().call(Again::yes, Command("HGETALL").add(keys().positions));
    if (!rows) return std::move(rows).error();
    std::vector<Position> all;
    for (std::size_t i = 0; i + 1 < rows->view().size(); i += 2) {
      auto position = read_position(rows->at(i).text(), rows->at(i + 1).text());
      if (!position) return std::move(position).error();
      all.push_back(std::move(*position));
    }
    std::sort(all.begin(), all.end(), [](const Position& a, const Position& b) { return a.reader < b.reader; });
    return all;
  }

  Result<std::optional<Position>> find(const std::string& reader) override {
    auto row = pool().call(Again::yes, Command("HGET").add(keys().positions).add(reader));
    if (!row) return std::move(row).error();
    if (row->view().is_nil()) return std::optional<Position>();
    auto position = read_position(reader, row->view().text());
    if (!position) return std::move(position).error();
    return std::optional<Position>(std::move(*position));
  }

  Result<void> write(const std::vector<Position>& positions, const std::vector<Fence>& fences) override {
    auto written = journal_.run([&](const Seen& seen) {
      // see RedisLog::script_of for why only what is used is named
      ScriptCall script = Journal::guarded(
          positions_script(),
          {keys().meta, keys().log(seen.epoch), keys().positions, fences.empty() ? keys().meta : keys().leases}, seen);
      Journal::add_fences(script, fences);
      script.add(std::uint64_t{positions.size()});
      for (const Position& position : positions) script.add(position.reader).add(position_text(position));
      return script;
    });
    if (!written) return std::move(written).error();
    std::size_t index = written->at(1).number() - 1;
    if (written->at(0).text() == "fence" && index < fences.size()) return fence_lost(fences[index]);
    return {};
  }

  Result<void> remove(const std::vector<std::string>& readers) override {
    if (readers.empty()) return {};
    Command command("HDEL");
    command.add(keys().positions);
    for (const std::string& reader : readers) command.add(reader);
    auto removed = pool().call(Again::yes, command);
    if (!removed) return std::move(removed).error();
    return {};
  }

 private:
  [[nodiscard]] Pool& pool() const { return journal_.server().pool; }
  [[nodiscard]] const Keys& keys() const { return journal_.server().keys; }
  Journal& journal_;
};

class RedisLeases final : public Leases {
 public:
  explicit RedisLeases(Server& server) : server_(server) {}

  Result<std::uint64_t> acquire(const std::string& name, const std::string& holder,
                                std::chrono::milliseconds ttl) override {
    ScriptCall script(acquire_script(), {server_.keys.token, server_.keys.leases});
    script.add(name).add(holder).add(std::int64_t{ttl.count()});
    auto taken = server_.pool.call(Again::yes, script);
    if (!taken) return std::move(taken).error();
    if (taken->at(0).text() == "taken") return lease_taken(name, std::string(taken->at(1).text()));
    return taken->at(1).number();
  }

  Result<void> release(const std::string& name, const std::string& holder) override {
    ScriptCall script(release_script(), {server_.keys.leases});
    auto released = server_.pool.call(Again::yes, script.add(name).add(holder));
    if (!released) return std::move(released).error();
    return {};
  }

  Result<std::vector<Lease>> list(const std::string& prefix) override {
    ScriptCall script(leases_script(), {server_.keys.leases});
    auto held = server_.pool.call(Again::yes, script.add(prefix));
    if (!held) return std::move(held).error();
    std::vector<Lease> all;
    for (std::size_t i = 0; i + 2 < held->view().size(); i += 3)
      all.push_back({std::string(held->at(i).text()), std::string(held->at(i + 1).text()), held->at(i + 2).number()});
    std::sort(all.begin(), all.end(), [](const Lease& a, const Lease& b) { return a.name < b.name; });
    return all;
  }

 private:
  Server& server_;
};

class RedisStreams final : public Streams {
 public:
  explicit RedisStreams(Server& server) : server_(server) {}

  /// An append whose answer was lost is `timeout`: a second one would be a second item.
  Result<std::uint64_t> append(const std::string& stream, std::string bytes, Millis time,
                               const std::vector<Fence>& fences) override {
    const Keys& keys = server_.keys;
    ScriptCall script(append_script(),
                      {keys.streams, keys.stream(stream), fences.empty() ? keys.streams : keys.leases});
    script.add(stream).add(time).add(bytes);
    Journal::add_fences(script, fences);
    auto done = server_.pool.call(Again::no, script);
    if (!done) return std::move(done).error();
    std::size_t index = done->at(1).number();
    if (done->at(0).text() == "ok") return done->at(1).number();
    if (index >= 1 && index <= fences.size()) return fence_lost(fences[index - 1]);
    return make_error(ErrorKind::internal, "Redis answers an append with what is no answer");
  }

  Result<std::vector<StreamItem>> read(const std::string& stream, std::uint64_t after, std::size_t max) override {
    return read_items(server_, stream, after, max);
  }

  Result<void> trim(const std::string& stream, std::uint64_t upto) override {
    std::string key = server_.keys.stream(stream);
    ScriptCall forget(forget_script(), {server_.keys.streams, key});
    auto done = upto == last ? server_.pool.call(Again::yes, forget.add(stream))
                             : server_.pool.call(Again::yes, Command("XTRIM").add(key).add("MINID").add(upto + 1));
    if (!done) return std::move(done).error();
    return {};
  }

 private:
  static constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  Server& server_;
};

class RedisBuckets final : public Buckets {
 public:
  explicit RedisBuckets(Server& server) : server_(server) {}

  [[nodiscard]] bool shared() const override { return true; }

  /// In turns of so many: a script holds the server up.
  Result<std::vector<Drawn>> draw(const std::vector<Draw>& draws) override {
    std::vector<Drawn> drawn;
    for (std::size_t from = 0; from < draws.size(); from += at_once) {
      ScriptCall script(draw_script(), {});
      for (std::size_t i = from; i < std::min(draws.size(), from + at_once); ++i) {
        script.keys.push_back(server_.keys.bucket(draws[i].bucket));
        for (double number : {draws[i].rate, draws[i].capacity, draws[i].spent, draws[i].want}) script.add(number);
      }
      auto reply = server_.pool.call(Again::no, script);
      if (!reply) return std::move(reply).error();
      for (std::size_t i = 0; i < script.keys.size(); ++i)
        drawn.push_back({static_cast<double>(reply->at(2 * i).number()), to_double(reply->at(2 * i + 1).text())});
    }
    return drawn;
  }

 private:
  static constexpr std::size_t at_once = 500;
  static double to_double(std::string_view text) {
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  Server& server_;
};

class RedisStore final : public Store {
 public:
  RedisStore(const RedisOptions& options, std::shared_ptr<const Tls> tls) : server_(options, std::move(tls)) {}

  std::optional<Error> begin() {
    if (auto fault = check_settings(server_)) return fault;
    return log_.begin();
  }

  Log& log() override { return log_; }
  Positions& positions() override { return positions_; }
  Leases& leases() override { return leases_; }
  Streams& streams() override { return streams_; }
  Buckets& buckets() override { return buckets_; }

  Result<std::string> key(const std::string& name) override {
    const std::string& all = server_.keys.keys;
    std::vector<Command> commands{Command("HSETNX").add(all).add(name).add(crypto::random_bytes(32)),
                                  Command("HGET").add(all).add(name)};
    auto replies = server_.pool.call(Again::yes, commands);
    if (!replies) return std::move(replies).error();
    return std::string((*replies)[1].view().text());
  }

 private:
  Server server_;
  Journal journal_{server_, server_.options.recent_entries};
  RedisLog log_{journal_};
  RedisPositions positions_{journal_};
  RedisLeases leases_{server_};
  RedisStreams streams_{server_};
  RedisBuckets buckets_{server_};
};

}  // namespace
}  // namespace redis

Result<std::unique_ptr<Store>> open_redis(const RedisOptions& options) {
  auto tls = redis::make_tls(options.redis);
  if (!tls) return std::move(tls).error();
  auto store = std::make_unique<redis::RedisStore>(options, std::move(*tls));
  if (auto fault = store->begin()) return *fault;
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace netweave::store
