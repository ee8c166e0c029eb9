#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "netweave/gateway.hpp"

/// A gateway in the bench's own process, over a store that the command line names, with an adapter whose changes the
/// bench makes up. What fails ends the program with a message: nobody calls a bench but tests/bench/run.
namespace netweave::bench {

[[noreturn]] void fail(const std::string& why);

/// `kind` is memory, sqlite or redis; `where` a file, or host:port.
Config config_over(const std::string& kind, const std::string& where);

/// One of the inventory's resources; number i is in the pool "t-pool-<i modulo `pools`>". Its description is
/// "stamp:<stamp>;", its JSON about 700 bytes.
ims::Observed resource(unsigned index, unsigned pools, std::int64_t stamp);

/// What an adapter does after its first list.
using Script = std::function<void(ims::Feed&, const std::stop_token&)>;

/// Started and synced, with 1,000 resources in so many pools. The script runs on the adapter's thread once `open` is
/// called.
class BenchGateway {
 public:
  BenchGateway(Config config, unsigned pools, Script script);
  ~BenchGateway();
  void open();
  /// To that port of loopback; an empty pool: all.
  void subscribe(int port, const std::string& pool);
  /// How many notifications were accepted so far.
  double delivered();

 private:
  struct Gate;
  std::shared_ptr<Gate> gate_;
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace netweave::bench
