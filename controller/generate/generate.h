// Believable data at any size: the catalogue, the people and the behaviour of a streaming service or of a
// shop, as CSV files that `proffer apply` can import.
//
// generate() may be called from any thread; one call at a time for one directory. It uses all cores. The
// files are a function of the options alone: the same build writes the same bytes whatever the number of
// threads. Interactions come in the order of their time. Memory grows with users and items (below 100 bytes
// each), not with interactions. A file has its final name only when it is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/progress.h"

namespace proffer::generate {

enum class Kind {
  kStreaming,  ///< VIDEO_ON_DEMAND columns: Click and Watch of titles with genres
  kShop,       ///< ECOMMERCE columns: View, AddToCart and Purchase of products with categories and prices
};

/// "streaming" or "shop"; nothing for any other word.
std::optional<Kind> kindFromName(std::string_view name);
std::string_view kindName(Kind kind);

struct GenerateOptions {
  Kind kind = Kind::kStreaming;
  int64_t users = 2'000;           ///< 1 to 1,000,000,000
  int64_t items = 1'000;           ///< 1 to 50,000,000
  int64_t interactions = 200'000;  ///< 0 to 100,000,000,000
  uint64_t seed = 1;
  std::filesystem::path out;  ///< made if missing; files of the same names in it are replaced
  /// No event is later, the interactions fill the 26 weeks before. A fixed day, so that the same command
  /// writes the same bytes next year.
  Time end = fromMicros(1'767'225'600'000'000);  // 2026-01-01T00:00:00Z
};

struct GenerateReport {
  int64_t users = 0;
  int64_t items = 0;
  int64_t interactions = 0;
  int64_t bytes = 0;  ///< of the three files together
};

/// What is sensible for the kind when only the kind is known: small enough for a minute's try.
GenerateOptions defaultsFor(Kind kind);

/// Writes users.csv, items.csv and interactions.csv below options.out. Errors: kInvalidInput with the option
/// in `field` ("users"), kIo with the file, kCancelled when progress was cancelled.
Result<GenerateReport> generate(const GenerateOptions& options, Progress& progress);

}  // namespace proffer::generate
