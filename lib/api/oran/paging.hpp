#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "api/call.hpp"

/// Which part of a list is asked for, and the links to the others (ETSI GS NFV-SOL 013 clause 5.4.2).
namespace netweave::api::oran {

/// What a client that sent neither `limit` nor a marker gets: everything, as far as `oran.page_bytes` goes.
struct Paging {
  std::optional<std::size_t> limit;
  std::string marker;
  std::size_t page = 0;  ///< where the marker is a page's number, from 1; else 0

  /// Objects of the answer, at most; nullopt: only their bytes count.
  [[nodiscard]] std::optional<std::size_t> most(const QueryConfig& config) const;
  /// Before the first.
  [[nodiscard]] std::size_t offset(const QueryConfig& config) const;
};

/// Reads `limit` and `nextpage_opaque_marker`.
Paging read_paging(const query::Parameters& parameters, const Config& config, std::vector<Fault>& faults);

/// Adds X-Total-Count and Link. `next`: the marker behind what is shown; empty on the last page.
void add_links(const Call& call, const Paging& paging, std::size_t total, const std::string& next,
               http::Response& response);

/// A fault in a marker, which the machinery below calls a cursor.
Problem marker_problem(const Error& error);

}  // namespace netweave::api::oran
