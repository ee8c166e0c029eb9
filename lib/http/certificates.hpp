#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "netweave/http/native.hpp"

#include "http/tls.hpp"

namespace netweave::http {

/// The certificates in force. Files that change are read again within seconds, by a thread of its own; what can't be
/// used is logged, and what was in force stays. Any thread.
class Certificates {
 public:
  using Log = std::function<void(std::string_view level, std::string_view message)>;

  /// Errors: TlsContext::make's.
  static Result<std::unique_ptr<Certificates>> load(const TlsOptions& options, Log log);
  ~Certificates();

  [[nodiscard]] std::shared_ptr<const TlsContext> current() const;
  /// Reads the files that these options name. Errors: TlsContext::make's; what was in force stays.
  Result<void> reload(const TlsOptions& options);

 private:
  Certificates() = default;
  void watch();
  void look(bool renew);

  Log log_;
  mutable std::mutex mutex_;  // guards what follows
  TlsOptions options_;
  std::shared_ptr<const TlsContext> current_;
  std::string state_;  ///< of the files, when they were last read
  bool ended_ = false;
  std::condition_variable woken_;
  std::thread thread_;
};

}  // namespace netweave::http
