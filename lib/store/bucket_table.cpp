#include "store/bucket_table.hpp"

#include <algorithm>
#include <cmath>

namespace netweave::store {

Result<std::vector<Drawn>> BucketTable::draw(const std::vector<Draw>& draws) {
  std::lock_guard lock(mutex_);
  auto now = now_();
  std::erase_if(rows_, [&](const auto& row) { return row.second.full <= now; });
  std::vector<Drawn> drawn;
  for (const Draw& one : draws) drawn.push_back(draw(one, now));
  return drawn;
}

Drawn BucketTable::draw(const Draw& draw, std::chrono::steady_clock::time_point now) {
  auto [place, fresh] = rows_.try_emplace(draw.bucket);
  Row& row = place->second;
  double seconds = std::chrono::duration<double>(now - row.at).count();
  double level = fresh ? draw.capacity : std::min(draw.capacity, row.level + seconds * draw.rate);
  level = std::clamp(level - draw.spent, -draw.capacity, draw.capacity);
  double granted = std::floor(std::max(0.0, std::min(draw.want, level)));
  row.level = level - granted;
  row.at = now;
  std::chrono::duration<double> until_full((draw.capacity - row.level) / draw.rate);
  row.full = now + std::chrono::ceil<std::chrono::nanoseconds>(until_full);
  return {granted, row.level};
}

}  // namespace netweave::store
