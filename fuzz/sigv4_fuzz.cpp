// Heads of requests with whatever stands in Authorization: nothing crashes, nothing that was not signed with
// the key is let in, and what we sign of it ourselves is.
#include <cstdlib>

#include <set>

#include "base/text.h"
#include "controller/auth/gate.h"
#include "controller/auth/sigv4.h"
#include "controller/io/file_system.h"

using namespace proffer;
using namespace proffer::auth;

namespace {

void need(bool holds) {
  if (!holds) std::abort();
}

constexpr std::string_view kSecret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00";

/// A keys file with one key, which no input knows the secret of.
class OneKey final : public io::FileSystem {
 public:
  Result<io::FileInfo> stat(const io::fs::path&) override {
    return io::FileInfo{static_cast<int64_t>(kText.size()), Time{}, false, 0600};
  }
  Result<std::string> read(const io::fs::path&, int64_t) override { return std::string(kText); }
  Result<std::unique_ptr<io::WritableFile>> create(const io::fs::path&) override { return none(); }
  Result<std::unique_ptr<io::UpdatableFile>> update(const io::fs::path&, bool) override { return none(); }
  Result<std::unique_ptr<io::ReadableFile>> open(const io::fs::path&) override { return none(); }
  Result<std::unique_ptr<io::MappedFile>> map(const io::fs::path&) override { return none(); }
  Result<std::vector<io::fs::path>> list(const io::fs::path&) override { return none(); }
  Result<io::fs::path> resolve(const io::fs::path&) override { return none(); }
  Result<void> createDirectories(const io::fs::path&) override { return none(); }
  Result<void> rename(const io::fs::path&, const io::fs::path&) override { return none(); }
  Result<void> remove(const io::fs::path&) override { return none(); }
  Result<void> removeTree(const io::fs::path&) override { return none(); }
  Result<void> syncDirectory(const io::fs::path&) override { return none(); }
  Result<std::unique_ptr<io::FileLock>> lock(const io::fs::path&, std::string_view) override {
    return none();
  }

 private:
  static tl::unexpected<Error> none() { return fail(ErrorCode::kNotFound, "there is one file only"); }
  static constexpr std::string_view kText =  // with kSecret
      "accessKeys:\n"
      "- {name: fuzz, accessKey: AKIDEXAMPLE000000000, secret: wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00, "
      "roles: [admin]}\n"
      "tokens:\n"
      "- {name: reader, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae, roles: "
      "[read]}\n";
};

struct World {
  World()
      : clock(*parseTime("2026-11-22T08:15:00Z")),
        keys(std::move(*KeyFile::open("keys.yaml", clock, files))) {}
  SimulatedClock clock;
  OneKey files;
  std::shared_ptr<KeyFile> keys;
  Gate gate{clock, "", keys};
};

/// Whether it is what an HTTP client may send: a path, a host, names that are tokens, each once, values
/// without control characters.
bool sendable(const RequestHead& head) {
  const auto token = [](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
  };
  const auto visible = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; });
  };
  if (!token(head.method) || !head.target.starts_with('/') || !visible(head.target) ||
      head.target.find(' ') != std::string::npos)
    return false;
  std::set<std::string> names;
  for (const Header& header : head.headers)
    if (!token(header.name) || !visible(header.value) || !names.insert(lower(header.name)).second)
      return false;
  return names.contains("host");
}

std::string textOf(const RequestHead& head) {
  std::string text = head.method + " " + head.target + " HTTP/1.1\r\n";
  for (const Header& header : head.headers) text += header.name + ": " + header.value + "\r\n";
  return text + "\r\n";
}

// What we sign is let in, with the body that it was signed for and with no other.
void signAndAsk(World& world, RequestHead head) {
  std::erase_if(head.headers, [](const Header& header) {
    const std::string name = lower(header.name);
    return name == "authorization" || name == "date" || name.starts_with("x-amz-");
  });
  if (!sendable(head)) return;
  const Signing signing{{"AKIDEXAMPLE000000000", std::string(kSecret)}, "us-east-1", "personalize"};
  sign(head, sha256Hex("body"), signing, world.clock.now());
  const std::string text = textOf(head);
  Question question;
  question.head = text;
  question.authorization = *head.find("Authorization");
  question.role = Role::kAdmin;
  const auto admitted = world.gate.admit(question);
  need(admitted.has_value());
  need(world.gate.confirm(*admitted, "body").has_value());
  need(!world.gate.confirm(*admitted, "another body").has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The header by itself: what is read is what its parts say again.
  if (const auto given = parseAuthorization(text)) {
    need(!given->accessKey.empty() && !given->signedHeaders.empty() && given->signature.size() == 64);
    need(given->scope.date.size() == 8);
  }
  (void)isSigned(text);
  (void)parseBasicTime(text);
  // The same as a head.
  const auto head = parseHead(text);
  if (!head) return 0;
  const std::string* authorization = head->find("Authorization");
  Question question;
  question.head = text;
  question.authorization = authorization == nullptr ? std::string_view() : *authorization;
  question.role = Role::kAdmin;
  if (const auto admitted = world.gate.admit(question))
    need(!world.gate.confirm(*admitted, "body").has_value());
  signAndAsk(world, *head);
  const auto questionMark = head->target.find('?');
  (void)canonicalPath(head->target.substr(0, questionMark), PathRule::kNormalised);
  if (questionMark != std::string::npos) {
    const std::string once = canonicalQuery(head->target.substr(questionMark + 1));
    need(canonicalQuery(once) == once);
  }
  return 0;
}
