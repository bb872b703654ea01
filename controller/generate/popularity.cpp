#include "controller/generate/popularity.h"

#include <cmath>
#include <numbers>

#include "base/parallel.h"

namespace proffer::generate {
namespace {

constexpr double kDaySeconds = 86'400;
constexpr double kFadeDays = 45;
constexpr double kSeasonDays = 120;
constexpr size_t kItemsChunk = 16'384;

float weightAt(const Item& item, uint32_t index, int64_t time) {
  if (item.created > time) return 0;
  const double age = static_cast<double>(time - item.created) / kDaySeconds;
  const double season =
      2 * std::numbers::pi * (age / kSeasonDays + static_cast<double>(mixBits(index) & 0xff) / 256);
  const double fresh = item.lasting + (1 - item.lasting) * std::exp(-age / kFadeDays);
  return item.weight * static_cast<float>(fresh * (1 + 0.4 * std::sin(season)));
}

}  // namespace

Groups::Groups(const Catalogue& catalogue) : members_(static_cast<size_t>(groupCount(catalogue.kind))) {
  for (uint32_t index = 0; index < catalogue.items.size(); ++index) {
    const Item& item = catalogue.items[index];
    for (size_t i = 0; i < item.groupCount; ++i) members_[item.groups[i]].push_back(index);
  }
}

Popularity::Popularity(const Catalogue& catalogue, const Groups& groups, int64_t time) : groups_(groups) {
  const auto& items = catalogue.items;
  std::vector<float> weights(items.size());
  parallelFor((items.size() + kItemsChunk - 1) / kItemsChunk, [&](size_t chunk) {
    for (size_t i = chunk * kItemsChunk; i < std::min(items.size(), (chunk + 1) * kItemsChunk); ++i) {
      weights[i] = weightAt(items[i], static_cast<uint32_t>(i), time);
    }
  });
  tables_.resize(groups.members().size());
  parallelFor(tables_.size() + 1, [&](size_t i) {
    if (i == 0) {  // the largest first, so that it is not what the others wait for
      all_ = AliasTable(weights);
      return;
    }
    std::vector<float> own;
    own.reserve(groups.members()[i - 1].size());
    for (const uint32_t item : groups.members()[i - 1]) own.push_back(weights[item]);
    tables_[i - 1] = AliasTable(own);
  });
}

}  // namespace proffer::generate
