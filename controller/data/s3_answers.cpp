#include "controller/data/s3_answers.h"

#include <absl/time/time.h>

#include <charconv>
#include <pugixml.hpp>

#include "base/text.h"

namespace proffer::data {
namespace {

tl::unexpected<Error> notAList(std::string_view why) {
  return fail(
      makeError(ErrorCode::kUnavailable, "the object store answered what is no list of objects: {}", why)
          .hinting("is --s3-endpoint an S3-compatible server?"));
}

}  // namespace

Result<ObjectPage> readObjectPage(std::string_view xml) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) return notAList(parsed.description());
  const pugi::xml_node root = document.child("ListBucketResult");
  if (!root) return notAList("another root element");
  ObjectPage page;
  for (const pugi::xml_node node : root.children("Contents")) {
    ObjectInfo object;
    object.key = node.child_value("Key");
    const std::string_view size = node.child_value("Size");
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), object.size);
    const auto modified = parseTime(node.child_value("LastModified"));
    if (object.key.empty() || error != std::errc() || end != size.data() + size.size() || object.size < 0 ||
        !modified)
      return notAList("an object without key, size or time");
    // The answer to HEAD knows whole seconds only.
    object.modified = std::chrono::floor<std::chrono::seconds>(*modified);
    object.etag = plainEtag(node.child_value("ETag"));
    page.objects.push_back(std::move(object));
  }
  if (std::string_view(root.child_value("IsTruncated")) == "true") {
    page.next = root.child_value("NextContinuationToken");
    if (page.next.empty()) return notAList("it is cut, without a token to go on with");
  }
  return page;
}

S3Trouble readTrouble(std::string_view xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return {};
  const pugi::xml_node root = document.child("Error");
  return {root.child_value("Code"), root.child_value("Message")};
}

Error errorOfAnswer(int status, const S3Trouble& trouble, const ObjectAddress& address) {
  const std::string said =
      trouble.code.empty() ? std::string() : fmt::format(" ({}: {})", trouble.code, trouble.message);
  const std::string url = quoted(address.url());
  if (trouble.code == "NoSuchBucket")
    return makeError(ErrorCode::kNotFound, "there is no bucket {}{}", quoted(address.bucket), said);
  switch (status) {
    case 404:
      return makeError(ErrorCode::kNotFound, "there is no object {}{}", url, said);
    case 401:
    case 403:
      return makeError(ErrorCode::kForbidden, "the object store refuses access to {}{}", url, said)
          .hinting(
              "its key stands in the keys file (s3) or in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; may "
              "it "
              "read and write there, and is the clock right?");
    case 301:
    case 302:
    case 307:
    case 308:
      return makeError(ErrorCode::kInvalidInput, "the object store says that {} is elsewhere{}", url, said)
          .hinting("--s3-endpoint and --s3-region must be those of the bucket");
    case 412:
      return makeError(ErrorCode::kUnavailable, "{} was changed while it was being read", url)
          .hinting("write to another key, and to this one when it is whole");
    default:
      break;
  }
  const bool theirs = status >= 500 || status == 429 || status == 408;
  return makeError(theirs ? ErrorCode::kUnavailable : ErrorCode::kInvalidInput,
                   "the object store answered with status {} for {}{}", status, url, said);
}

std::optional<Time> parseHttpDate(std::string_view text) {
  absl::Time parsed;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", absl::string_view(text.data(), text.size()), &parsed,
                       nullptr) ||
      parsed == absl::InfinitePast() || parsed == absl::InfiniteFuture())  // it reads these words, too
    return std::nullopt;
  return fromMicros(absl::ToUnixMicros(parsed));
}

std::string plainEtag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

}  // namespace proffer::data
