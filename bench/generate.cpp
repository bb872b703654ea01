// bench_generate [ROWS [DIRECTORY]]: how fast `proffer generate` writes, beside a bare loop that writes the
// same number of bytes from memory: what the disk and the kernel leave possible.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/parallel.h"
#include "base/text.h"
#include "controller/generate/generate.h"

namespace {

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double bareWrite(const std::filesystem::path& path, int64_t bytes) {
  const std::string buffer(1 << 20, 'x');
  const auto start = std::chrono::steady_clock::now();
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  for (int64_t written = 0; written < bytes;) {
    const ssize_t now = ::write(descriptor, buffer.data(), buffer.size());
    if (now <= 0) break;
    written += now;
  }
  ::close(descriptor);
  const double seconds = secondsSince(start);
  std::filesystem::remove(path);
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace proffer;
  const int64_t rows = argc > 1 ? std::atoll(argv[1]) : 10'000'000;
  const std::filesystem::path directory = argc > 2 ? std::filesystem::path(argv[2])
                                                   : std::filesystem::temp_directory_path() /
                                                         fmt::format("proffer-bench-generate-{}", ::getpid());
  for (const generate::Kind kind : {generate::Kind::kStreaming, generate::Kind::kShop}) {
    generate::GenerateOptions options = generate::defaultsFor(kind);
    options.users = 200'000;
    options.items = 20'000;
    options.interactions = rows;
    options.out = directory;
    Progress progress;
    const auto start = std::chrono::steady_clock::now();
    const auto report = generate::generate(options, progress);
    const double seconds = secondsSince(start);
    if (!report) {
      fmt::print(stderr, "{}\n", formatError(report.error()));
      return 1;
    }
    const double megabytes = static_cast<double>(report->bytes) / 1e6;
    const double bare = bareWrite(directory / "bare.bin", report->bytes);
    fmt::print(
        "generate {:9}  {} rows, {} threads: {:.2f} s, {:.2f} M rows/s, {:.0f} MB/s; bare writes {:.0f} "
        "MB/s\n",
        generate::kindName(kind), withThousands(rows), parallelism(), seconds,
        static_cast<double>(rows) / seconds / 1e6, megabytes / seconds, megabytes / bare);
  }
  if (argc <= 2) std::filesystem::remove_all(directory);
  return 0;
}
