#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

/// Real redis-servers on free ports of loopback, each in a directory of its own.
namespace netweave::store::test {

class RedisServer {
 public:
  struct Setup {
    std::vector<std::string> settings = {};  ///< further command line: {"--requirepass", "x"}
    bool tls = false;                        ///< TLS alone, with the certificates of `directory`
    bool durable = false;                    ///< every write synced
    std::string directory = {};              ///< an existing one, which stays; empty: one that goes with the server
    int port = 0;                            ///< 0: a free one
    std::string configuration = {};          ///< of a Sentinel: the file's text; else empty
  };
  RedisServer() : RedisServer(Setup()) {}
  explicit RedisServer(Setup setup);
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  [[nodiscard]] int port() const { return setup_.port; }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(setup_.port); }
  [[nodiscard]] const std::string& directory() const { return setup_.directory; }

  void start();
  void signal(int number);
  /// kill -9.
  void kill();
  /// redis-cli's answer, without the last line's end.
  std::string call(const std::string& words) const;
  void wait_until(const std::string& words, const std::string& part) const;

 private:
  [[nodiscard]] std::vector<std::string> command_line() const;
  Setup setup_;
  bool own_directory_;
  pid_t process_ = -1;
};

/// The one that tests share whose business is not the server.
RedisServer& shared_redis();

int free_port();
/// What a program says; throws where it fails.
std::string run(const std::string& command);
/// ca.crt, server.crt, server.key (for 127.0.0.1) and other.crt, of another authority, by openssl.
void make_certificates(const std::string& directory);

}  // namespace netweave::store::test
