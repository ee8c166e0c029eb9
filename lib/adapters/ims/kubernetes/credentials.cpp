#include "adapters/ims/kubernetes/credentials.hpp"

#include <fstream>
#include <iterator>
#include <limits>

namespace netweave::ims::kubernetes {
namespace {

constexpr Millis file_is_fresh = 10'000;
/// A credential is renewed so long before it expires, for a request takes its time.
constexpr Millis renew_before = 10'000;

}  // namespace

Credentials::Credentials(const Endpoint& endpoint, Clock clock) : endpoint_(endpoint), clock_(std::move(clock)) {}

Result<Credential> Credentials::current(const std::stop_token& stop) {
  const Identity& identity = endpoint_.identity;
  if (identity.token_file.empty() && !identity.exec) return Credential{identity.token, {}, {}};
  std::lock_guard lock(mutex_);
  Millis now = to_millis(clock_());
  if (known_ && now < fresh_until_) return *known_;
  return identity.exec ? from_plugin(now, stop) : from_file(now);
}

bool Credentials::refused(const Credential& used) {
  if (endpoint_.identity.token_file.empty() && !endpoint_.identity.exec) return false;
  std::lock_guard lock(mutex_);
  if (known_ && known_->token == used.token && known_->certificate_pem == used.certificate_pem) known_.reset();
  return true;
}

Result<Credential> Credentials::from_file(Millis now) {
  const std::string& path = endpoint_.identity.token_file;
  std::ifstream file(path);
  std::string token{std::istreambuf_iterator<char>(file), {}};
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  if (token.empty()) {
    Error error = make_error(ErrorKind::unauthenticated, path + " holds no token, or can't be read");
    error.code = "UNAUTHENTICATED";
    error.from_backend = true;
    return error;
  }
  known_ = Credential{std::move(token), {}, {}};
  fresh_until_ = now + file_is_fresh;
  return *known_;
}

Result<Credential> Credentials::from_plugin(Millis now, const std::stop_token& stop) {
  auto given = run_exec_plugin(*endpoint_.identity.exec, endpoint_, stop);
  if (!given) return std::move(given).error();
  known_ = Credential{std::move(given->token), std::move(given->certificate_pem), std::move(given->key_pem)};
  fresh_until_ = given->expires ? *given->expires - renew_before : std::numeric_limits<Millis>::max();
  fresh_until_ = std::max(fresh_until_, now);
  return *known_;
}

}  // namespace netweave::ims::kubernetes
