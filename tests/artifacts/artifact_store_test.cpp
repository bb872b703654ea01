#include "controller/artifacts/artifact_store.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/hash.h"
#include "controller/artifacts/model_file.h"
#include "recipes/recipe.h"
#include "tests/recipes/memory_views.h"

namespace artifact_store_test {

using namespace proffer;
using namespace proffer::artifacts;

namespace {

// The real file system, whose n-th operation on files fails.
class FailingFileSystem final : public io::FileSystem {
 public:
  explicit FailingFileSystem(int failAt) : left_(failAt) {}

  Result<std::unique_ptr<io::WritableFile>> create(const io::fs::path& path) override {
    PROFFER_CHECK(step());
    PROFFER_TRY(auto file, real_.create(path));
    return std::make_unique<File>(std::move(file), *this);
  }
  Result<std::unique_ptr<io::UpdatableFile>> update(const io::fs::path& path, bool mayCreate) override {
    return real_.update(path, mayCreate);
  }
  Result<std::unique_ptr<io::FileLock>> lock(const io::fs::path& path, std::string_view holder) override {
    return real_.lock(path, holder);
  }
  Result<std::unique_ptr<io::ReadableFile>> open(const io::fs::path& path) override {
    return real_.open(path);
  }
  Result<std::unique_ptr<io::MappedFile>> map(const io::fs::path& path) override { return real_.map(path); }
  Result<std::string> read(const io::fs::path& path, int64_t limit) override {
    return real_.read(path, limit);
  }
  Result<io::FileInfo> stat(const io::fs::path& path) override { return real_.stat(path); }
  Result<std::vector<io::fs::path>> list(const io::fs::path& path) override { return real_.list(path); }
  Result<io::fs::path> resolve(const io::fs::path& path) override { return real_.resolve(path); }
  Result<void> createDirectories(const io::fs::path& path) override {
    PROFFER_CHECK(step());
    return real_.createDirectories(path);
  }
  Result<void> rename(const io::fs::path& from, const io::fs::path& to) override {
    return real_.rename(from, to);
  }
  Result<void> remove(const io::fs::path& path) override { return real_.remove(path); }
  Result<void> removeTree(const io::fs::path& path) override { return real_.removeTree(path); }
  Result<void> syncDirectory(const io::fs::path& path) override {
    PROFFER_CHECK(step());
    return real_.syncDirectory(path);
  }
  bool failed() const { return failed_; }

 private:
  class File final : public io::WritableFile {
   public:
    File(std::unique_ptr<io::WritableFile> real, FailingFileSystem& owner)
        : real_(std::move(real)), owner_(owner) {}
    Result<void> append(std::string_view bytes) override {
      PROFFER_CHECK(owner_.step());
      return real_->append(bytes);
    }
    Result<void> writeAt(int64_t offset, std::string_view bytes) override {
      return real_->writeAt(offset, bytes);
    }
    Result<void> sync() override {
      PROFFER_CHECK(owner_.step());
      return real_->sync();
    }
    int64_t size() const override { return real_->size(); }

   private:
    std::unique_ptr<io::WritableFile> real_;
    FailingFileSystem& owner_;
  };

  Result<void> step() {
    if (left_-- > 0) return {};
    failed_ = true;
    return fail(ErrorCode::kIo, "no space left");
  }

  io::FileSystem& real_ = io::posixFileSystem();
  int left_;
  bool failed_ = false;
};

std::string bytesOf(const io::fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void writeBytes(const io::fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

struct Fixture {
  SystemClock clock;
  std::unique_ptr<store::ControlStore> store = std::move(*store::ControlStore::openInMemory(clock));
  ArtifactStore artifacts{*store, io::posixFileSystem()};
  io::fs::path directory = store->directory();

  std::unique_ptr<ArtifactWriter> written(const std::map<std::string, std::string>& sections) {
    auto writer = artifacts.create(7, 2, "group");
    REQUIRE(writer);
    for (const auto& [name, content] : sections) (*writer)->put(name, content);
    REQUIRE((*writer)->finish());
    return std::move(*writer);
  }
};

const std::map<std::string, std::string> kSections = {
    {"empty", ""}, {"letters", std::string(100, 'x')}, {"numbers", std::string(64, '\x01')}, {"one", "1"}};

}  // namespace

TEST_CASE("what is written is read, aligned, and counted", "[artifacts]") {
  Fixture fixture;
  const auto writer = fixture.written(kSections);
  CHECK(writer->row().path == "models/1.model");
  CHECK(writer->row().job == 7);
  const std::string bytes = bytesOf(fixture.directory / writer->row().path);
  CHECK(static_cast<int64_t>(bytes.size()) == writer->size());
  CHECK(hashHex(hash128(bytes)) == writer->checksum());
  const auto reader = fixture.artifacts.open(writer->row().path);
  REQUIRE(reader);
  for (const auto& [name, content] : kSections) {
    INFO(name);
    const auto section = (*reader)->get(name);
    REQUIRE(section);
    CHECK(*section == content);
    CHECK(reinterpret_cast<uintptr_t>(section->data()) % 64 == 0);
  }
  const auto missing = (*reader)->get("nothing");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::kCorrupt);
  CHECK_THAT(missing.error().message, Catch::Contains("models/1.model") && Catch::Contains("nothing"));
}

TEST_CASE("the bytes are those that docs/formats.md shows", "[artifacts]") {
  Fixture fixture;
  const auto writer = fixture.written({{"a", "xyz"}});
  const std::string bytes = bytesOf(fixture.directory / writer->row().path);
  std::string dump = "```\n";
  for (size_t at = 0; at < bytes.size(); at += 16) {
    dump += fmt::format("{:04x} ", at);
    const std::string line = bytes.substr(at, 16);
    for (const char byte : line) dump += fmt::format(" {:02x}", static_cast<unsigned char>(byte));
    dump += std::string(3 * (16 - line.size()) + 2, ' ');
    for (const char byte : line) dump += byte >= ' ' && byte <= '~' ? byte : '.';
    dump += '\n';
  }
  dump += "```\n";
  INFO(dump);
  CHECK_THAT(bytesOf(std::string(PROFFER_SOURCE_DIR) + "/docs/formats.md"),
             Catch::Contains("<!-- example: model file -->\n" + dump));
}

TEST_CASE("a model file without sections is a model file", "[artifacts]") {
  Fixture fixture;
  const auto writer = fixture.written({});
  CHECK(writer->size() == 128);
  CHECK(fixture.artifacts.open(writer->row().path));
}

TEST_CASE("every flipped bit is noticed, and the error says where", "[artifacts]") {
  Fixture fixture;
  const auto writer = fixture.written(kSections);
  const io::fs::path path = fixture.directory / writer->row().path;
  const std::string good = bytesOf(path);
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    writeBytes(path, bad);
    const auto reader = fixture.artifacts.open(writer->row().path);
    size_t damaged = reader ? 0 : 1;
    std::string message = reader ? "" : reader.error().message;
    for (const auto& [name, content] : kSections) {
      if (!reader) break;
      const auto section = (*reader)->get(name);
      if (section) {
        CHECK(*section == content);
        continue;
      }
      ++damaged;
      message = section.error().message;
      CHECK_THAT(message, Catch::Contains(name));
    }
    INFO("byte " << at << ": " << message);
    CHECK(damaged == 1);
    CHECK_THAT(message, Catch::Contains("models/1.model"));
  }
}

TEST_CASE("cut files and longer files are refused", "[artifacts]") {
  Fixture fixture;
  const auto writer = fixture.written(kSections);
  const io::fs::path path = fixture.directory / writer->row().path;
  const std::string good = bytesOf(path);
  for (size_t size = 0; size < good.size(); ++size) {
    writeBytes(path, good.substr(0, size));
    const auto reader = fixture.artifacts.open(writer->row().path);
    INFO("first " << size << " bytes");
    REQUIRE_FALSE(reader);
  }
  for (const std::string& longer :
       {good + "x", good + std::string(64, '\0'), good + good.substr(good.size() - 64)}) {
    writeBytes(path, longer);
    CHECK_FALSE(fixture.artifacts.open(writer->row().path));
  }
  io::fs::remove(path);
  CHECK_FALSE(fixture.artifacts.open(writer->row().path));
}

TEST_CASE("a newer format is refused and says what to do", "[artifacts]") {
  Fixture fixture;
  const auto writer = fixture.written(kSections);
  const io::fs::path path = fixture.directory / writer->row().path;
  std::string bytes = bytesOf(path);
  bytes[kMagic.size()] = static_cast<char>(kModelFileVersion + 1);
  writeBytes(path, bytes);
  const auto reader = fixture.artifacts.open(writer->row().path);
  REQUIRE_FALSE(reader);
  CHECK_THAT(reader.error().message,
             Catch::Contains("written by a newer Proffer (format 2, this one knows 1)"));
}

TEST_CASE("a model stays readable after its file was collected", "[artifacts]") {
  Fixture fixture;
  const auto writer = fixture.written(kSections);
  const auto reader = fixture.artifacts.open(writer->row().path);
  REQUIRE(reader);
  io::fs::remove(fixture.directory / writer->row().path);
  CHECK(*(*reader)->get("letters") == kSections.at("letters"));
}

TEST_CASE("whatever fails while writing comes out of finish or create", "[artifacts]") {
  Fixture fixture;
  int operations = 0;
  for (;; ++operations) {
    FailingFileSystem files(operations);
    ArtifactStore artifacts(*fixture.store, files);
    auto writer = artifacts.create(1, 1, "group");
    bool good = writer.has_value();
    if (writer) {
      for (const auto& [name, content] : kSections) (*writer)->put(name, content);
      good = (*writer)->finish().has_value();
    }
    INFO("operation " << operations);
    CHECK(good != files.failed());
    if (good) break;
  }
  CHECK(operations > 8);
}

TEST_CASE("writing a section twice or after the end is an error, not a broken file", "[artifacts]") {
  Fixture fixture;
  auto twice = *fixture.artifacts.create(1, 1, "group");
  twice->put("a", "1");
  twice->put("a", "2");
  CHECK(twice->finish().error().code == ErrorCode::kInternal);
  CHECK(twice->finish().error().code == ErrorCode::kInternal);
}

TEST_CASE("sections are verified once, from any number of threads", "[artifacts]") {
  Fixture fixture;
  const auto writer = fixture.written({{"big", std::string(1 << 20, 'b')}});
  const auto reader = *fixture.artifacts.open(writer->row().path);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i)
    threads.emplace_back(
        [&] { good += reader->get("big").has_value() && reader->get("big")->size() == 1 << 20; });
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 8);
}

TEST_CASE("a trained model survives the way through its file", "[artifacts]") {
  using namespace proffer::recipes;
  Fixture fixture;
  const recipes::testing::MemoryInteractions interactions(recipes::testing::randomRows(3, 200, 80, 10));
  const Recipe& recipe = **recipeOfFamily("popularity");
  Progress progress;
  TrainingConfiguration configuration;
  configuration.recipe = "aws-popularity-count";
  const auto model = *recipe.train({&interactions}, configuration, progress);
  auto writer = *fixture.artifacts.create(1, 1, "group");
  model->save(*writer);
  REQUIRE(writer->finish());
  const auto sections = *fixture.artifacts.open(writer->row().path);
  const auto opened = recipe.open(*sections);
  REQUIRE(opened);
  const auto expected = *model->recommend({}), actual = *(*opened)->recommend({});
  REQUIRE(actual.size() == expected.size());
  for (size_t i = 0; i < actual.size(); ++i) CHECK(actual[i].item == expected[i].item);
}

}  // namespace artifact_store_test
