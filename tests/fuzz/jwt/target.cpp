#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tenancy/jwt.hpp"

using namespace netweave;
using namespace netweave::tenancy;

/// A token is refused with a cause, or its claims hold at that time and its three parts are what was read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const JwtOptions options = [] {
    JwtOptions made;
    made.issuer = "i";
    made.audience = "a";
    made.tenant_claim = "t.id";
    made.roles_claim = "r.s";
    return made;
  }();
  constexpr std::chrono::system_clock::time_point now{std::chrono::seconds(1000)};
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto token = read_token(text, options, now);
  bool good = token ? !token->claims.subject.empty() && !token->signature.empty() &&
                          text.starts_with(token->signed_part + ".") &&
                          time_fault(token->claims, options.clock_skew, now).empty()
                    : token.error().kind == ErrorKind::unauthenticated && !token.error().cause.empty();
  if (!good) std::abort();
  return 0;
}
