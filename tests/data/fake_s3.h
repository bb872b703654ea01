// A small S3-compatible server inside a test: checks every signature, and misbehaves as it is told.
#pragma once

#include <httplib.h>

#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "controller/auth/sigv4.h"

namespace proffer::data {

class FakeS3 {
 public:
  enum class Fault {
    kNone,
    kUnavailable,
    kForbidden,
    kRedirect,
    kCutBody,
    kShortRange,
    kLongRange,
    kSlow,
    kNoRange
  };

  FakeS3() {
    const auto handle = [this](const httplib::Request& request, httplib::Response& response) {
      std::lock_guard guard(mutex_);
      serve(request, response);
    };
    server_.Get(".*", handle);
    server_.Put(".*", handle);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ~FakeS3() {
    server_.stop();
    thread_.join();
  }
  FakeS3(const FakeS3&) = delete;
  FakeS3& operator=(const FakeS3&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void set(const std::string& key, std::string content) {
    std::lock_guard guard(mutex_);
    objects_[key] = std::move(content);
    ++versions_[key];
  }
  std::string get(const std::string& key) {
    std::lock_guard guard(mutex_);
    return objects_[key];
  }
  bool has(const std::string& key) {
    std::lock_guard guard(mutex_);
    return objects_.contains(key);
  }
  /// The next `times` requests go wrong.
  void fail(Fault fault, int times) {
    std::lock_guard guard(mutex_);
    fault_ = fault;
    faults_ = times;
  }
  int requests() {
    std::lock_guard guard(mutex_);
    return std::exchange(requests_, 0);
  }
  auth::Credentials credentials() {
    std::lock_guard guard(mutex_);
    return credentials_;
  }
  void expectSecret(const std::string& secret) {
    std::lock_guard guard(mutex_);
    credentials_.secret = secret;
  }

 private:
  static void error(httplib::Response& response, int status, const std::string& code) {
    response.status = status;
    response.set_content(
        "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>it is so</Message></Error>",
        "application/xml");
  }

  bool isSignedRight(const httplib::Request& request) const {
    const auto given = auth::parseAuthorization(request.get_header_value("Authorization"));
    if (!given || given->accessKey != credentials_.accessKey || given->scope.service != "s3") return false;
    auth::RequestHead head{request.method, request.target, {}};
    for (const auto& [name, value] : request.headers) head.headers.push_back({name, value});
    const std::string hash = request.get_header_value("X-Amz-Content-Sha256");
    if (hash != auth::sha256Hex(request.body)) return false;
    const std::string canonical =
        auth::canonicalHead(head, given->signedHeaders, auth::PathRule::kAsSent) + hash;
    return given->signature == auth::signatureOf(auth::signingKey(credentials_.secret, given->scope),
                                                 auth::stringToSign(request.get_header_value("X-Amz-Date"),
                                                                    given->scope, canonical));
  }

  std::string etagOf(const std::string& key) const {
    return "\"" + std::to_string(versions_.at(key)) + "-" + auth::sha256Hex(objects_.at(key)).substr(0, 8) +
           "\"";
  }

  void serve(const httplib::Request& request, httplib::Response& response) {
    ++requests_;
    const Fault fault = faults_ > 0 ? fault_ : Fault::kNone;
    if (faults_ > 0) --faults_;
    if (fault == Fault::kUnavailable) return error(response, 503, "SlowDown");
    if (fault == Fault::kForbidden) return error(response, 403, "AccessDenied");
    if (fault == Fault::kRedirect) return error(response, 301, "PermanentRedirect");
    if (fault == Fault::kSlow) std::this_thread::sleep_for(std::chrono::seconds(3));
    if (!isSignedRight(request)) return error(response, 403, "SignatureDoesNotMatch");
    const std::string path = request.path;
    if (path != "/films" && !path.starts_with("/films/")) return error(response, 404, "NoSuchBucket");
    if (path == "/films") return list(request, response);
    const std::string key = path.substr(7);
    if (request.method == "PUT") {
      objects_[key] = request.body;
      ++versions_[key];
      response.set_header("ETag", etagOf(key));
      return;
    }
    if (!objects_.contains(key)) return error(response, 404, "NoSuchKey");
    send(key, fault, request, response);
  }

  void send(const std::string& key, Fault fault, const httplib::Request& request,
            httplib::Response& response) {
    const std::string& content = objects_.at(key);
    const std::string etag = etagOf(key);
    if (request.has_header("If-Match") && request.get_header_value("If-Match") != etag)
      return error(response, 412, "PreconditionFailed");
    response.set_header("ETag", etag);
    response.set_header("Last-Modified", "Sun, 22 Nov 2026 08:15:00 GMT");
    // What the library would make of the header by itself is not wanted.
    const_cast<httplib::Request&>(request).ranges.clear();
    size_t from = 0, to = content.size();
    unsigned long first = 0, last = 0;
    const std::string range = request.get_header_value("Range");
    if (!range.empty() && fault != Fault::kNoRange &&
        std::sscanf(range.c_str(), "bytes=%lu-%lu", &first, &last) == 2) {
      from = first;
      to = std::min<size_t>(last + 1, content.size());
      response.status = 206;
    }
    std::string body = content.substr(from, to - from);
    if (fault == Fault::kShortRange) body.pop_back();
    if (fault == Fault::kLongRange) body += "!";
    if (fault != Fault::kCutBody) return response.set_content(body, "binary/octet-stream");
    response.set_content_provider(body.size(), "binary/octet-stream",
                                  [body](size_t offset, size_t, httplib::DataSink& sink) {
                                    if (offset > 0) return false;
                                    return sink.write(body.data(), body.size() / 2);
                                  });
  }

  // Pages of ten.
  void list(const httplib::Request& request, httplib::Response& response) {
    const std::string prefix = request.get_param_value("prefix");
    const std::string token = request.get_param_value("continuation-token");
    std::string xml =
        "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    int count = 0;
    std::string next;
    for (const auto& [key, content] : objects_) {
      if (!key.starts_with(prefix) || key.find('/', prefix.size()) != std::string::npos) continue;
      if (!token.empty() && key < token.substr(2)) continue;
      if (count++ == 10) {
        next = "+/" + key;
        break;
      }
      std::string shown = key;
      for (size_t at = shown.find('&'); at != std::string::npos; at = shown.find('&', at + 1))
        shown.replace(at, 1, "&amp;");
      xml += "<Contents><Key>" + shown +
             "</Key><LastModified>2026-11-22T08:15:00.123Z</LastModified><ETag>&quot;" +
             etagOf(key).substr(1, etagOf(key).size() - 2) + "&quot;</ETag><Size>" +
             std::to_string(content.size()) + "</Size></Contents>";
    }
    xml += next.empty()
               ? "<IsTruncated>false</IsTruncated>"
               : "<IsTruncated>true</IsTruncated><NextContinuationToken>" + next + "</NextContinuationToken>";
    response.set_content(xml + "</ListBucketResult>", "application/xml");
  }

  std::mutex mutex_;
  auth::Credentials credentials_{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  std::map<std::string, std::string> objects_;
  std::map<std::string, int> versions_;
  Fault fault_ = Fault::kNone;
  int faults_ = 0;
  int requests_ = 0;
  int port_ = 0;
  httplib::Server server_;
  std::thread thread_;
};

}  // namespace proffer::data
