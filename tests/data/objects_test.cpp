// Objects at s3:// addresses: of a directory, of a server that misbehaves, and of a real one.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "controller/data/bucket_directory.h"
#include "controller/data/object_stores.h"
#include "controller/data/s3_answers.h"
#include "controller/data/s3_store.h"
#include "tests/data/fake_s3.h"
#include "tests/data/support.h"

namespace proffer::data::objects_test {
namespace {

using Lines = std::vector<std::string>;

std::string contentOf(ObjectStore& store, const std::string& url) {
  const auto address = parseObjectUrl(url);
  REQUIRE(address);
  const auto object = store.look(*address);
  if (!object) FAIL(formatError(object.error()));
  auto file = store.open(*address, *object);
  REQUIRE(file);
  std::string content(static_cast<size_t>((*file)->size()), '\0');
  size_t filled = 0;
  while (filled < content.size()) {
    const size_t piece = std::min<size_t>(content.size() - filled, 700);
    const auto count = (*file)->readAt(static_cast<int64_t>(filled), {content.data() + filled, piece});
    if (!count) FAIL(formatError(count.error()));
    REQUIRE(*count > 0);
    filled += *count;
  }
  return content;
}

Lines keysOf(ObjectStore& store, const std::string& url) {
  const auto found = store.list(*parseObjectUrl(url));
  if (!found) return {std::string(errorCodeName(found.error().code))};
  Lines keys;
  for (const ObjectInfo& object : *found) keys.push_back(object.key);
  return keys;
}

std::shared_ptr<ObjectStore> storeOf(FakeS3& server, Clock& clock, int attempts = 3) {
  S3Options options;
  options.endpoint = server.url();
  options.credentials = server.credentials();
  options.attempts = attempts;
  options.pause = std::chrono::milliseconds(1);
  options.patience = std::chrono::seconds(2);
  options.rangeBytes = 1000;
  auto store = openS3Store(options, clock);
  REQUIRE(store);
  return *store;
}

std::string longText(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
  text.resize(size);
  return text;
}

// What every store of objects does, whatever it keeps them in.
void behaves(ObjectStore& store, const std::string& bucket) {
  const std::string base = "s3://" + bucket + "/";
  const std::string text = longText(5000);
  for (const char* key : {"in/b.csv", "in/a b+c=&.csv", "in/deeper/c.csv", "in/empty.csv", "other.csv"})
    REQUIRE(putText(store, *parseObjectUrl(base + key), std::string_view(key) == "in/empty.csv" ? "" : text));
  CHECK(keysOf(store, base + "in/") == Lines{"in/a b+c=&.csv", "in/b.csv", "in/empty.csv"});
  CHECK(keysOf(store, base + "nowhere/").empty());
  CHECK(contentOf(store, base + "in/a b+c=&.csv") == text);
  CHECK(contentOf(store, base + "in/empty.csv").empty());
  const ObjectAddress address = *parseObjectUrl(base + "in/b.csv");
  const ObjectInfo before = store.look(address).value();
  CHECK(before.size == 5000);
  CHECK_FALSE(before.etag.empty());
  const auto listed = store.list(*parseObjectUrl(base + "in/"));
  REQUIRE(listed);
  CHECK(listed->at(1).etag == before.etag);
  CHECK(store.look(*parseObjectUrl(base + "in/none.csv")).error().code == ErrorCode::kNotFound);

  REQUIRE(putText(store, address, "other"));
  CHECK(store.look(address).value().etag != before.etag);
  // What was looked at is not what is there now.
  auto stale = store.open(address, before);
  if (stale) {
    char byte = 0;
    const auto read = (*stale)->readAt(0, {&byte, 1});
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::kUnavailable);
  } else {
    CHECK(stale.error().code == ErrorCode::kUnavailable);
  }
}

}  // namespace

TEST_CASE("addresses of objects are read") {
  struct Row {
    std::string url, bucket, key, reason;
  };
  const std::vector<Row> rows{{"s3://films/a/b.csv", "films", "a/b.csv", "the usual"},
                              {"s3://films/", "films", "", "a whole bucket"},
                              {"s3://films", "films", "", "without a slash"},
                              {"s3://my.films-2/ü b", "my.films-2", "ü b", "any key"},
                              {"s3://", "", "", "no bucket"},
                              {"s3:///a", "", "", "no bucket, but a key"},
                              {"S3://films/a", "", "", "schemes have a case here"},
                              {"s3://../a", "", "", "a bucket that would be a path"},
                              {"s3://a?b/c", "", "", "no bucket's name"},
                              {"s3://films/a\nb", "", "", "a control character"},
                              {"s3://films/" + std::string(1025, 'x'), "", "", "too long"}};
  for (const Row& row : rows) {
    INFO(row.reason << ": " << row.url);
    const auto address = parseObjectUrl(row.url);
    CHECK(address.has_value() == !row.bucket.empty());
    if (address) CHECK(*address == ObjectAddress{row.bucket, row.key});
  }
}

TEST_CASE("a directory plays a bucket") {
  const TemporaryDirectory directory;
  auto bucket = BucketDirectory::open("films", directory.path(), io::posixFileSystem());
  REQUIRE(bucket);
  behaves(**bucket, "films");
  CHECK((*bucket)->checkBucket("films").has_value());
  CHECK_FALSE((*bucket)->checkBucket("other"));

  std::filesystem::create_symlink("/etc", directory.path() / "out");
  for (const char* key : {"s3://films/out/passwd", "s3://films/out/", "s3://films/../x"}) {
    INFO(key);
    const auto address = *parseObjectUrl(key);
    const auto code = key[11] == 'o' ? ErrorCode::kForbidden : ErrorCode::kInvalidInput;
    CHECK((*bucket)->look(address).error().code == code);
    CHECK((*bucket)->list(address).error().code == code);
    CHECK(putText(**bucket, {"films", address.key + "x"}, "x").error().code == code);
  }
}

TEST_CASE("objects of a server are listed, read in ranges and written, all signed") {
  FakeS3 server;
  SystemClock clock;
  const auto store = storeOf(server, clock);
  behaves(*store, "films");
  for (int i = 0; i < 35; ++i) server.set(fmt::format("many/{:02}.csv", i), "x");
  server.set("many/", "");
  server.requests();
  CHECK(keysOf(*store, "s3://films/many/").size() == 35);
  CHECK(server.requests() == 4);
  CHECK(keysOf(*store, "s3://nobody/").front() == "NotFound");
  server.expectSecret("another");
  CHECK(keysOf(*store, "s3://films/").front() == "Forbidden");
}

TEST_CASE("what may help is tried again, and what cannot is said at once") {
  using Fault = FakeS3::Fault;
  struct Row {
    Fault fault;
    int times;
    std::string expected;
    int requests;
    std::string reason;
  };
  const std::vector<Row> rows{
      {Fault::kNone, 0, "", 1, "all is well"},
      {Fault::kUnavailable, 2, "", 3, "503 twice"},
      {Fault::kUnavailable, 9, "Unavailable", 3, "503 for ever"},
      {Fault::kCutBody, 2, "", 3, "a body that is cut, twice"},
      {Fault::kCutBody, 9, "Unavailable", 3, "always"},
      {Fault::kSlow, 1, "", 2, "no answer in time"},
      {Fault::kForbidden, 9, "Forbidden", 1, "access is refused"},
      {Fault::kRedirect, 9, "InvalidInput", 1, "it is elsewhere"},
      {Fault::kShortRange, 9, "Unavailable", 1, "fewer bytes than asked for"},
      {Fault::kLongRange, 9, "InvalidInput", 1, "more bytes than asked for"},
  };
  for (const Row& row : rows) {
    INFO(row.reason);
    FakeS3 server;
    SystemClock clock;
    server.set("a.csv", longText(800));
    const auto store = storeOf(server, clock);
    const ObjectAddress address{"films", "a.csv"};
    const ObjectInfo object = store->look(address).value();
    auto file = store->open(address, object).value();
    server.requests();
    server.fail(row.fault, row.times);
    std::string content(800, '\0');
    const auto read = file->readAt(0, content);
    CHECK((read ? "" : std::string(errorCodeName(read.error().code))) == row.expected);
    if (read) CHECK(content == longText(800));
    CHECK(server.requests() == row.requests);
  }
}

TEST_CASE("a server that knows no ranges is not read into memory as a whole") {
  FakeS3 server;
  SystemClock clock;
  const auto store = storeOf(server, clock);
  server.set("long.csv", longText(5000));
  server.set("short.csv", longText(900));
  server.fail(FakeS3::Fault::kNoRange, 100);
  CHECK(contentOf(*store, "s3://films/short.csv") == longText(900));
  const ObjectAddress address{"films", "long.csv"};
  auto file = store->open(address, store->look(address).value()).value();
  char byte = 0;
  CHECK(file->readAt(0, {&byte, 1}).error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("an endpoint that is not reached, or none, is said") {
  SystemClock clock;
  S3Options options;
  options.attempts = 2;
  options.pause = std::chrono::milliseconds(1);
  options.endpoint = "http://127.0.0.1:1";
  const auto store = openS3Store(options, clock).value();
  const auto looked = store->look({"films", "a.csv"});
  REQUIRE_FALSE(looked);
  CHECK(looked.error().code == ErrorCode::kUnavailable);
  CHECK(looked.error().message.find("127.0.0.1:1") != std::string::npos);
  for (const char* wrong : {"", "127.0.0.1:9000", "ftp://x", "http://", "http://a/b", "http://u@h"}) {
    INFO(wrong);
    options.endpoint = wrong;
    CHECK(openS3Store(options, clock).error().code == ErrorCode::kInvalidInput);
  }
}

TEST_CASE("lists of objects that are malformed are errors") {
  for (const char* xml :
       {"", "<a>", "<Error><Code>x</Code></Error>", "<ListBucketResult><Contents/></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size>"
        "<LastModified>2026-11-22T08:15:00Z</LastModified></Contents></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"}) {
    INFO(xml);
    CHECK_FALSE(readObjectPage(xml));
  }
  CHECK(readObjectPage("<ListBucketResult></ListBucketResult>")->objects.empty());
  CHECK(parseHttpDate("Sun, 22 Nov 2026 08:15:00 GMT") == parseTime("2026-11-22T08:15:00Z"));
  CHECK_FALSE(parseHttpDate("yesterday"));
  CHECK_FALSE(parseHttpDate("infinite-past"));
}

TEST_CASE("datasets are imported from objects, once for each content") {
  FakeS3 server;
  SystemClock clock;
  Place place;
  auto stores = std::make_shared<ObjectStores>();
  stores->setOthers(storeOf(server, clock));
  SourceRoots roots = place.roots();
  roots.setObjects(stores);
  const std::string header = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,DEVICE\n";
  server.set("day/1.csv", header + "u1,i1,100,,,\n");
  server.set("day/2.csv", header + "u2,i2,200,,,\n");
  server.set("day/deeper/3.csv", "not looked at");
  server.set("day/_SUCCESS", "");
  const DatasetDefinition definition =
      dataset(DatasetType::kInteractions, interactionFields(), {source("s3://films/day/")});
  const auto import = [&] {
    Progress progress;
    ImportReport report;
    static int64_t job = 0;
    const auto done = place.store().importDataset("group", definition, roots, ++job, 1, progress, report);
    if (!done) FAIL(formatError(done.error()));
    return report;
  };
  CHECK(import().rowsKept == 2);
  SourceCheck check = place.store().checkSources("group", definition, roots).value();
  CHECK_FALSE(check.changed);
  CHECK(check.files == Lines{"s3://films/day/1.csv", "s3://films/day/2.csv"});
  // Same length, another content: the etag tells.
  server.set("day/2.csv", header + "u3,i3,300,,,\n");
  CHECK(place.store().checkSources("group", definition, roots).value().changed);
  CHECK(import().rowsKept == 2);
  CHECK(allInteractions(*place.snapshot()) == Lines{"u1 i1 100 - - -", "u3 i3 300 - - -"});

  CHECK(roots.find("s3://films/day", io::posixFileSystem()).value().size() == 2);
  CHECK(roots.find("s3://films/day/1.csv", io::posixFileSystem()).value().size() == 1);
  CHECK(roots.find("s3://films/nothing/", io::posixFileSystem()).error().code == ErrorCode::kNotFound);
  CHECK(roots.find("s3://films/day/9.csv", io::posixFileSystem()).error().code == ErrorCode::kNotFound);
  CHECK(place.roots().find("s3://films/day/", io::posixFileSystem()).error().hint.find("--s3-bucket") !=
        std::string::npos);
}

TEST_CASE("objects of a real server behave alike") {
  const char* endpoint = std::getenv("PROFFER_TEST_S3");
  if (endpoint == nullptr) {
    WARN("skipped: scripts/object_store.sh runs it against a server of its own");
    return;
  }
  SystemClock clock;
  S3Options options;
  options.endpoint = endpoint;
  options.credentials = auth::Credentials{"testing", "testing", ""};
  options.rangeBytes = 1000;
  const auto store = openS3Store(options, clock).value();
  behaves(*store, "films");
  for (int i = 0; i < 1005; ++i) REQUIRE(putText(*store, {"films", fmt::format("many/{:04}.csv", i)}, "x"));
  CHECK(keysOf(*store, "s3://films/many/").size() == 1005);
  CHECK(keysOf(*store, "s3://nobody/").front() == "NotFound");
}

}  // namespace proffer::data::objects_test
