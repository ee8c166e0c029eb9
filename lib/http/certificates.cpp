#include "http/certificates.hpp"

#include <chrono>
#include <utility>

#include <sys/stat.h>

namespace netweave::http {
namespace {

using Clock = std::chrono::steady_clock;

/// A look is three calls of stat: inotify would have to follow the links that a mounted secret consists of.
constexpr auto between_looks = std::chrono::seconds(1);
/// The keys of the tickets are a context's own: an old one opens what was recorded of TLS 1.2.
constexpr auto ticket_key_age = std::chrono::hours(12);

/// Changes when one of the files does.
std::string state_of(const TlsOptions& options) {
  std::string state;
  for (const std::string* file : {&options.cert_file, &options.key_file, &options.ca_file}) {
    struct stat about {};
    if (::stat(file->c_str(), &about) != 0) about = {};
    for (auto number : {static_cast<long long>(about.st_dev), static_cast<long long>(about.st_ino),
                        static_cast<long long>(about.st_size), static_cast<long long>(about.st_mtim.tv_sec),
                        static_cast<long long>(about.st_mtim.tv_nsec)})
      state.append(std::to_string(number)).append(" ");
  }
  return state;
}

}  // namespace

Result<std::unique_ptr<Certificates>> Certificates::load(const TlsOptions& options, Log log) {
  std::unique_ptr<Certificates> made(new Certificates);
  made->log_ = std::move(log);
  if (auto loaded = made->reload(options); !loaded) return loaded.error();
  made->thread_ = std::thread([self = made.get()] { self->watch(); });
  return made;
}

Certificates::~Certificates() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const TlsContext> Certificates::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

Result<void> Certificates::reload(const TlsOptions& options) {
  std::string state = state_of(options);  // before they are read: a change meanwhile is seen at the next look
  auto made = TlsContext::make(options);
  {
    std::lock_guard lock(mutex_);
    if (state_.empty() || made) options_ = options;
    state_ = std::move(state);
    if (made) current_ = *made;
  }
  if (!made) return made.error();
  if (log_) log_("info", "tls: the certificate is " + (*made)->about());
  return {};
}

void Certificates::look(bool renew) {
  TlsOptions options;
  {
    std::lock_guard lock(mutex_);
    options = options_;
    if (!renew && state_of(options) == state_) return;
  }
  auto loaded = reload(options);
  if (!loaded && log_) log_("error", "tls: what was in force stays: " + loaded.error().message);
}

void Certificates::watch() {
  auto renewed = Clock::now();
  std::unique_lock lock(mutex_);
  while (!woken_.wait_for(lock, between_looks, [&] { return ended_; })) {
    lock.unlock();
    bool renew = Clock::now() - renewed > ticket_key_age;
    if (renew) renewed = Clock::now();
    look(renew);
    lock.lock();
  }
}

}  // namespace netweave::http
