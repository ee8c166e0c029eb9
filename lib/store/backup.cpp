#include "netweave/backup.hpp"

#include "store/copy.hpp"

namespace netweave {
namespace {

Error no_memory(const std::string& what) {
  Error error = make_error(ErrorKind::invalid, "a memory store can't be " + what);
  error.faults.push_back(
      {"store.backend", "memory ends with its gateway and can't be " + what + ": set it to sqlite or redis"});
  return error;
}

/// The objects that went through, beside what the sink says.
Result<BackupSummary> finish(store::CopySink& sink, std::uint64_t objects, const Result<model::Revision>& copied) {
  if (!copied) return copied.error();
  auto epoch = sink.finish(*copied);
  if (!epoch) return std::move(epoch).error();
  return BackupSummary{objects, *copied, std::move(*epoch)};
}

/// Counts along.
struct Counter {
  const BackupProgress& progress;
  std::uint64_t objects = 0;

  store::CopyProgress told() {
    return [this](std::uint64_t done, std::uint64_t total) {
      objects = done;
      if (progress) progress(done, total);
    };
  }
};

}  // namespace

store::RedisOptions store::redis_options(const Config& config) {
  return {config.redis, config.o_cloud.id, config.store.wait_replicas, config.store.wait_timeout};
}

Result<BackupSummary> back_up(const Config& config, const std::string& file, const BackupProgress& progress) {
  if (config.store.backend == StoreBackend::memory) return no_memory("backed up");
  auto sink = store::make_backup_file(file);
  if (!sink) return std::move(sink).error();
  Counter counter{progress};
  auto copied = config.store.backend == StoreBackend::redis
                    ? store::copy_redis(store::redis_options(config), **sink, counter.told())
                    : store::copy_sqlite(config.store.path, "store", false, **sink, counter.told());
  return finish(**sink, counter.objects, copied);
}

Result<BackupSummary> restore(const Config& config, const std::string& file, const BackupProgress& progress) {
  if (config.store.backend == StoreBackend::memory) return no_memory("restored");
  auto sink = config.store.backend == StoreBackend::redis ? store::fill_redis(store::redis_options(config))
                                                          : store::fill_sqlite(config.store.path);
  if (!sink) return std::move(sink).error();
  Counter counter{progress};
  auto copied = store::copy_sqlite(file, "backup", true, **sink, counter.told());
  return finish(**sink, counter.objects, copied);
}

}  // namespace netweave
