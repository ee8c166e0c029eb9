#include "copies.hpp"

#include <chrono>
#include <cinttypes>
#include <cstdio>

#include "netweave/backup.hpp"

#include "serve.hpp"

namespace netweave::gateway {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto told_every = std::chrono::seconds(1);

/// A line a second at most.
BackupProgress progress() {
  return [next = Clock::now() + told_every](std::uint64_t done, std::uint64_t total) mutable {
    if (Clock::now() < next) return;
    next = Clock::now() + told_every;
    std::fprintf(stderr, "%" PRIu64 " of %" PRIu64 " objects\n", done, total);
  };
}

template <class Copy>
int perform(const LoadedConfig& loaded, const char* what, const std::string& file, Copy copy) {
  for (const std::string& warning : loaded.warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  auto began = Clock::now();
  auto done = copy(loaded.config, file, progress());
  if (!done) return report_failure(done.error());
  std::fprintf(stderr, "%s %s: %" PRIu64 " objects as of revision %" PRIu64 ", in %.1f s; its epoch is %s\n", what,
               file.c_str(), done->objects, done->revision, std::chrono::duration<double>(Clock::now() - began).count(),
               done->epoch.c_str());
  return Exit::stopped;
}

}  // namespace

int back_up(const LoadedConfig& loaded, const std::string& file) {
  return perform(loaded, "backed up to", file, netweave::back_up);
}

int restore(const LoadedConfig& loaded, const std::string& file) {
  return perform(loaded, "restored from", file, netweave::restore);
}

}  // namespace netweave::gateway
