#include "controller/data/s3_store.h"

#include <httplib.h>

#include <charconv>
#include <condition_variable>
#include <cstring>

#include "base/text.h"
#include "controller/data/s3_answers.h"

namespace proffer::data {
namespace {

constexpr size_t kSentPiece = 256 << 10;
constexpr size_t kLongestAnswer = 16 << 20;
constexpr int64_t kLargestPut = 5LL << 30;

/// What was asked for, and the answer.
struct Asked {
  std::string method;
  ObjectAddress address;
  std::string query = {};  ///< canonical
  std::vector<auth::Header> headers = {};
  const io::ReadableFile* content = nullptr;
  std::string payloadHash = auth::sha256Hex("");
  size_t limit = kLongestAnswer;  ///< of the answer's body
};
struct Answered {
  int status = 0;
  std::string body;
  std::string etag, modified, length;
};

bool mayHelpAgain(int status) {
  return status >= 500 || status == 429 || status == 408;
}

class S3Store final : public ObjectStore, public std::enable_shared_from_this<S3Store> {
 public:
  S3Store(S3Options options, std::string host, Clock& clock)
      : options_(std::move(options)), host_(std::move(host)), clock_(clock) {}

  Result<std::vector<ObjectInfo>> list(const ObjectAddress& prefix) override;
  Result<ObjectInfo> look(const ObjectAddress& address) override;
  Result<std::unique_ptr<io::ReadableFile>> open(const ObjectAddress& address,
                                                 const ObjectInfo& object) override;
  Result<void> put(const ObjectAddress& address, const io::ReadableFile& content) override;
  Result<void> checkBucket(const std::string&) const override { return {}; }

  const S3Options& options() const { return options_; }
  std::unique_ptr<httplib::Client> connect() const;
  /// Tries as often as may help; any status that is no success is an error.
  Result<Answered> ask(httplib::Client& client, const Asked& asked);

 private:
  Result<Answered> askOnce(httplib::Client& client, const Asked& asked);
  auth::RequestHead signedHead(const Asked& asked) const;
  void pause(int attempt);

  const S3Options options_;
  const std::string host_;  ///< as the Host header has it
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable never_;
};

/// An object that is read range by range. The range that was read last is kept.
class S3File final : public io::ReadableFile {
 public:
  S3File(std::shared_ptr<S3Store> store, ObjectAddress address, ObjectInfo object)
      : store_(std::move(store)),
        address_(std::move(address)),
        object_(std::move(object)),
        client_(store_->connect()) {}

  int64_t size() const override { return object_.size; }

  Result<size_t> readAt(int64_t offset, std::span<char> to) const override {
    std::lock_guard guard(mutex_);
    size_t filled = 0;
    while (filled < to.size() && offset < object_.size) {
      const bool held = offset >= begin_ && offset < begin_ + static_cast<int64_t>(range_.size());
      if (!held) PROFFER_CHECK(fetch(offset));
      const auto from = static_cast<size_t>(offset - begin_);
      const size_t count = std::min(range_.size() - from, to.size() - filled);
      std::memcpy(to.data() + filled, range_.data() + from, count);
      filled += count;
      offset += static_cast<int64_t>(count);
    }
    return filled;
  }

 private:
  Result<void> fetch(int64_t offset) const {
    const int64_t end =
        std::min<int64_t>(object_.size, offset + static_cast<int64_t>(store_->options().rangeBytes));
    Asked asked{"GET", address_};
    asked.headers = {{"Range", fmt::format("bytes={}-{}", offset, end - 1)}};
    if (!object_.etag.empty()) asked.headers.push_back({"If-Match", "\"" + object_.etag + "\""});
    asked.limit = static_cast<size_t>(end - offset);
    PROFFER_TRY(Answered answer, store_->ask(*client_, asked));
    if (!object_.etag.empty() && !answer.etag.empty() && answer.etag != object_.etag)
      return fail(errorOfAnswer(412, {}, address_));
    // A server that knows no ranges sends all of it, which is right only where all of it was wanted.
    const bool all = answer.status == 200 && offset == 0 && end == object_.size;
    if (answer.status != 206 && !all)
      return fail(ErrorCode::kInvalidInput, "the object store does not send parts of {}",
                  quoted(address_.url()));
    if (answer.body.size() != asked.limit)
      return fail(ErrorCode::kUnavailable, "the object store sent {} bytes of {} in place of {}",
                  answer.body.size(), quoted(address_.url()), asked.limit);
    range_ = std::move(answer.body);
    begin_ = offset;
    return {};
  }

  std::shared_ptr<S3Store> store_;
  ObjectAddress address_;
  ObjectInfo object_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<httplib::Client> client_;
  mutable std::string range_;
  mutable int64_t begin_ = 0;
};

std::unique_ptr<httplib::Client> S3Store::connect() const {
  auto client = std::make_unique<httplib::Client>(options_.endpoint);
  client->set_keep_alive(true);
  client->set_tcp_nodelay(true);
  client->set_url_encode(false);
  client->set_decompress(false);
  client->set_follow_location(false);
  client->set_connection_timeout(std::chrono::seconds(5));
  client->set_read_timeout(options_.patience);
  client->set_write_timeout(options_.patience);
  return client;
}

auth::RequestHead S3Store::signedHead(const Asked& asked) const {
  auth::RequestHead head;
  head.method = asked.method;
  head.target = "/" + asked.address.bucket;
  if (!asked.address.key.empty()) head.target += "/" + auth::uriEncode(asked.address.key, true);
  if (!asked.query.empty()) head.target += "?" + asked.query;
  head.headers = {{"Host", host_}};
  head.headers.insert(head.headers.end(), asked.headers.begin(), asked.headers.end());
  if (options_.credentials)
    auth::sign(head, asked.payloadHash,
               {*options_.credentials, options_.region, "s3", auth::PathRule::kAsSent}, clock_.now());
  return head;
}

Result<Answered> S3Store::askOnce(httplib::Client& client, const Asked& asked) {
  const auth::RequestHead head = signedHead(asked);
  httplib::Request request;
  request.method = head.method;
  request.path = head.target;
  for (const auth::Header& header : head.headers) request.headers.emplace(header.name, header.value);
  Answered answer;
  bool tooLong = false;
  const auto takeHead = [&](const httplib::Response& response) {
    answer.status = response.status;
    answer.etag = plainEtag(response.get_header_value("ETag"));
    answer.modified = response.get_header_value("Last-Modified");
    answer.length = response.get_header_value("Content-Length");
    return true;
  };
  request.response_handler = takeHead;
  request.content_receiver = [&](const char* bytes, size_t size, uint64_t, uint64_t) {
    const bool good = answer.status >= 200 && answer.status < 300;
    tooLong = answer.body.size() + size > (good ? asked.limit : kLongestAnswer);
    if (!tooLong) answer.body.append(bytes, size);
    return !tooLong;
  };
  std::vector<char> buffer;
  if (asked.content != nullptr) {
    buffer.resize(kSentPiece);
    request.content_length_ = static_cast<size_t>(asked.content->size());
    request.content_provider_ = [&](size_t offset, size_t length, httplib::DataSink& sink) {
      const auto count =
          asked.content->readAt(static_cast<int64_t>(offset), {buffer.data(), std::min(length, kSentPiece)});
      return count && *count > 0 && sink.write(buffer.data(), *count);
    };
  }
  const httplib::Result result = client.send(request);
  if (tooLong)
    return fail(ErrorCode::kInvalidInput, "the object store sends more of {} than was asked for",
                quoted(asked.address.url()));
  // The library tells the handler nothing of an answer without a body.
  if (result) takeHead(*result);
  if (result) return answer;
  return fail(makeError(ErrorCode::kUnavailable, "the object store at {} {} ({})", options_.endpoint,
                        answer.status == 0 ? "is not reached" : "broke off",
                        lower(httplib::to_string(result.error())))
                  .hinting("is --s3-endpoint right, and does it run?"));
}

void S3Store::pause(int attempt) {
  std::unique_lock lock(mutex_);
  clock_.waitUntil(lock, never_, clock_.now() + options_.pause * (1 << attempt), [] { return false; });
}

Result<Answered> S3Store::ask(httplib::Client& client, const Asked& asked) {
  for (int attempt = 0;; ++attempt) {
    const bool last = attempt + 1 >= options_.attempts;
    auto answer = askOnce(client, asked);
    if (answer && answer->status >= 200 && answer->status < 300) return answer;
    const bool again = answer ? mayHelpAgain(answer->status) : answer.error().code == ErrorCode::kUnavailable;
    if (again && !last) {
      pause(attempt);
      continue;
    }
    if (!answer) return answer;
    return fail(errorOfAnswer(answer->status, readTrouble(answer->body), asked.address));
  }
}

Result<std::vector<ObjectInfo>> S3Store::list(const ObjectAddress& prefix) {
  const auto client = connect();
  std::vector<ObjectInfo> found;
  std::string token;
  do {
    std::string query = "list-type=2&delimiter=/&prefix=" + auth::uriEncode(prefix.key);
    if (!token.empty()) query += "&continuation-token=" + auth::uriEncode(token);
    Asked asked{"GET", {prefix.bucket, ""}};
    asked.query = auth::canonicalQuery(query);
    auto answer = ask(*client, asked);
    if (!answer) return fail(std::move(answer).error().wrap(fmt::format("list {}", prefix.url())));
    PROFFER_TRY(ObjectPage page, readObjectPage(answer->body));
    for (ObjectInfo& object : page.objects)
      if (object.key != prefix.key && object.key.starts_with(prefix.key)) found.push_back(std::move(object));
    if (!page.next.empty() && page.next == token)
      return fail(ErrorCode::kUnavailable, "the object store lists {} without an end", quoted(prefix.url()));
    token = std::move(page.next);
  } while (!token.empty());
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return found;
}

Result<ObjectInfo> S3Store::look(const ObjectAddress& address) {
  if (address.key.empty()) return fail(ErrorCode::kInvalidInput, "{} names no object", quoted(address.url()));
  const auto client = connect();
  PROFFER_TRY(const Answered answer, ask(*client, {"HEAD", address}));
  ObjectInfo object;
  object.key = address.key;
  const auto [end, error] =
      std::from_chars(answer.length.data(), answer.length.data() + answer.length.size(), object.size);
  if (error != std::errc() || end != answer.length.data() + answer.length.size() || object.size < 0)
    return fail(ErrorCode::kUnavailable, "the object store does not say how long {} is",
                quoted(address.url()));
  object.modified = parseHttpDate(answer.modified).value_or(Time{});
  object.etag = answer.etag;
  return object;
}

Result<std::unique_ptr<io::ReadableFile>> S3Store::open(const ObjectAddress& address,
                                                        const ObjectInfo& object) {
  return std::make_unique<S3File>(shared_from_this(), address, object);
}

Result<void> S3Store::put(const ObjectAddress& address, const io::ReadableFile& content) {
  if (address.key.empty() || address.key.ends_with('/'))
    return fail(ErrorCode::kInvalidInput, "{} is no object's address", quoted(address.url()));
  if (content.size() > kLargestPut)
    return fail(makeError(ErrorCode::kLimitExceeded, "{} would be larger than 5 GiB", quoted(address.url()))
                    .hinting("write it in parts"));
  auth::Sha256 hash;
  std::vector<char> buffer(kSentPiece);
  for (int64_t at = 0; at < content.size();) {
    PROFFER_TRY(const size_t count, content.readAt(at, buffer));
    if (count == 0) return fail(ErrorCode::kIo, "what was to be written to {} became shorter", address.url());
    hash.add({buffer.data(), count});
    at += static_cast<int64_t>(count);
  }
  Asked asked{"PUT", address};
  asked.content = &content;
  asked.payloadHash = auth::hex(hash.digest());
  const auto client = connect();
  PROFFER_CHECK(ask(*client, asked));
  return {};
}

}  // namespace

Result<std::shared_ptr<ObjectStore>> openS3Store(S3Options options, Clock& clock) {
  const auto refused = [&] {
    return fail(
        makeError(ErrorCode::kInvalidInput, "{} is no address of an object store", quoted(options.endpoint))
            .hinting("http://HOST:PORT or https://HOST is expected, without a path"));
  };
  while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
  const bool secure = options.endpoint.starts_with("https://");
  if (!secure && !options.endpoint.starts_with("http://")) return refused();
  std::string host = options.endpoint.substr(secure ? 8 : 7);
  if (host.empty() || host.find_first_of("/?#@ ") != std::string::npos) return refused();
  if (!httplib::Client(options.endpoint).is_valid()) return refused();
  const std::string usual = secure ? ":443" : ":80";
  if (host.ends_with(usual)) host.resize(host.size() - usual.size());
  return std::make_shared<S3Store>(std::move(options), std::move(host), clock);
}

}  // namespace proffer::data
