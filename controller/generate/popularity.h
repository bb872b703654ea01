// What is popular at one moment: new titles are asked for, most fade, some go and come with the seasons.
// Immutable after construction; any thread may draw.
#pragma once

#include <cstdint>
#include <vector>

#include "controller/generate/alias_table.h"
#include "controller/generate/catalogue.h"

namespace proffer::generate {

/// Which items belong to which group; the same at all times.
class Groups {
 public:
  explicit Groups(const Catalogue& catalogue);
  const std::vector<std::vector<uint32_t>>& members() const { return members_; }

 private:
  std::vector<std::vector<uint32_t>> members_;
};

class Popularity {
 public:
  /// As it is at `time` (epoch seconds). Only items created by then are drawn. Runs on all cores.
  /// Both arguments must outlive this.
  Popularity(const Catalogue& catalogue, const Groups& groups, int64_t time);

  /// Any item.
  uint32_t draw(Random& random) const { return all_.draw(random); }
  /// An item of the group; any, if the group has none yet.
  uint32_t draw(Random& random, uint8_t group) const {
    const AliasTable& table = tables_[group];
    return table.empty() ? all_.draw(random) : groups_.members()[group][table.draw(random)];
  }

 private:
  const Groups& groups_;
  AliasTable all_;
  std::vector<AliasTable> tables_;
};

}  // namespace proffer::generate
