#include "tenancy/jwt.hpp"

#include <algorithm>
#include <optional>

#include "netweave/value.hpp"

#include "tenancy/base64url.hpp"

namespace netweave::tenancy {
namespace {

using crypto::Scheme;

constexpr std::size_t max_token_bytes = 16 * 1024;
constexpr std::size_t max_kid_bytes = 512;
constexpr std::size_t max_subject_bytes = 255;  // OpenID Connect Core section 2
constexpr double last_second = 253402300799.0;  // of the year 9999

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

/// What a token says is quoted short in a cause.
std::string quoted(std::string_view text) { return "\"" + std::string(text.substr(0, 64)) + "\""; }

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<Value> json_object(std::string_view segment) {
  auto text = from_strict_base64url(segment);
  if (!text) return std::nullopt;
  auto value = Value::parse(*text);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(*value);
}

std::optional<Scheme> scheme_of(std::string_view alg) {
  if (alg == "RS256") return Scheme::rs256;
  if (alg == "ES256") return Scheme::es256;
  if (alg == "EdDSA") return Scheme::ed25519;
  return std::nullopt;
}

/// RFC 8725 section 3.11: a token that says it is something else (a logout token, a DPoP proof) is no access token.
bool access_token_type(const Value& typ) {
  std::string name = lower(typ.as_text());
  if (name.starts_with("application/")) name.erase(0, 12);
  return name == "jwt" || name == "at+jwt";  // RFC 9068
}

/// The cause of a refusal; empty where the header is good.
std::string take_header(const Value& header, Unproven& token) {
  auto scheme = scheme_of(header.at("alg").as_text());
  if (!scheme) return "its alg is " + quoted(header.at("alg").as_text()) + ", not RS256, ES256 or EdDSA";
  if (header.find("crit") != nullptr) return "its header has crit, and no extension is known";
  if (header.find("b64") != nullptr) return "its header has b64";
  if (header.find("cty") != nullptr) return "it holds another token";
  if (const Value* typ = header.find("typ"); typ != nullptr && !access_token_type(*typ))
    return "its typ is " + quoted(typ->as_text()) + ", not JWT or at+jwt";
  if (const Value* kid = header.find("kid")) {
    if (!kid->is_text() || kid->empty() || kid->as_text().size() > max_kid_bytes)
      return "its kid is no text, or too long";
    token.kid = kid->as_text();
  }
  token.scheme = *scheme;
  return {};
}

bool names(const Value& audience, std::string_view wanted) {
  if (audience.is_text()) return audience.as_text() == wanted;
  const Value::Array& all = audience.as_array();
  bool texts = std::all_of(all.begin(), all.end(), [](const Value& one) { return one.is_text(); });
  return texts && std::any_of(all.begin(), all.end(), [&](const Value& one) { return one.as_text() == wanted; });
}

/// The claim at a path. Names may hold dots themselves ("https://example.com/roles"): the longest name wins at each
/// step only where nothing shorter leads on, and the whole name before all.
const Value* claim_at(const Value& object, std::string_view path) {
  if (const Value* whole = object.find(path)) return whole;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1))
    if (const Value* outer = object.find(path.substr(0, dot)))
      if (const Value* inner = claim_at(*outer, path.substr(dot + 1))) return inner;
  return nullptr;
}

/// False where an entry is no text.
bool take_roles(const Value& claim, std::vector<std::string>& roles) {
  auto add = [&](std::string_view role) {
    if (!role.empty() && std::find(roles.begin(), roles.end(), role) == roles.end()) roles.emplace_back(role);
  };
  if (claim.is_text()) {
    std::string_view rest = claim.as_text();
    while (!rest.empty()) {
      std::size_t end = std::min(rest.find(' '), rest.size());
      add(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return true;
  }
  for (const Value& role : claim.as_array()) {
    if (!role.is_text()) return false;
    add(role.as_text());
  }
  return claim.is_array() || claim.is_null();
}

/// NumericDate (RFC 7519 section 2), brought within the years that are stored.
Millis millis_of(const Value& date) {
  return static_cast<Millis>(std::clamp(date.as_number(), 0.0, last_second) * 1000);
}

std::string take_times(const Value& payload, Claims& claims) {
  const Value* expires = payload.find("exp");
  if (expires == nullptr || !expires->is_number()) return "it has no exp, or one that is no number";
  claims.expires_at = millis_of(*expires);
  if (const Value* begins = payload.find("nbf")) {
    if (!begins->is_number()) return "its nbf is no number";
    claims.not_before = millis_of(*begins);
  }
  return {};
}

std::string take_claims(const Value& payload, const JwtOptions& options, Claims& claims) {
  const Value& issuer = payload.at("iss");
  if (!issuer.is_text() || issuer.as_text() != options.issuer)
    return "its iss is " + quoted(issuer.as_text()) + ", not " + quoted(options.issuer);
  if (!names(payload.at("aud"), options.audience)) return "its aud does not name " + quoted(options.audience);
  std::string_view subject = payload.at("sub").as_text();
  if (subject.empty() || subject.size() > max_subject_bytes || has_control(subject))
    return "it has no sub, or a bad one";
  claims.subject = subject;
  if (const Value* tenant = claim_at(payload, options.tenant_claim)) {
    if (!tenant->is_text() || has_control(tenant->as_text())) return "its tenant is no text";
    claims.tenant = tenant->as_text();
  }
  if (const Value* roles = claim_at(payload, options.roles_claim);
      roles != nullptr && !take_roles(*roles, claims.roles))
    return "its roles are no list of texts";
  return take_times(payload, claims);
}

}  // namespace

Error refused_token(std::string cause) {
  Error error = make_error(ErrorKind::unauthenticated, "The bearer token is not valid.");
  error.cause = "token refused: " + std::move(cause);
  return error;
}

std::string_view time_fault(const Claims& claims, std::chrono::seconds skew,
                            std::chrono::system_clock::time_point now) {
  Millis at = to_millis(now);
  Millis slack = std::chrono::duration_cast<std::chrono::milliseconds>(skew).count();
  if (at >= claims.expires_at + slack) return "it has expired";
  if (at < claims.not_before - slack) return "it is not valid yet";
  return {};
}

Result<Unproven> read_token(std::string_view token, const JwtOptions& options,
                            std::chrono::system_clock::time_point now) {
  if (token.size() > max_token_bytes) return refused_token("it has more than 16 KiB");
  std::size_t first = token.find('.');
  std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return refused_token("it has not three parts");
  Unproven unproven;
  auto header = json_object(token.substr(0, first));
  if (!header) return refused_token("its header is no JSON object in base64url");
  if (std::string cause = take_header(*header, unproven); !cause.empty()) return refused_token(std::move(cause));
  auto payload = json_object(token.substr(first + 1, second - first - 1));
  if (!payload) return refused_token("its payload is no JSON object in base64url");
  if (std::string cause = take_claims(*payload, options, unproven.claims); !cause.empty())
    return refused_token(std::move(cause));
  if (std::string_view cause = time_fault(unproven.claims, options.clock_skew, now); !cause.empty())
    return refused_token(std::string(cause));
  auto signature = from_strict_base64url(token.substr(second + 1));
  if (!signature) return refused_token("its signature is not base64url");
  unproven.signature = std::move(*signature);
  unproven.signed_part = token.substr(0, second);
  return unproven;
}

}  // namespace netweave::tenancy
