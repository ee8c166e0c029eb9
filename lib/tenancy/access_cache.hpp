#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tenancy/access.hpp"

namespace netweave::tenancy {

/// What was found out about who asks, for as long as the user, its tenant and its roles are the same objects: a
/// disabled user is refused with the first snapshot that shows it. Any thread.
class AccessCache {
 public:
  /// As `access_of`.
  Result<std::shared_ptr<const Access>> find(const state::Snapshot& snapshot, const Identity& identity);

 private:
  static constexpr std::size_t most_each = 4096;  // subjects of a part, which then begins anew
  struct alignas(64) Part {
    std::mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<const Access>> known;
  };
  std::array<Part, 16> parts_;
};

}  // namespace netweave::tenancy
