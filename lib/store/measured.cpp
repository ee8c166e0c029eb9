#include "store/measured.hpp"

#include "telemetry/calls.hpp"

namespace netweave::store {
namespace {

using telemetry::Calls;

std::string name_of(StoreBackend backend) {
  if (backend == StoreBackend::memory) return "memory";
  return backend == StoreBackend::redis ? "redis" : "sqlite";
}

/// Makes the Calls of a backend's operations.
struct Meter {
  telemetry::Metrics& metrics;
  telemetry::Tracer* tracer;
  std::string backend;

  [[nodiscard]] Calls of(const std::string& operation) const {
    return {
        metrics,
        {"netweave_store_operations_total", "netweave_store_operation_duration_seconds", "Calls of the store", "store"},
        {{"backend", backend}, {"operation", operation}},
        tracer};
  }
};

class MeasuredLog final : public Log {
 public:
  MeasuredLog(Log& behind, const Meter& meter)
      : behind_(behind),
        load_(meter.of("load")),
        commit_(meter.of("commit")),
        read_(meter.of("read")),
        trim_(meter.of("trim")),
        before_(meter.of("before")),
        begin_epoch_(meter.of("begin_epoch")) {}

  Result<Revision> load(const std::function<void(ObjectRef)>& each) override {
    return load_.measure([&] { return behind_.load(each); });
  }
  Result<Revision> commit(const Commit& commit) override {
    return commit_.measure([&] { return behind_.commit(commit); });
  }
  Result<std::vector<Entry>> read(Revision after, std::size_t max) override {
    return read_.measure([&] { return behind_.read(after, max); });
  }
  Revision wait(Revision after, std::chrono::steady_clock::time_point deadline, std::stop_token stop) override {
    return behind_.wait(after, deadline, std::move(stop));
  }
  [[nodiscard]] Revision head() const override { return behind_.head(); }
  [[nodiscard]] Revision oldest() const override { return behind_.oldest(); }
  Result<void> trim(Revision upto) override {
    return trim_.measure([&] { return behind_.trim(upto); });
  }
  Result<Revision> before(Millis time) override {
    return before_.measure([&] { return behind_.before(time); });
  }
  [[nodiscard]] std::string epoch() const override { return behind_.epoch(); }
  Result<std::string> begin_epoch(const std::string& from) override {
    return begin_epoch_.measure([&] { return behind_.begin_epoch(from); });
  }

 private:
  Log& behind_;
  Calls load_, commit_, read_, trim_, before_, begin_epoch_;
};

class MeasuredPositions final : public Positions {
 public:
  MeasuredPositions(Positions& behind, const Meter& meter)
      : behind_(behind),
        load_(meter.of("load_positions")),
        find_(meter.of("find_position")),
        write_(meter.of("write_positions")),
        remove_(meter.of("remove_positions")) {}

  Result<std::vector<Position>> load() override {
    return load_.measure([&] { return behind_.load(); });
  }
  Result<std::optional<Position>> find(const std::string& reader) override {
    return find_.measure([&] { return behind_.find(reader); });
  }
  Result<void> write(const std::vector<Position>& positions, const std::vector<Fence>& fences) override {
    return write_.measure([&] { return behind_.write(positions, fences); });
  }
  Result<void> remove(const std::vector<std::string>& readers) override {
    return remove_.measure([&] { return behind_.remove(readers); });
  }

 private:
  Positions& behind_;
  Calls load_, find_, write_, remove_;
};

class MeasuredLeases final : public Leases {
 public:
  MeasuredLeases(Leases& behind, const Meter& meter)
      : behind_(behind),
        acquire_(meter.of("acquire_lease")),
        release_(meter.of("release_lease")),
        list_(meter.of("list_leases")) {}

  Result<std::uint64_t> acquire(const std::string& name, const std::string& holder,
                                std::chrono::milliseconds ttl) override {
    return acquire_.measure([&] { return behind_.acquire(name, holder, ttl); });
  }
  Result<void> release(const std::string& name, const std::string& holder) override {
    return release_.measure([&] { return behind_.release(name, holder); });
  }
  Result<std::vector<Lease>> list(const std::string& prefix) override {
    return list_.measure([&] { return behind_.list(prefix); });
  }

 private:
  Leases& behind_;
  Calls acquire_, release_, list_;
};

class MeasuredStreams final : public Streams {
 public:
  MeasuredStreams(Streams& behind, const Meter& meter)
      : behind_(behind),
        append_(meter.of("append_stream")),
        read_(meter.of("read_stream")),
        trim_(meter.of("trim_stream")) {}

  Result<std::uint64_t> append(const std::string& stream, std::string bytes, Millis time,
                               const std::vector<Fence>& fences) override {
    return append_.measure([&] { return behind_.append(stream, std::move(bytes), time, fences); });
  }
  Result<std::vector<StreamItem>> read(const std::string& stream, std::uint64_t after, std::size_t max) override {
    return read_.measure([&] { return behind_.read(stream, after, max); });
  }
  Result<void> trim(const std::string& stream, std::uint64_t upto) override {
    return trim_.measure([&] { return behind_.trim(stream, upto); });
  }

 private:
  Streams& behind_;
  Calls append_, read_, trim_;
};

class MeasuredBuckets final : public Buckets {
 public:
  MeasuredBuckets(Buckets& behind, const Meter& meter) : behind_(behind), draw_(meter.of("draw_buckets")) {}
  [[nodiscard]] bool shared() const override { return behind_.shared(); }
  Result<std::vector<Drawn>> draw(const std::vector<Draw>& draws) override {
    return draw_.measure([&] { return behind_.draw(draws); });
  }

 private:
  Buckets& behind_;
  Calls draw_;
};

class MeasuredStore final : public Store {
 public:
  MeasuredStore(std::unique_ptr<Store> behind, const Meter& meter)
      : behind_(std::move(behind)),
        key_(meter.of("key")),
        log_(behind_->log(), meter),
        positions_(behind_->positions(), meter),
        leases_(behind_->leases(), meter),
        streams_(behind_->streams(), meter),
        buckets_(behind_->buckets(), meter) {}

  Log& log() override { return log_; }
  Positions& positions() override { return positions_; }
  Leases& leases() override { return leases_; }
  Streams& streams() override { return streams_; }
  Buckets& buckets() override { return buckets_; }
  Result<std::string> key(const std::string& name) override {
    return key_.measure([&] { return behind_->key(name); });
  }

 private:
  std::unique_ptr<Store> behind_;
  Calls key_;
  MeasuredLog log_;
  MeasuredPositions positions_;
  MeasuredLeases leases_;
  MeasuredStreams streams_;
  MeasuredBuckets buckets_;
};

}  // namespace

std::unique_ptr<Store> measured(std::unique_ptr<Store> store, StoreBackend backend, telemetry::Metrics& metrics,
                                telemetry::Tracer* tracer) {
  return std::make_unique<MeasuredStore>(std::move(store), Meter{metrics, tracer, name_of(backend)});
}

}  // namespace netweave::store
