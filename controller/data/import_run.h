// One run of an import: what changed at the sources is read into new segments, which replace the old ones in
// one transaction. One thread calls it, holding the group's `importing`; it uses the cores through
// parallelFor.
#pragma once

#include "controller/data/group_state.h"
#include "controller/data/import_reader.h"
#include "controller/data/source_survey.h"

namespace proffer::data {

class ImportRun {
 public:
  ImportRun(GroupState& group, const DatasetDefinition& dataset, int64_t job, int attempt,
            const ImportTuning& tuning, Clock& clock, io::FileSystem& files, Progress& progress,
            ImportReport& report);

  /// Imports what the survey says. When it fails nothing has changed, and its files are gone.
  Result<void> run(const SourceSurvey& survey, const Imported& imported);

 private:
  /// The files that make one segment.
  struct Unit {
    std::vector<const SourceSurvey::File*> files;
    bool incremental = false;
  };
  std::vector<Unit> unitsOf(const SourceSurvey& survey) const;
  Result<void> importAll(const SourceSurvey& survey, const Imported& imported);
  Result<void> importUnit(const Unit& unit);
  Result<store::SegmentRow> importInteractions(const std::vector<SourceToRead>& sources,
                                               store::SegmentRow row, ReadTotals& totals);
  Result<store::SegmentRow> importTable(const std::vector<SourceToRead>& sources, store::SegmentRow row,
                                        ReadTotals& totals);
  Result<void> checkRows() const;
  Result<void> checkEnough() const;
  Result<void> checkStill(const SourceSurvey::File& file) const;
  Result<std::vector<int64_t>> replaced(const SourceSurvey& survey);
  Result<void> takeOut(const store::SegmentRow& row,
                       const std::function<bool(const std::string&, const std::string&)>& isGone,
                       std::vector<int64_t>& doomed);
  std::vector<store::SourceRow> sourceRows(const SourceSurvey& survey, const Imported& imported) const;
  Result<Json> figuresAfter(const std::vector<int64_t>& doomed, const std::string& fingerprint);

  GroupState& group_;
  const DatasetDefinition& dataset_;
  const int64_t job_;
  const int attempt_;
  const ImportTuning& tuning_;
  Clock& clock_;
  io::FileSystem& files_;
  Progress& progress_;
  ImportReport& report_;
  const std::vector<CellRule> rules_;
  NameSpace users_;
  NameSpace items_;
  Time began_{};
  int64_t goodRows_ = 0;
  std::vector<store::SegmentRow> named_;
  std::vector<store::SourceRow> read_;
};

}  // namespace proffer::data
