#include "api/oran/paging.hpp"

#include <algorithm>
#include <charconv>

#include "api/oran/path.hpp"

namespace netweave::api::oran {
namespace {

constexpr std::string_view marker_name = "nextpage_opaque_marker";
constexpr std::size_t numbered_page = 30;

std::optional<std::size_t> read_number(std::string_view text) {
  std::size_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool takes_numbers(const OranConfig& config) {
  if (config.decimal_marker == DecimalMarker::by_profile) return config.profile == OranProfile::conformance;
  return config.decimal_marker == DecimalMarker::page;
}

void read_marker(const std::string& marker, const OranConfig& config, Paging& paging, std::vector<Fault>& faults) {
  bool digits =
      !marker.empty() && std::all_of(marker.begin(), marker.end(), [](char c) { return c >= '0' && c <= '9'; });
  constexpr std::size_t last_page = 1000000000;  // far beyond any list, and no product overflows
  paging.marker = marker;
  if (digits && takes_numbers(config)) {
    paging.page = std::min(read_number(marker).value_or(last_page), last_page);
    if (paging.page == 0) faults.push_back({std::string(marker_name), "pages are numbered from 1"});
  } else if (digits || marker.empty()) {
    faults.push_back({std::string(marker_name), "was not given out here: take it from the Link of a page"});
  }
}

/// The query as it was asked, with another place in the list.
std::string query_with(const query::Parameters& parameters, const std::string& marker,
                       const std::optional<std::size_t>& limit) {
  std::string query;
  auto add = [&](std::string_view name, std::string_view value) {
    query.append(query.empty() ? "?" : "&").append(query::percent_encode(name));
    if (!value.empty()) query.append("=").append(query::percent_encode(value));
  };
  for (const auto& [name, value] : parameters.items())
    if (name != marker_name && name != "limit") add(name, value);
  if (limit) add("limit", std::to_string(*limit));
  if (!marker.empty()) add(marker_name, marker);
  return query;
}

}  // namespace

std::optional<std::size_t> Paging::most(const QueryConfig& config) const {
  if (limit) return limit;
  if (page > 0) return numbered_page;
  return marker.empty() ? std::nullopt : std::optional(config.default_limit);
}

std::size_t Paging::offset(const QueryConfig& config) const {
  return page > 0 ? (page - 1) * most(config).value_or(0) : 0;
}

Paging read_paging(const query::Parameters& parameters, const Config& config, std::vector<Fault>& faults) {
  Paging paging;
  if (const std::string* limit = parameters.find("limit")) {
    paging.limit = read_number(*limit);
    if (!paging.limit || *paging.limit < 1 || *paging.limit > config.query.max_limit)
      faults.push_back({"limit", "must be a whole number from 1 to " + std::to_string(config.query.max_limit)});
  }
  if (const std::string* marker = parameters.find(marker_name)) read_marker(*marker, config.oran, paging, faults);
  return paging;
}

void add_links(const Call& call, const Paging& paging, std::size_t total, const std::string& next,
               http::Response& response) {
  response.headers.emplace_back("X-Total-Count", std::to_string(total));
  if (next.empty() && paging.marker.empty()) return;  // all of it is here
  std::string link;
  std::string path = clean_path(call.path).value_or(CleanPath{call.path, {}}).asked;
  auto add = [&](std::string_view rel, const std::string& marker, const std::optional<std::size_t>& limit) {
    link.append(link.empty() ? "<" : ", <").append(path).append(query_with(call.parameters, marker, limit));
    link.append(">; rel=\"").append(rel).append("\"");
  };
  const QueryConfig& config = call.services.config.query;
  if (paging.page > 0) {
    std::size_t size = paging.most(config).value_or(1);
    std::size_t last = std::max<std::size_t>(1, (total + size - 1) / size);
    if (!next.empty()) add("next", std::to_string(paging.page + 1), paging.limit);
    add("first", "1", paging.limit);
    if (paging.page > 1) add("prev", std::to_string(std::min(paging.page - 1, last)), paging.limit);
    add("last", std::to_string(last), paging.limit);
  } else {
    // where bytes ended the page, what follows comes in the largest pages there are
    if (!next.empty()) add("next", next, paging.limit || !paging.marker.empty() ? paging.limit : config.max_limit);
    add("first", {}, paging.limit);
  }
  response.headers.emplace_back("Link", std::move(link));
}

Problem marker_problem(const Error& error) {
  Error named = error;
  for (Fault& fault : named.faults)
    if (fault.field == "cursor") {
      fault.field = marker_name;
      named.message = "the marker is not one of this list: begin without one";
    }
  return to_problem(named);
}

}  // namespace netweave::api::oran
