// Random CSV files, imported by the real importer and by the reference: same rows, same order of names, same
// faults, whatever the size of the pieces, the number of threads, the memory and the compression.
#include <zlib.h>
#include <zstd.h>
#include <catch2/catch.hpp>

#include <random>

#include "controller/data/csv.h"
#include "tests/data/reference.h"
#include "tests/data/support.h"

namespace proffer::data::random_import_test {
namespace {

using Random = std::mt19937_64;

int pick(Random& random, int count) {
  return static_cast<int>(random() % static_cast<uint64_t>(count));
}

std::string quotedField(Random& random, const std::string& text) {
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') {
      field += pick(random, 2) ? "\"\"" : "\\\"";
    } else if (c == '\\') {
      field += "\\\\";
    } else {
      field += c;
    }
  }
  return field + "\"";
}

std::string someField(Random& random, const std::string& text) {
  const bool mustQuote = text.find_first_of("\",\n\r\\") != std::string::npos;
  return mustQuote || pick(random, 5) == 0 ? quotedField(random, text) : text;
}

// Mostly good rows; now and then ragged ones, broken quotes, bad numbers and empty lines.
std::string randomCsv(Random& random, int rows, bool dirty) {
  const std::string ends = pick(random, 2) ? "\n" : "\r\n";
  const bool fancy = pick(random, 2) == 0;
  std::vector<int> order = {0, 1, 2, 3, 4, 5, 6};
  std::shuffle(order.begin(), order.end(), random);
  const char* names[] = {"USER_ID", "Item_Id", "timestamp", "EVENT_TYPE", "event_value", "DEVICE", "extra"};
  std::string text = pick(random, 3) == 0 ? "\xef\xbb\xbf" : "";
  for (int i = 0; i < 7; ++i) text += (i ? "," : "") + std::string(names[order[static_cast<size_t>(i)]]);
  text += ends;
  const int users = 1 + pick(random, 3000), items = 1 + pick(random, 40);
  for (int row = 0; row < rows; ++row) {
    std::string cells[7];
    cells[0] = fmt::format("u{}", pick(random, users));
    if (fancy && pick(random, 20) == 0)
      cells[0] = fmt::format("a user, whose \"name\" is\nlong: {}", pick(random, users));
    cells[1] = fmt::format("item\\{}", pick(random, items));
    cells[2] = std::to_string(pick(random, 50) - 3);
    cells[3] = pick(random, 4) ? fmt::format("type{}", pick(random, 5)) : "";
    cells[4] = pick(random, 4) ? fmt::format("{}", pick(random, 8) * 0.25) : "";
    cells[5] = pick(random, 3) ? (fancy ? "t,v" : "tv") : "";
    cells[6] = fancy ? "x\"y" : "";
    if (dirty && pick(random, 30) == 0) cells[2] = "soon";
    if (dirty && pick(random, 30) == 0) cells[0] = "";
    std::string line;
    for (int i = 0; i < 7; ++i)
      line += (i ? "," : "") + someField(random, cells[order[static_cast<size_t>(i)]]);
    if (dirty && pick(random, 40) == 0) line += ",more";
    if (dirty && pick(random, 60) == 0) line = "\"" + line;
    if (dirty && pick(random, 60) == 0) line += "\"";
    if (pick(random, 50) == 0) line += ends;
    text += line + (row + 1 == rows && pick(random, 2) ? "" : ends);
  }
  return text;
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

std::string compressed(Random& random, const std::string& text, std::string& ending) {
  switch (pick(random, 4)) {
    case 0:
      ending = ".csv.gz";
      return gzip(text);
    case 1:
      ending = ".csv.gz";  // two members, as `cat a.gz b.gz` makes them
      return gzip(text.substr(0, text.size() / 2)) + gzip(text.substr(text.size() / 2));
    case 2:
      ending = ".csv.zst";
      return zstd(text.substr(0, text.size() / 3)) + zstd(text.substr(text.size() / 3));
    default:
      ending = ".csv";
      return text;
  }
}

}  // namespace

TEST_CASE("random files: the importer finds what the reference finds") {
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  Random random(seed);
  for (int round = 0; round < 30; ++round) {
    INFO("round " << round);
    const bool dirty = pick(random, 2) == 0;
    ImportTuning tuning;
    tuning.pieceBytes = 50 + static_cast<size_t>(pick(random, 20'000));
    tuning.rowBudget = pick(random, 2) ? 2'000 : 1 << 20;
    tuning.threads = 1 + pick(random, 4);
    Place place(io::posixFileSystem(), tuning);
    std::vector<std::string> texts;
    for (int file = 0; file < 1 + pick(random, 3); ++file) {
      texts.push_back(randomCsv(random, pick(random, 2) ? 20 : 3000, dirty));
      std::string ending;
      const std::string bytes = compressed(random, texts.back(), ending);
      place.write(fmt::format("files/{}{}", file, ending), bytes);
    }
    auto definition = dataset(DatasetType::kInteractions, interactionFields(), {source("files/")});
    definition.maxBadRows = 1'000'000;
    const auto expected = reference::import(texts);
    const auto report = place.import(definition);
    REQUIRE(report.has_value());
    CHECK(report->duplicates == expected.duplicates);
    CHECK(report->rowsBad == static_cast<int64_t>(expected.bad.size()));
    REQUIRE(report->badRows.size() == std::min<size_t>(100, expected.bad.size()));
    for (size_t i = 0; i < report->badRows.size(); ++i)
      CHECK(report->badRows[i].line == expected.bad[i].first);
    const auto snapshot = place.snapshot();
    CHECK(allInteractions(*snapshot) == expected.lines);
    const auto& view = snapshot->interactions();
    REQUIRE(view.userCount() == expected.users.size());
    REQUIRE(view.itemCount() == expected.items.size());
    for (recipes::Index i = 0; i < view.userCount(); ++i) REQUIRE(view.userId(i) == expected.users[i]);
    for (recipes::Index i = 0; i < view.itemCount(); ++i) REQUIRE(view.itemId(i) == expected.items[i]);
    CHECK(snapshot->verify().has_value());
  }
}

TEST_CASE("the same files give the same bytes, whatever the pieces and the threads") {
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  Random random(seed);
  const std::string text = randomCsv(random, 20'000, false);
  std::vector<std::string> fingerprints;
  std::vector<std::vector<std::string>> first;
  for (const int threads : {1, 2, 5}) {
    ImportTuning tuning;
    tuning.threads = threads;
    tuning.pieceBytes = static_cast<size_t>(threads) * 7'777;
    tuning.rowBudget = threads == 2 ? 100'000 : 1 << 30;
    Place place(io::posixFileSystem(), tuning);
    place.write("a.csv", text);
    REQUIRE(place.import(dataset(DatasetType::kInteractions, interactionFields(), {source("a.csv")}))
                .has_value());
    fingerprints.push_back(place.snapshot()->interactionsFingerprint());
  }
  CHECK(fingerprints[0] == fingerprints[1]);
  CHECK(fingerprints[0] == fingerprints[2]);
}

TEST_CASE("a text cut anywhere has the same rows as the whole, and those of the reference") {
  const uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  Random random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const char letters[] = {'a', ',', '"', '"', '\\', '\n', '\r', ','};
    for (int i = pick(random, 60); i > 0; --i) text += letters[pick(random, 8)];
    INFO("text " << text);
    std::vector<std::vector<std::string>> whole, cut;
    const auto read = [](std::string_view piece, bool quotes, std::vector<std::vector<std::string>>& rows) {
      RowReader reader(piece, quotes);
      while (reader.next()) {
        auto& row = rows.emplace_back(reader.fields().begin(), reader.fields().end());
        if (reader.fault() != RowFault::kNone) row = {"broken"};
      }
    };
    read(text, true, whole);
    std::string_view rest = text;
    while (!rest.empty()) {
      // What is not decided in a small window must be asked again in a larger one.
      size_t window = 1 + static_cast<size_t>(pick(random, 20));
      const size_t target = static_cast<size_t>(pick(random, 10));
      RowCut found;
      for (;; ++window) {
        const bool atEnd = window >= rest.size();
        found = rowCut(rest.substr(0, window), target, atEnd);
        if (found.length > 0) break;
        REQUIRE_FALSE(atEnd);
      }
      read(rest.substr(0, found.length), found.quotes, cut);
      rest.remove_prefix(found.length);
    }
    CHECK(cut == whole);
    std::vector<std::vector<std::string>> expected;
    for (auto& row : reference::readCsv(text))
      expected.push_back(row.broken ? std::vector<std::string>{"broken"} : row.fields);
    CHECK(whole == expected);
  }
}

}  // namespace proffer::data::random_import_test
