#include "api/oran/asked.hpp"

#include <algorithm>

#include "api/collection.hpp"
#include "api/validation.hpp"
#include "base/crypto.hpp"
#include "query/oran_filter.hpp"

namespace netweave::api::oran {
namespace {

void check_paths(std::span<const query::Selectable> attributes, const std::vector<query::Condition>& conditions,
                 std::vector<Fault>& faults) {
  for (const query::Condition& condition : conditions) {
    auto known = std::find_if(attributes.begin(), attributes.end(), [&](const query::Selectable& attribute) {
      return attribute.name == condition.path.front();
    });
    if (known == attributes.end() || (condition.path.size() > 1 && !known->open))
      faults.push_back({condition.parameter, "there is no attribute \"" + query::oran_path(condition.path) + "\""});
  }
}

void read_filters(const Call& call, Asked& into, std::vector<Fault>& faults) {
  std::size_t most = call.services.config.query.max_expression_bytes;
  for (const auto& [name, value] : call.parameters.items()) {
    if (name != "filter") continue;
    if (value.size() > most) {
      faults.push_back({"filter", "is longer than " + std::to_string(most) + " bytes"});
      continue;
    }
    auto conditions = query::parse_oran_filter(value, faults);
    std::move(conditions.begin(), conditions.end(), std::back_inserter(into.conditions));
    into.identity += value + "\n";
  }
}

}  // namespace

void read_list(const Call& call, std::span<const query::Selectable> attributes, Asked& into,
               std::vector<Fault>& faults) {
  const Config& config = call.services.config;
  into.attributes.assign(attributes.begin(), attributes.end());
  read_filters(call, into, faults);
  check_paths(attributes, into.conditions, faults);
  into.selectors = query::parse_selectors(call.parameters, attributes, faults);
  into.paging = read_paging(call.parameters, config, faults);
  into.deadline = std::min(call.request.deadline, std::chrono::steady_clock::now() + config.query.scan_timeout);
}

bool read_selectors(Call& call, std::span<const query::Selectable> attributes, query::Selectors& into) {
  std::vector<Fault> faults;
  into = query::parse_selectors(call.parameters, attributes, faults);
  return !refuse(call, std::move(faults));
}

std::string selected(const std::string& json, const query::Selectors& selectors,
                     std::span<const query::Selectable> attributes) {
  if (!selectors.any()) return json;
  return query::select(Value::parse(json).value_or(Value()), selectors, attributes).to_json();
}

void Tag::mix(std::string_view text) noexcept {
  for (char c : text) mix(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
}

std::string Tag::weak(const std::string& epoch) const {
  std::string bytes(reinterpret_cast<const char*>(&hash_), sizeof(hash_));
  return "W/\"" + epoch + "." + crypto::to_hex(bytes) + "\"";
}

std::string tag_of_content(const Call& call, const std::string& json) {
  return "\"" + call.services.epoch() + "." + crypto::to_hex(crypto::sha256(json)).substr(0, 16) + "\"";
}

void answer_body(Call& call, std::string etag, std::string body, http::Response response) {
  if (not_modified(call, etag)) return;
  response.headers.emplace_back("Content-Type", "application/json");
  response.headers.emplace_back("ETag", std::move(etag));
  response.body = http::Body(std::move(body));
  call.answer(std::move(response));
}

}  // namespace netweave::api::oran
