#include "store/redis/stream_items.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "store/redis/entry.hpp"

namespace netweave::store::redis {

Result<std::vector<StreamItem>> read_items(Server& server, const std::string& stream, std::uint64_t after,
                                           std::size_t max) {
  std::vector<StreamItem> items;
  while (items.size() < max && after < std::numeric_limits<std::uint64_t>::max()) {
    std::size_t count = std::min<std::size_t>(max - items.size(), 1000);
    Command range("XRANGE");
    range.add(server.keys.stream(stream)).add(after + 1).add("+").add("COUNT").add(std::uint64_t{count});
    auto part = server.pool.call(Again::yes, range);
    if (!part) return std::move(part).error();
    for (std::size_t i = 0; i < part->view().size(); ++i) {
      View fields = part->at(i).at(1);
      after = revision_of(part->at(i).at(0).text());
      Millis time = 0;
      std::string_view text = fields.at(1).text();
      std::from_chars(text.data(), text.data() + text.size(), time);
      items.push_back({after, time, std::string(fields.at(3).text())});
    }
    if (part->view().size() < count) break;
  }
  return items;
}

}  // namespace netweave::store::redis
