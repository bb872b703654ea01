#include "controller/generate/generate.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "base/text.h"
#include "controller/generate/audience.h"
#include "controller/generate/catalogue.h"
#include "controller/generate/interactions.h"
#include "controller/generate/output_file.h"
#include "controller/generate/rhythm.h"
#include "controller/generate/sessions.h"

namespace proffer::generate {
namespace {

constexpr int64_t kWeek = 7 * 86'400;
constexpr int64_t kSpan = 26 * kWeek;
constexpr int64_t kMostUsers = 1'000'000'000;
constexpr int64_t kMostItems = 50'000'000;
constexpr int64_t kMostInteractions = 100'000'000'000;

Result<void> checkRange(std::string_view field, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return {};
  return fail(makeError(ErrorCode::kInvalidInput, "{} is out of range: {} to {} are allowed",
                        withThousands(value), withThousands(least), withThousands(most))
                  .in(std::string(field)));
}

Result<void> check(const GenerateOptions& options) {
  PROFFER_CHECK(checkRange("users", options.users, 1, kMostUsers));
  PROFFER_CHECK(checkRange("items", options.items, 1, kMostItems));
  PROFFER_CHECK(checkRange("interactions", options.interactions, 0, kMostInteractions));
  // Creation times go years back, and must stay above zero; rows have room for ten digits.
  if (options.end < fromMicros(1'000'000'000'000'000) || options.end > fromMicros(9'999'999'999'000'000)) {
    return fail(makeError(ErrorCode::kInvalidInput,
                          "{} is out of range: 2001-09-09 to 2286-11-20 are allowed", formatTime(options.end))
                    .in("end"));
  }
  if (options.out.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "a directory is needed").in("out"));
  return {};
}

// A header and `count` rows, made on all cores and written in order.
template <class AppendRow>
Result<void> writeRows(OutputFile& file, const std::string& header, int64_t count, Progress& progress,
                       const AppendRow& appendRow) {
  constexpr int64_t kRowsAtOnce = 8'192;
  PROFFER_CHECK(file.append(header));
  const int64_t chunks = (count + kRowsAtOnce - 1) / kRowsAtOnce;
  const int64_t together = int64_t{4} * parallelism();
  for (int64_t first = 0; first < chunks; first += together) {
    if (progress.cancelled()) return fail(ErrorCode::kCancelled, "generating was cancelled");
    std::vector<std::string> texts(static_cast<size_t>(std::min(together, chunks - first)));
    parallelFor(texts.size(), [&](size_t i) {
      const int64_t begin = (first + static_cast<int64_t>(i)) * kRowsAtOnce;
      const int64_t end = std::min(begin + kRowsAtOnce, count);
      for (int64_t row = begin; row < end; ++row) appendRow(static_cast<uint32_t>(row), texts[i]);
      progress.add(end - begin);
    });
    for (const std::string& text : texts) PROFFER_CHECK(file.append(text));
  }
  return {};
}

}  // namespace

std::optional<Kind> kindFromName(std::string_view name) {
  if (name == "streaming") return Kind::kStreaming;
  if (name == "shop") return Kind::kShop;
  return std::nullopt;
}

std::string_view kindName(Kind kind) {
  return kind == Kind::kStreaming ? "streaming" : "shop";
}

GenerateOptions defaultsFor(Kind kind) {
  GenerateOptions options;
  options.kind = kind;
  if (kind == Kind::kShop) {
    options.users = 5'000;
    options.items = 3'000;
    options.interactions = 300'000;
  }
  return options;
}

Result<GenerateReport> generate(const GenerateOptions& options, Progress& progress) {
  PROFFER_CHECK(check(options));
  std::error_code failure;
  std::filesystem::create_directories(options.out, failure);
  if (failure) return fail(ErrorCode::kIo, "cannot make {}: {}", options.out.string(), failure.message());

  const int64_t end = toMicros(options.end) / 1'000'000;
  const int64_t begin = end - kSpan;
  progress.begin("inventing people and items", "rows", options.users + options.items);
  const Catalogue catalogue = makeCatalogue(options, begin, end);
  const Audience audience = makeAudience(options, begin, end);
  const Rhythm rhythm(options.kind, begin, end - kLongestVisit);

  PROFFER_TRY(auto users, OutputFile::create(options.out / "users.csv"));
  PROFFER_TRY(auto items, OutputFile::create(options.out / "items.csv"));
  PROFFER_TRY(auto interactions, OutputFile::create(options.out / "interactions.csv"));
  PROFFER_CHECK(writeRows(
      users, usersHeader(options.kind), options.users, progress,
      [&](uint32_t row, std::string& out) { appendUser(audience, options.kind, options.seed, row, out); }));
  PROFFER_CHECK(writeRows(items, itemsHeader(options.kind), options.items, progress,
                          [&](uint32_t row, std::string& out) { appendItem(catalogue, row, out); }));
  PROFFER_CHECK(
      writeInteractions({catalogue, audience, rhythm}, options.interactions, interactions, progress));
  const GenerateReport report{options.users, options.items, options.interactions,
                              users.size() + items.size() + interactions.size()};
  PROFFER_CHECK(users.finish());
  PROFFER_CHECK(items.finish());
  PROFFER_CHECK(interactions.finish());
  return report;
}

}  // namespace proffer::generate
