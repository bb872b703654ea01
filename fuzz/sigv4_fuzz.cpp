// Heads of requests with whatever stands in Authorization: nothing crashes, nothing that was not signed with
// the key is let in, and what we sign of it ourselves is.
#include <cstdlib>

#include "controller/auth/gate.h"
#include "controller/auth/sigv4.h"
#include "controller/io/file_system.h"

using namespace proffer;
using namespace proffer::auth;

namespace {

void need(bool holds) {
  if (!holds) std::abort();
}

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
  static constexpr std::string_view kText =
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
  const auto questionMark = head->target.find('?');
  (void)canonicalPath(head->target.substr(0, questionMark), PathRule::kNormalised);
  if (questionMark != std::string::npos) {
    const std::string once = canonicalQuery(head->target.substr(questionMark + 1));
    need(canonicalQuery(once) == once);
  }
  return 0;
}
