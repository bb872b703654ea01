#include "controller/data/import_reader.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/parallel.h"
#include "base/text.h"

namespace proffer::data {
namespace {

// Bytes that are no text, and control characters, as escapes.
std::string shown(std::string_view value) {
  const std::string text = quoted(value, 80);
  return text.substr(1, text.size() - 2);
}

int64_t countLines(std::string_view text) {
  return std::count(text.begin(), text.end(), '\n');
}

class Reading {
 public:
  Reading(const std::vector<SourceToRead>& sources, const std::vector<CellRule>& rules, RowConsumer& consumer,
          io::FileSystem& files, const ImportTuning& tuning, Progress& progress, ImportReport& report)
      : sources_(sources),
        rules_(rules),
        consumer_(consumer),
        files_(files),
        tuning_(tuning),
        progress_(progress),
        report_(report) {
    totals_.hashes.resize(sources.size());
    for (const auto& source : sources) totalBytes_ += source.size;
  }

  Result<ReadTotals> run() {
    progress_.begin("reading", "rows", 0);
    const int threads = tuning_.threads > 0 ? tuning_.threads : parallelism();
    parallelFor(static_cast<size_t>(threads), [this](size_t) { work(); });
    if (progress_.cancelled()) return fail(ErrorCode::kCancelled, "the import was cancelled");
    if (failure_) return fail(std::move(*failure_));
    for (const auto& name : ignored_) report_.ignoredColumns.push_back(name);
    return std::move(totals_);
  }

 private:
  struct Taken {
    Piece piece;
    int64_t number = 0;
    int64_t firstLine = -1;  ///< of the file's first piece; -1: goes on where the last piece ended
    int64_t rawBytes = 0;
  };

  void work() {
    for (;;) {
      auto taken = take();
      if (!taken) return;
      auto result = consumer_.parse(taken->piece);
      result->lines = countLines(taken->piece.text.text);
      if (!commit(*taken, *result)) return;
      const int64_t rows = result->rows;
      if (auto finished = consumer_.finish(taken->piece, std::move(result)); !finished)
        return stop(std::move(finished).error());
      progress_.add(rows);
    }
  }

  void stop(Error error) {
    std::lock_guard guard(orderMutex_);
    if (!failure_) failure_ = std::move(error);
    turnCame_.notify_all();
  }

  // The next piece, in the order of the files. Whoever comes reads (and decompresses) while others parse.
  std::optional<Taken> take() {
    std::lock_guard guard(readMutex_);
    if (ended_ || progress_.cancelled()) return std::nullopt;
    auto taken = takeLocked();
    if (taken && *taken) return std::move(**taken);
    ended_ = true;
    if (!taken) {
      // What was read before the fault is taken over first: it decides what the report says.
      failAfter(std::move(taken).error());
    }
    return std::nullopt;
  }

  Result<std::optional<Taken>> takeLocked() {
    for (;;) {
      if (!text_) {
        if (next_ == sources_.size()) return std::optional<Taken>();
        PROFFER_TRY(auto file, sources_[next_].file.open(files_));
        PROFFER_TRY(auto stream, openByteStream(std::move(file), sources_[next_].name));
        text_ = std::make_unique<SourceText>(std::move(stream), sources_[next_].name);
        plan_ = nullptr;
      }
      const int64_t before = text_->rawConsumed();
      PROFFER_TRY(auto piece, text_->next(tuning_.pieceBytes));
      if (!piece) {
        if (!plan_) return fail(emptyFile());
        totals_.hashes[next_] = hashHex(text_->rawHash());
        ++next_;
        text_ = nullptr;
        continue;
      }
      Taken taken;
      if (!plan_) {
        PROFFER_TRY(const size_t headerBytes, readHeader(*piece));
        taken.firstLine = countLines(piece->text.substr(0, headerBytes)) + 1;
        piece->text.remove_prefix(headerBytes);
      }
      taken.piece = {plan_, std::move(*piece), next_};
      taken.number = taken_++;
      taken.rawBytes = text_->rawConsumed() - before;
      return std::optional<Taken>(std::move(taken));
    }
  }

  Error emptyFile() const {
    return makeError(ErrorCode::kInvalidInput, "{} is empty; its first line must be the header",
                     sources_[next_].name)
        .at({sources_[next_].name, 1, 0});
  }

  // Plans the file and says how many bytes the header takes.
  Result<size_t> readHeader(const TextPiece& piece) {
    const SourceToRead& source = sources_[next_];
    RowReader rows(piece.text, piece.quotes);
    if (!rows.next()) return fail(emptyFile());
    if (rows.fault() != RowFault::kNone) {
      return fail(makeError(ErrorCode::kInvalidInput,
                            "{}: the header has a double quote that does not end as it should", source.name)
                      .at({source.name, 1, 0}));
    }
    PROFFER_TRY(FilePlan plan, planFile(*source.source, rules_, source.name, rows.fields()));
    PROFFER_CHECK(checkConstants(plan));
    PROFFER_CHECK(consumer_.begin(plan));
    for (const auto& name : plan.ignored) {
      if (std::find(ignored_.begin(), ignored_.end(), name) == ignored_.end()) ignored_.push_back(name);
    }
    plan_ = std::make_shared<const FilePlan>(std::move(plan));
    const size_t end = piece.text.find('\n', rows.offset() + rows.raw().size());
    return end == std::string_view::npos ? piece.text.size() : end + 1;
  }

  Result<void> checkConstants(const FilePlan& plan) const {
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (plan.columns[i].field >= 0) continue;
      Cell cell;
      const CellFault fault = readCell(rules_[i], plan.milliseconds, plan.columns[i].constant, {}, cell);
      if (fault == CellFault::kNone) continue;
      return fail(makeError(ErrorCode::kInvalidInput, "the constant {} for {} does not do: {}",
                            quoted(plan.columns[i].constant), rules_[i].column,
                            faultReason(fault, rules_[i], plan.columns[i].constant))
                      .in("constants." + rules_[i].column));
    }
    return {};
  }

  // In the order of the pieces. False if the reading has failed.
  bool commit(Taken& taken, PieceResult& result) {
    std::unique_lock lock(orderMutex_);
    turnCame_.wait(lock, [&] { return failure_ || turn_ == taken.number; });
    if (failure_) return false;
    if (auto committed = consumer_.commit(taken.piece, result); !committed) {
      failure_ = std::move(committed).error();
    } else {
      addToReport(taken, result);
    }
    ++turn_;
    if (!failure_ && failAt_ == turn_) failure_ = std::move(failureThen_);
    turnCame_.notify_all();
    return !failure_;
  }

  void addToReport(const Taken& taken, PieceResult& result) {
    if (taken.firstLine >= 0) line_ = taken.firstLine;
    if (turn_ == 0 && taken.rawBytes > 0) {
      progress_.begin("reading", "rows",
                      std::max<int64_t>(result.rows, result.rows * totalBytes_ / taken.rawBytes));
    }
    report_.rowsRead += result.rows;
    report_.rowsFiltered += result.filtered;
    report_.rowsBad += result.bad;
    report_.bytes += taken.rawBytes;
    for (auto& bad : result.badRows) {
      if (report_.badRows.size() == kShownBadRows) break;
      bad.line += line_;
      report_.badRows.push_back(std::move(bad));
    }
    for (const auto& [kind, count] : result.badPerKind) report_.badPerKind[std::string(kind)] += count;
    line_ += result.lines;
  }

  void failAfter(Error error) {
    std::lock_guard guard(orderMutex_);
    failAt_ = taken_;
    failureThen_ = std::move(error);
    if (!failure_ && turn_ == failAt_) failure_ = std::move(failureThen_);
    turnCame_.notify_all();
  }

  const std::vector<SourceToRead>& sources_;
  const std::vector<CellRule>& rules_;
  RowConsumer& consumer_;
  io::FileSystem& files_;
  const ImportTuning& tuning_;
  Progress& progress_;
  ImportReport& report_;
  int64_t totalBytes_ = 0;

  std::mutex readMutex_;  // guards the reading
  std::unique_ptr<SourceText> text_;
  std::shared_ptr<const FilePlan> plan_;
  size_t next_ = 0;
  int64_t taken_ = 0;
  bool ended_ = false;
  ReadTotals totals_;
  std::vector<std::string> ignored_;

  std::mutex orderMutex_;  // guards the taking over
  std::condition_variable turnCame_;
  int64_t turn_ = 0;
  int64_t line_ = 1;
  std::optional<Error> failure_;
  std::optional<Error> failureThen_;
  int64_t failAt_ = -1;
};

}  // namespace

Result<ReadTotals> readSources(const std::vector<SourceToRead>& sources, const std::vector<CellRule>& rules,
                               RowConsumer& consumer, io::FileSystem& files, const ImportTuning& tuning,
                               Progress& progress, ImportReport& report) {
  return Reading(sources, rules, consumer, files, tuning, progress, report).run();
}

void BadRowNotes::note(const RowReader& row, std::string_view kind, std::string column,
                       std::string_view value, std::string reason) {
  ++result_.bad;
  ++result_.badPerKind[kind];
  if (result_.badRows.size() >= kShownBadRows) return;
  lines_ += countLines(piece_.text.text.substr(countedTo_, row.offset() - countedTo_));
  countedTo_ = row.offset();
  result_.badRows.push_back({.file = piece_.plan->name,
                             .line = lines_,
                             .column = std::move(column),
                             .value = shown(value),
                             .reason = std::move(reason),
                             .kind = std::string(kind)});
}

void BadRowNotes::structure(const RowReader& row, const FilePlan& plan) {
  if (row.fault() == RowFault::kUnterminatedQuote) {
    note(row, "UnterminatedQuote", "", row.raw(),
         "a double quote begins a field that does not end; inside quotes a quote is written \"\" or \\\", a "
         "backslash "
         "before a quote keeps the field open");
  } else if (row.fault() == RowFault::kTextAfterQuote) {
    note(row, "TextAfterQuote", "", row.raw(),
         "text follows a closing double quote; inside quotes a quote is written \"\" or \\\"");
  } else {
    note(row, "WrongColumnCount", "", row.raw(),
         fmt::format("the row has {} field{}, the header has {}", row.fields().size(),
                     row.fields().size() == 1 ? "" : "s", plan.fieldCount));
  }
}

void BadRowNotes::cell(const RowReader& row, CellFault fault, const CellRule& rule, std::string_view value) {
  note(row, faultName(fault), rule.column, value,
       result_.badRows.size() < kShownBadRows ? faultReason(fault, rule, value) : std::string());
}

}  // namespace proffer::data
