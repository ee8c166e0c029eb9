#include "base/crypto.hpp"
#include "store/commit_check.hpp"
#include "store/copy.hpp"
#include "store/record.hpp"
#include "store/redis/journal.hpp"
#include "store/redis/position_text.hpp"
#include "store/redis/tls.hpp"

namespace netweave::store {
namespace redis {
namespace {

constexpr std::size_t batch_bytes = 512 * 1024;
constexpr std::size_t batch_fields = 1000;

/// Fills the keys under a claim, in batches; the store is there when `meta` says so, last.
class KeySink final : public CopySink {
 public:
  KeySink(const RedisOptions& options, std::shared_ptr<const Tls> tls) : server_(options, std::move(tls)) {}
  ~KeySink() override {
    if (claimed_ && !finished_) abandon();
  }

  std::optional<Error> begin() {
    if (auto fault = check_settings(server_)) return fault;
    const Keys& k = keys();
    ScriptCall claim(claim_script(), {k.meta, k.objects, k.counters, k.positions, k.leases, k.keys, k.streams});
    auto claimed = server_.pool.call(Again::yes, claim.add(maker_));
    if (!claimed) return std::move(claimed).error();
    if (claimed->at(0).text() == "used")
      return make_error(ErrorKind::conflict, "the keys " + k.base +
                                                 "* in Redis are not empty: delete them, or give redis.key_prefix "
                                                 "another value; they were left as they were");
    claimed_ = true;
    View left = claimed->at(1);
    for (std::size_t i = 0; i < left.size(); ++i) {
      auto gone = server_.pool.call(Again::yes, Command("UNLINK").add(k.stream(std::string(left.at(i).text()))));
      if (!gone) return std::move(gone).error();
    }
    return std::nullopt;
  }

  std::optional<Error> object(const model::Object& object) override {
    encode_record(object, object.revision(), record_);
    return put(keys().objects, key_of(object), record_);
  }
  std::optional<Error> counter(const std::string& name, std::int64_t value) override {
    return put(keys().counters, name, std::to_string(value));
  }
  std::optional<Error> position(const Position& position) override {
    return put(keys().positions, position.reader, position_text(position));
  }
  /// Tokens are the server's clock here: later than any of before.
  std::optional<Error> lease(const std::string&, std::uint64_t) override { return std::nullopt; }
  std::optional<Error> key(const std::string& name, const std::string& bytes) override {
    return put(keys().keys, name, bytes);
  }
  std::optional<Error> stream(const std::string& name, std::uint64_t head) override {
    streams_.push_back(keys().stream(name));
    return put(keys().streams, name, std::to_string(head));
  }
  std::optional<Error> item(const std::string& stream, const StreamItem& item) override {
    std::string key = keys().stream(stream);
    if (auto fault = turn_to(key, put_items_script())) return fault;
    batch_->add(item.sequence).add(item.time).add(item.bytes);
    return flush_full();
  }

  Result<std::string> finish(Revision head) override {
    if (auto fault = flush()) return *fault;
    std::string epoch = new_epoch();
    ScriptCall script(finish_script(), {keys().meta});
    script.add(maker_).add(format).add(epoch).add(head).add(crypto::random_bytes(8));
    if (auto fault = run(script)) return *fault;
    finished_ = true;
    if (server_.options.wait_replicas == 0) return epoch;
    if (auto fault = Journal(server_, 0).acknowledge(epoch)) return *fault;
    return epoch;
  }

 private:
  [[nodiscard]] const Keys& keys() const { return server_.keys; }

  std::optional<Error> put(const std::string& hash, const std::string& field, const std::string& value) {
    if (auto fault = turn_to(hash, put_script())) return fault;
    batch_->add(field).add(value);
    return flush_full();
  }

  /// What is added next belongs to that key.
  std::optional<Error> turn_to(const std::string& key, const Script& script) {
    if (batch_ && batch_->keys.back() == key) return std::nullopt;
    if (auto fault = flush()) return fault;
    batch_.emplace(script, std::vector<std::string>{keys().meta, key});
    batch_->add(maker_);
    return std::nullopt;
  }

  std::optional<Error> flush_full() {
    for (; counted_ < batch_->arguments.size(); ++counted_) bytes_ += batch_->arguments[counted_].size();
    if (bytes_ < batch_bytes && counted_ < batch_fields) return std::nullopt;
    return flush();
  }

  std::optional<Error> flush() {
    if (!batch_) return std::nullopt;
    ScriptCall batch = std::move(*batch_);
    batch_.reset();
    bytes_ = counted_ = 0;
    return run(batch);
  }

  /// Never again by itself: a step whose outcome is unknown fails the restore, which is then made anew.
  std::optional<Error> run(const ScriptCall& script) {
    auto done = server_.pool.call(Again::no, script);
    if (!done) return std::move(done).error();
    if (done->at(0).text() == "ok") return std::nullopt;
    return make_error(ErrorKind::unavailable, "another restore into the keys " + keys().base +
                                                  "* in Redis began meanwhile, or they were deleted: see to it that "
                                                  "one runs alone");
  }

  void abandon() {
    const Keys& k = keys();
    std::vector<std::string> all{k.meta, k.objects, k.counters, k.positions, k.leases, k.keys, k.streams};
    all.insert(all.end(), streams_.begin(), streams_.end());
    ScriptCall script(abandon_script(), std::move(all));
    (void)server_.pool.call(Again::yes, script.add(maker_));  // what is left if it fails, the next restore clears
  }

  Server server_;
  const std::string maker_ = crypto::to_hex(crypto::random_bytes(8));
  bool claimed_ = false;
  bool finished_ = false;
  std::string record_;
  std::vector<std::string> streams_;
  std::optional<ScriptCall> batch_;
  std::size_t counted_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace
}  // namespace redis

Result<std::unique_ptr<CopySink>> fill_redis(const RedisOptions& options) {
  auto tls = redis::make_tls(options.redis);
  if (!tls) return std::move(tls).error();
  auto sink = std::make_unique<redis::KeySink>(options, std::move(*tls));
  if (auto fault = sink->begin()) return *fault;
  return std::unique_ptr<CopySink>(std::move(sink));
}

}  // namespace netweave::store
