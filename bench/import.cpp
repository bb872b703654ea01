// bench_import [ROWS [DIRECTORY]]: how fast interactions become durable, user-sorted segments, beside SQLite
// taking the same text columns in one transaction, and a bare loop over the file's bytes.
//
// A file that an earlier run left in DIRECTORY is used again. Memory is the highest RssAnon (the resident set
// without the page cache), looked at every 5 ms.
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/parallel.h"
#include "base/text.h"
#include "controller/data/group_data.h"
#include "controller/generate/generate.h"

namespace {

using namespace proffer;

int64_t residentBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::atoll(line.c_str() + 8) * 1024;
  }
  return 0;
}

/// Wall and processor seconds, and the highest resident set, of a stretch of the program.
class Watch {
 public:
  Watch() : start_(std::chrono::steady_clock::now()), cpu_(cpuSeconds()), sampler_([this] { sample(); }) {}
  ~Watch() { stop(); }
  void stop() {
    if (!sampler_.joinable()) return;
    wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    cpu = cpuSeconds() - cpu_;
    stopping_ = true;
    sampler_.join();
  }
  double wall = 0, cpu = 0;
  int64_t peak = 0;

 private:
  static double cpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](timeval t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  void sample() {
    while (!stopping_) {
      peak = std::max(peak, residentBytes());
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  std::chrono::steady_clock::time_point start_;
  double cpu_;
  std::atomic<bool> stopping_{false};
  std::thread sampler_;
};

void print(std::string_view what, int64_t rows, const Watch& watch) {
  fmt::print("{:<34} {:>7.2f} s {:>7.2f} s cpu {:>12} rows/s {:>6.0f} MB\n", what, watch.wall, watch.cpu,
             withThousands(static_cast<int64_t>(static_cast<double>(rows) / watch.wall)),
             static_cast<double>(watch.peak) / 1e6);
}

int64_t byteLoop(std::string_view bytes) {
  int64_t lines = 0;
  uint64_t sum = 0;
  for (const char byte : bytes) {
    sum = sum * 31 + static_cast<unsigned char>(byte);
    lines += byte == '\n';
  }
  return sum == 1 ? 0 : lines;
}

int64_t sqliteTakes(std::string_view bytes, const std::filesystem::path& path) {
  std::filesystem::remove(path);
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  sqlite3_exec(database,
               "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (a TEXT, b TEXT, c TEXT, d "
               "TEXT, e TEXT, f TEXT); BEGIN",
               nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(database, "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", -1, &insert, nullptr);
  int64_t rows = -1;  // without the header
  int column = 1;
  const char* field = bytes.data();
  for (const char* at = bytes.data(); at < bytes.data() + bytes.size(); ++at) {
    if (*at != ',' && *at != '\n') continue;
    if (column <= 6) sqlite3_bind_text(insert, column++, field, static_cast<int>(at - field), SQLITE_STATIC);
    field = at + 1;
    if (*at != '\n') continue;
    sqlite3_step(insert);
    sqlite3_reset(insert);
    column = 1;
    ++rows;
  }
  sqlite3_finalize(insert);
  sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  std::filesystem::remove(path);
  return rows;
}

SchemaField field(std::string name, std::vector<FieldType> types, bool categorical = false) {
  SchemaField made;
  made.name = std::move(name);
  made.types = std::move(types);
  made.categorical = categorical;
  return made;
}

int fails(const Error& error) {
  fmt::print(stderr, "{}\n", formatError(error));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t rows = argc > 1 ? std::atoll(argv[1]) : 10'000'000;
  const bool given = argc > 2;
  const std::filesystem::path directory =
      given ? std::filesystem::path(argv[2])
            : std::filesystem::temp_directory_path() / fmt::format("proffer-bench-import-{}", ::getpid());
  io::FileSystem& files = io::posixFileSystem();
  const auto csv = directory / fmt::format("{}", rows) / "interactions.csv";
  if (!std::filesystem::exists(csv)) {
    generate::GenerateOptions options = generate::defaultsFor(generate::Kind::kStreaming);
    options.users = 200'000;
    options.items = 20'000;
    options.interactions = rows;
    options.out = csv.parent_path();
    Progress progress;
    if (auto made = generate::generate(options, progress); !made) return fails(made.error());
  }
  {
    const auto mapped = files.map(csv).value();
    byteLoop(mapped->bytes());  // into the page cache
    Watch watch;
    const int64_t lines = byteLoop(mapped->bytes());
    watch.stop();
    print("bare byte loop, 1 thread", lines, watch);
  }
  data::DatasetDefinition dataset;
  dataset.name = dataset.uid = "interactions";
  dataset.type = DatasetType::kInteractions;
  dataset.fields = {field("USER_ID", {FieldType::kString}),
                    field("ITEM_ID", {FieldType::kString}),
                    field("EVENT_TYPE", {FieldType::kString}),
                    field("TIMESTAMP", {FieldType::kLong}),
                    field("EVENT_VALUE", {FieldType::kFloat, FieldType::kNull}),
                    field("DEVICE", {FieldType::kString, FieldType::kNull}, true)};
  DataSource source;
  source.csv = "interactions.csv";
  dataset.sources = {source};
  const auto roots = data::SourceRoots::of({{"default", csv.parent_path()}}, files).value();
  const auto target = directory / "data";
  for (int run = 0; run < 3; ++run) {
    std::filesystem::remove_all(target);
    SystemClock clock;
    const auto store = data::openGroupDataStore(target, clock, files);
    Progress progress;
    data::ImportReport report;
    Watch watch;
    const auto done = store->importDataset("group", dataset, roots, 1, 1, progress, report);
    watch.stop();
    if (!done) return fails(done.error());
    print(fmt::format("import, {} threads", parallelism()), report.rowsKept + report.duplicates, watch);
    const auto snapshot = store->snapshot("group").value();
    Watch reading;
    int64_t seen = 0;
    recipes::Interactions::Scratch scratch;
    for (recipes::Index user = 0; user < snapshot->interactions().userCount(); ++user) {
      seen += static_cast<int64_t>(snapshot->interactions().history(user, scratch).size());
    }
    reading.stop();
    print("every history of the snapshot", seen, reading);
  }
  {
    const auto mapped = files.map(csv).value();
    Watch watch;
    const int64_t taken = sqliteTakes(mapped->bytes(), directory / "bench.db");
    watch.stop();
    print("SQLite, text columns, 1 transaction", taken, watch);
  }
  std::filesystem::remove_all(given ? target : directory);
  return 0;
}
