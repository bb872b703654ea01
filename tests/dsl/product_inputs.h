// The inputs of dsl/ made from a reference World: item indexes, histories, attributes, situations, in any of
// the forms that their interfaces allow.
//
// One thread at a time. Holds copies of what it was made from, but for the users.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dsl/evaluate.h"
#include "random_world.h"

namespace proffer::dsl::reference {

/// One user's events in the product's form.
class History {
 public:
  History() = default;
  History(Dice& dice, const std::vector<Event>& events, const DatasetFields& fields, Index offset);
  UserHistory view() const;

 private:
  struct Column {
    std::string name;
    std::vector<uint32_t> codes;
    std::vector<std::string> values;
    std::vector<double> numbers;
  };
  void addColumn(Dice& dice, const std::vector<Event>& events, const Field& field);

  std::vector<Index> items_;
  std::vector<int64_t> times_;
  std::vector<uint16_t> types_;
  std::vector<std::string> typeNames_;
  std::vector<float> values_;
  std::deque<Column> columns_;
  std::vector<EventColumn> columnViews_;
};

/// The index of the entity's rows; row i of the world is item offset + i, those before it have no row.
/// Without `allColumns` some that are null everywhere are left out.
std::shared_ptr<const ItemIndex> makeIndex(Dice& dice, const World& world, Entity entity, Index offset,
                                           bool allColumns);
/// The columns of one row, and sometimes one that no schema knows.
ItemRow makeRow(Dice& dice, const Row& row, Index item);

/// What resolve() takes for a request, and all that it points to.
class Inputs : public Histories {
 public:
  Inputs(Dice& dice, const World& world, const Request& request, Entity entity, Index offset);
  Inputs(const Inputs&) = delete;
  const Situation& situation() const { return situation_; }
  UserHistory of(Index user) override;

 private:
  History events_, actionEvents_;
  UserHistory eventView_, actionEventView_;
  std::map<Index, History> histories_;
  Attributes attributes_;
  Parameters parameters_;
  Situation situation_;
};

}  // namespace proffer::dsl::reference
