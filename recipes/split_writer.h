// A split and the lists that were made for it as CSV files, so that whoever trusts nobody can score them.
//
//   train.csv   USER_ID,ITEM_ID,TIMESTAMP[,EVENT_TYPE][,EVENT_VALUE]: what was trained on, importable
//   input.csv   user,item,timestamp[,turn|,query]: what was known of the user when it was asked
//   truth.csv   user,item[,turn|,query]: what came then; for NEW an item of the input does not count
//   list-TASK-METHOD.csv  user,rank,item[,turn|,query]: the first 25
// `turn` counts the cases of a user where there are several, `query` names the item that others are related
// to; then input.csv holds the query alone. Rows of a user stand in the order in which they count.
//
// One thread. After `sink` said no, nothing more is written and ended() is true.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "recipes/comparison.h"
#include "recipes/evaluation_split.h"
#include "recipes/metrics.h"

namespace proffer::recipes {

class SplitWriter {
 public:
  /// `directory`: "" or "fold-3/". All must outlive it.
  SplitWriter(const SplitSink& sink, std::string directory, const OrderedInteractions& interactions,
              const HeldOut& heldOut, Protocol protocol, bool related);

  void writeSplit();
  /// `lists`: per case of the split; one without truth is not part of the task.
  void writeLists(std::string_view task, std::string_view method, const std::vector<RankedCase>& lists);
  bool ended() const { return ended_; }

 private:
  void begin(std::string_view file);
  void endRow();
  void flush();
  void cell(std::string_view text);
  void which(const HeldOutCase& one);
  std::string_view whichName() const;
  void writeTraining();
  void writeInputs();
  void writeTruths();

  const SplitSink& sink_;
  std::string directory_;
  const OrderedInteractions& interactions_;
  const HeldOut& heldOut_;
  bool related_, turns_;
  std::string file_, text_;
  bool firstCell_ = true;
  bool ended_ = false;
};

}  // namespace proffer::recipes
