#pragma once

#include "store/redis/follower.hpp"
#include "store/redis/journal.hpp"

namespace netweave::store::redis {

/// The log, its fold and the counters in Redis. See Log for the contract, README.md for the keys.
class RedisLog final : public Log {
 public:
  explicit RedisLog(Journal& journal) : journal_(journal), follower_(journal) {}
  /// Once, before anything else.
  std::optional<Error> begin();

  Result<Revision> load(const std::function<void(ObjectRef)>& each) override;
  Result<Revision> commit(const Commit& commit) override;
  Result<std::vector<Entry>> read(Revision after, std::size_t max) override;
  Revision wait(Revision after, std::chrono::steady_clock::time_point deadline, std::stop_token stop) override;
  Revision head() const override { return journal_.history().recent().head(); }
  Revision oldest() const override { return journal_.history().recent().oldest(); }
  Result<void> trim(Revision upto) override;
  Result<Revision> before(Millis time) override;
  std::string epoch() const override { return journal_.history().seen().epoch; }
  Result<std::string> begin_epoch(const std::string& from) override;

 private:
  /// A commit that is in the log.
  struct Done {
    Revision first = 0;
    Revision last = 0;
    std::string previous;  ///< the commit before it
  };
  ScriptCall script_of(const Commit& commit, const Seen& seen, const std::string& id) const;
  Result<Done> perform(const Commit& commit, const Seen& seen, const std::string& id);
  Result<Done> done_of(View reply, const Commit& commit, const Seen& seen);
  Result<Done> look_for(const Commit& commit, const Seen& seen, const std::string& id, Error lost);
  void append(const Commit& commit, const Seen& seen, const std::string& id, const Done& done);
  Result<std::vector<Entry>> read_from_server(Revision after, std::size_t max);

  Journal& journal_;
  Follower follower_;
  std::mutex committing_;
  std::mutex loading_;
};

}  // namespace netweave::store::redis
