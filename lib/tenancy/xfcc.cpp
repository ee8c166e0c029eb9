#include "tenancy/xfcc.hpp"

#include <algorithm>
#include <optional>

#include "tenancy/dn.hpp"

namespace netweave::tenancy {
namespace {

constexpr std::string_view header_name = "x-forwarded-client-cert";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

std::string_view trimmed(std::string_view text) {
  std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Splits at a mark outside quotes; nullopt where a quote stays open.
std::optional<std::vector<std::string_view>> split(std::string_view text, char mark) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == mark && !quoted) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (quoted) return std::nullopt;
  parts.push_back(text.substr(begin));
  return parts;
}

/// What stands between a value's quotes, if it has any, backslashes kept; nullopt where quotes stand elsewhere.
std::optional<std::string_view> between_quotes(std::string_view value) {
  if (!value.starts_with('"')) return value.find('"') == std::string_view::npos ? std::optional(value) : std::nullopt;
  std::size_t end = 1;
  while (end < value.size() && value[end] != '"') end += value[end] == '\\' ? 2 : 1;
  if (end + 1 != value.size()) return std::nullopt;
  return value.substr(1, end - 1);
}

std::string without_escapes(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    out += value[i];
  }
  return out;
}

/// False where the pair is broken, or its key stood before and may not twice.
bool take_pair(std::string_view pair, ForwardedCertificate& into, std::vector<std::string>& seen) {
  std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return false;
  std::string key = lower(trimmed(pair.substr(0, equals)));
  auto value = between_quotes(trimmed(pair.substr(equals + 1)));
  if (key.empty() || !value) return false;
  if (key == "uri" || key == "dns") {
    (key == "uri" ? into.uris : into.dns).push_back(without_escapes(*value));
    return true;
  }
  if (std::find(seen.begin(), seen.end(), key) != seen.end()) return false;
  // The backslashes of a subject are the name's own (RFC 2253): Envoy puts quotes around it and escapes nothing more.
  if (key == "subject") into.subject = *value;
  if (key == "by") into.by = without_escapes(*value);
  if (key == "hash") into.hash = without_escapes(*value);
  if (key == "cert") into.cert = without_escapes(*value);
  if (key == "chain") into.chain = without_escapes(*value);
  seen.push_back(std::move(key));
  return true;
}

Error refused(std::string cause) {
  Error error = make_error(ErrorKind::unauthenticated, "The forwarded client certificate can't be read.");
  error.cause = std::move(cause);
  return error;
}

}  // namespace

Result<std::vector<ForwardedCertificate>> parse_xfcc(std::string_view header) {
  Error broken = make_error(ErrorKind::invalid, "X-Forwarded-Client-Cert is broken");
  auto elements = split(header, ',');
  if (!elements) return broken;
  std::vector<ForwardedCertificate> certificates;
  for (std::string_view element : *elements) {
    auto pairs = split(element, ';');
    std::vector<std::string> seen;
    ForwardedCertificate certificate;
    for (std::string_view pair : pairs.value_or(std::vector<std::string_view>{{}}))
      if (!take_pair(pair, certificate, seen)) return broken;
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

Result<std::string> forwarded_subject(const http::Headers& headers, std::string_view peer,
                                      std::span<const Network> trusted) {
  auto address = address_of_peer(peer);
  if (!address || !any_holds(trusted, *address)) return std::string();
  const std::string* last = nullptr;  // several header lines are one list, in order (RFC 9110 section 5.3)
  for (const http::Header& header : headers)
    if (lower(header.first) == header_name) last = &header.second;
  if (last == nullptr) return std::string();
  auto certificates = parse_xfcc(*last);
  if (!certificates) return refused(certificates.error().message);
  const std::string& subject = certificates->back().subject;
  if (subject.empty()) return std::string();
  auto name = canonical_dn(subject);
  if (!name) return refused("its subject is " + name.error().message);
  return name;
}

}  // namespace netweave::tenancy
