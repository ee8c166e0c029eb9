#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tenancy/jwt.hpp"
#include "tenancy/key_ring.hpp"

namespace netweave::tenancy {

/// Tokens that were proven, by their digest: a signature costs more than the rest of a request. An entry counts for the
/// set of keys that proved it alone, so a key that is withdrawn takes its tokens along; times are the caller's to
/// check. Any thread.
class ProvenTokens {
 public:
  explicit ProvenTokens(std::size_t max_entries) : max_in_shard_(max_entries / shard_count + 1) {}

  std::optional<Claims> find(const std::string& digest, const KeyRing::Keys& keys) const;
  void put(const std::string& digest, const KeyRing::Keys& keys, const Claims& claims);

 private:
  static constexpr std::size_t shard_count = 16;
  struct Entry {
    KeyRing::Keys keys;  // kept, so that another set never stands at its address
    Claims claims;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Entry> entries;
  };
  static std::size_t shard_of(std::string_view digest) { return static_cast<unsigned char>(digest[0]) % shard_count; }

  const std::size_t max_in_shard_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace netweave::tenancy
