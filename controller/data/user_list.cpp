#include "controller/data/user_list.h"

#include <set>

#include "base/text.h"
#include "controller/data/cell.h"
#include "controller/data/csv.h"
#include "controller/data/source_text.h"

namespace proffer::data {
namespace {

constexpr size_t kListPiece = 1 << 20;
constexpr int kDeepest = 8;  ///< levels of directories

// A directory's own files and those of the directories below it (B31).
Result<std::vector<SourceRoots::SourceFile>> listsBelow(const SourceRoots& roots, const std::string& csv,
                                                        io::FileSystem& files) {
  std::vector<SourceRoots::SourceFile> found;
  auto first = roots.find(csv, files);
  if (first) found = std::move(*first);
  if (!first && first.error().code != ErrorCode::kNotFound) return fail(first.error());
  if (csv.ends_with('/')) {
    std::string level = csv;
    for (int depth = 0; depth < kDeepest; ++depth) {
      level += "*/";
      auto below = roots.find(level + "*.csv", files);
      if (!below && below.error().code != ErrorCode::kNotFound) return fail(below.error());
      if (below) found.insert(found.end(), below->begin(), below->end());
    }
  }
  if (found.empty()) return fail(first.error());
  return found;
}

Result<void> readList(const SourceRoots::SourceFile& file, io::FileSystem& files,
                      std::set<std::string>& users, Progress& progress) {
  PROFFER_TRY(auto opened, file.open(files));
  PROFFER_TRY(auto stream, openByteStream(std::move(opened), file.name));
  SourceText source(std::move(stream), file.name);
  const CellRule rule{.column = "USER_ID", .kind = CellKind::kId, .maxCharacters = 256};
  int line = 0;
  const auto wrong = [&](std::string text) {
    return fail(Error{ErrorCode::kInvalidInput, std::move(text)}.at({file.name, line, 1}));
  };
  for (;;) {
    if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the deletion was cancelled");
    PROFFER_TRY(const std::optional<TextPiece> piece, source.next(kListPiece));
    if (!piece) break;
    RowReader rows(piece->text, piece->quotes);
    while (rows.next()) {
      ++line;
      if (rows.fault() != RowFault::kNone || rows.fields().size() != 1)
        return wrong(fmt::format("a single cell is expected, this row has {}", rows.fields().size()));
      if (line == 1) {
        std::string_view header = rows.fields().front();
        if (header.starts_with("\xEF\xBB\xBF")) header.remove_prefix(3);
        if (!equalsIgnoreCase(trim(header), "USER_ID"))
          return wrong(fmt::format("the header is {}, it must be USER_ID", quoted(header)));
        continue;
      }
      Cell cell;
      const CellFault fault = readCell(rule, false, rows.fields().front(), {}, cell);
      if (fault != CellFault::kNone) return wrong(faultReason(fault, rule, rows.fields().front()));
      users.emplace(cell.text);
      progress.add(1);
    }
  }
  if (line == 0) return wrong("the file is empty; its first line must be USER_ID");
  return {};
}

}  // namespace

Result<std::vector<std::string>> readUserList(const SourceRoots& roots, const std::string& csv,
                                              io::FileSystem& files, Progress& progress) {
  PROFFER_TRY(const auto lists, listsBelow(roots, csv, files));
  progress.begin("reading", "users", 0);
  std::set<std::string> users;
  for (const auto& file : lists) PROFFER_CHECK(readList(file, files, users, progress));
  return std::vector<std::string>(users.begin(), users.end());
}

}  // namespace proffer::data
