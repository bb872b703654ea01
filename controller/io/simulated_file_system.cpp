#include "controller/io/simulated_file_system.h"

#include <algorithm>
#include <cerrno>

#include "base/hash.h"
#include "controller/io/file_error.h"

namespace proffer::io {

namespace {

tl::unexpected<Error> failedWith(std::string_view doing, const std::string& path, int number) {
  return fail(fileError(doing, path, number));
}

class SimulatedMappedFile final : public MappedFile {
 public:
  explicit SimulatedMappedFile(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }
  void forget(int64_t, int64_t) const override {}

 private:
  const std::string bytes_;
};

}  // namespace

/// An open file, for all three ways of opening one.
class SimulatedFile {
 public:
  SimulatedFile(SimulatedFileSystem& files, std::string path, SimulatedNodePointer node)
      : files_(files), path_(std::move(path)), node_(std::move(node)), process_(files.process_) {}

  Result<int64_t> size() const {
    std::lock_guard guard(files_.mutex_);
    PROFFER_CHECK(begin(SimulatedFileSystem::Access::kLook, "stat"));
    return static_cast<int64_t>(node_->bytes.size());
  }
  Result<size_t> readAt(int64_t offset, std::span<char> to) const {
    std::lock_guard guard(files_.mutex_);
    PROFFER_CHECK(alive("read"));
    PROFFER_TRY(const std::string bytes,
                files_.bytesFor(path_, "read", offset, static_cast<int64_t>(to.size()), *node_));
    std::copy(bytes.begin(), bytes.end(), to.begin());
    return bytes.size();
  }
  Result<void> writeAt(int64_t offset, std::string_view bytes) {
    std::lock_guard guard(files_.mutex_);
    const bool grows =
        offset + static_cast<int64_t>(bytes.size()) > static_cast<int64_t>(node_->bytes.size());
    PROFFER_CHECK(alive("write"));
    const bool wasOn = files_.changesLeft_ >= 0;
    auto begun = files_.begin(grows ? SimulatedFileSystem::Access::kGrow : SimulatedFileSystem::Access::kName,
                              "write", path_);
    const bool readOnly = files_.plan_ && files_.plan_->fault == Fault::kReadOnly;
    if (!begun && wasOn && !readOnly)
      node_->write(offset, bytes.substr(0, bytes.size() / 2), files_.clock_.now());
    if (begun) node_->write(offset, bytes, files_.clock_.now());
    return begun;
  }
  Result<void> truncate(int64_t size) {
    std::lock_guard guard(files_.mutex_);
    PROFFER_CHECK(begin(SimulatedFileSystem::Access::kRemove, "truncate"));
    node_->cut(size, files_.clock_.now());
    return {};
  }
  Result<void> sync() {
    std::lock_guard guard(files_.mutex_);
    if (auto begun = begin(SimulatedFileSystem::Access::kSync, "sync"); !begun) {
      if (files_.plan_ && files_.plan_->fault == Fault::kWriteError && files_.changesLeft_ >= 0)
        node_->forgetToSync();
      return begun;
    }
    node_->sync();
    return {};
  }

 private:
  Result<void> alive(std::string_view doing) const {
    if (process_ == files_.process_) return {};
    return fail(ErrorCode::kIo, "cannot {} {}: the process that opened it has crashed", doing, path_);
  }
  Result<void> begin(SimulatedFileSystem::Access access, std::string_view doing) const {
    PROFFER_CHECK(alive(doing));
    return files_.begin(access, doing, path_);
  }

  SimulatedFileSystem& files_;
  const std::string path_;
  const SimulatedNodePointer node_;
  const uint64_t process_;
};

namespace {

class SimulatedWritableFile final : public WritableFile {
 public:
  explicit SimulatedWritableFile(SimulatedFile file) : file_(std::move(file)) {}
  Result<void> append(std::string_view bytes) override { return writeAt(size_, bytes); }
  Result<void> writeAt(int64_t offset, std::string_view bytes) override {
    PROFFER_CHECK(file_.writeAt(offset, bytes));
    size_ = std::max(size_, offset + static_cast<int64_t>(bytes.size()));
    return {};
  }
  Result<void> sync() override { return file_.sync(); }
  int64_t size() const override { return size_; }

 private:
  SimulatedFile file_;
  int64_t size_ = 0;
};

class SimulatedUpdatableFile final : public UpdatableFile {
 public:
  explicit SimulatedUpdatableFile(SimulatedFile file) : file_(std::move(file)) {}
  Result<int64_t> size() const override { return file_.size(); }
  Result<size_t> readAt(int64_t offset, std::span<char> to) const override {
    return file_.readAt(offset, to);
  }
  Result<void> writeAt(int64_t offset, std::string_view bytes) override {
    return file_.writeAt(offset, bytes);
  }
  Result<void> truncate(int64_t size) override { return file_.truncate(size); }
  Result<void> sync() override { return file_.sync(); }
  Result<void> claim() override { return {}; }  // there is no other process

 private:
  SimulatedFile file_;
};

class SimulatedReadableFile final : public ReadableFile {
 public:
  SimulatedReadableFile(SimulatedFile file, int64_t size) : file_(std::move(file)), size_(size) {}
  int64_t size() const override { return size_; }
  Result<size_t> readAt(int64_t offset, std::span<char> to) const override {
    return file_.readAt(offset, to);
  }

 private:
  const SimulatedFile file_;
  const int64_t size_;
};

}  // namespace

class SimulatedLock final : public FileLock {
 public:
  SimulatedLock(SimulatedFileSystem& files, std::string path)
      : files_(files), path_(std::move(path)), process_(files.process_) {}
  ~SimulatedLock() override {
    std::lock_guard guard(files_.mutex_);
    if (process_ == files_.process_) files_.locks_.erase(path_);
  }

 private:
  SimulatedFileSystem& files_;
  const std::string path_;
  const uint64_t process_;
};

// ---- Whether an operation may happen
// -----------------------------------------------------------------------------

std::string SimulatedFileSystem::normal(const fs::path& path) {
  std::string text = (fs::path("/") / path).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

bool SimulatedFileSystem::befalls(Access access, const std::string& path) {
  if (!plan_ || path.find(plan_->where) == std::string::npos) return false;
  bool kind = false;
  switch (plan_->fault) {
    case Fault::kDiskFull:
      kind = access == Access::kGrow;
      break;
    case Fault::kReadOnly:
    case Fault::kWriteError:
      kind = access != Access::kLook && access != Access::kRead;
      break;
    case Fault::kReadError:
    case Fault::kShortRead:
    case Fault::kFlippedBit:
      kind = access == Access::kRead;
      break;
  }
  if (!kind) return false;
  const int64_t number = matched_++;
  if (number < plan_->after || number - plan_->after >= plan_->count) return false;
  ++met_;
  return true;
}

Result<void> SimulatedFileSystem::begin(Access access, std::string_view doing, const std::string& path) {
  if (access != Access::kLook && access != Access::kRead) {
    ++changes_;
    if (changesLeft_ >= 0) --changesLeft_;
  }
  if (changesLeft_ < 0) return fail(ErrorCode::kIo, "cannot {} {}: the power is off", doing, path);
  if (access == Access::kRead || !befalls(access, path)) return {};
  switch (plan_->fault) {
    case Fault::kDiskFull:
      return failedWith(doing, path, ENOSPC);
    case Fault::kReadOnly:
      return failedWith(doing, path, EROFS);
    default:
      return failedWith(doing, path, EIO);
  }
}

Result<SimulatedNodePointer> SimulatedFileSystem::fileAt(std::string_view doing,
                                                         const std::string& path) const {
  auto node = tree_.find(path);
  if (!node) return failedWith(doing, path, ENOENT);
  if (node->directory) return fail(ErrorCode::kInvalidInput, "cannot {} {}: it is a directory", doing, path);
  return node;
}

// What a read gives, with the faults of reads.
Result<std::string> SimulatedFileSystem::bytesFor(const std::string& path, std::string_view doing,
                                                  int64_t offset, int64_t length, const SimulatedNode& node) {
  PROFFER_CHECK(begin(Access::kRead, doing, path));
  const auto size = static_cast<int64_t>(node.bytes.size());
  const int64_t there = std::clamp<int64_t>(size - offset, 0, length);
  std::string bytes =
      there == 0 ? "" : node.bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(there));
  if (!befalls(Access::kRead, path)) return bytes;
  switch (plan_->fault) {
    case Fault::kShortRead:
      bytes.resize(bytes.size() / 2);
      return bytes;
    case Fault::kFlippedBit:
      if (!bytes.empty()) {
        const uint64_t bit = hash64(path + std::to_string(matched_)) % (bytes.size() * 8);
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      }
      return bytes;
    default:
      return failedWith(doing, path, EIO);
  }
}

// ---- The operations
// ----------------------------------------------------------------------------------------------

Result<std::unique_ptr<WritableFile>> SimulatedFileSystem::create(const fs::path& given) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  PROFFER_CHECK(begin(Access::kGrow, "create", path));
  auto node = tree_.find(path);
  if (node && node->directory) return failedWith("create", path, EISDIR);
  if (!node && !tree_.directoryOf(path)) return failedWith("create", path, ENOENT);
  if (node)
    node->cut(0, clock_.now());
  else
    node = tree_.makeFile(path, clock_.now());
  return std::make_unique<SimulatedWritableFile>(SimulatedFile(*this, path, std::move(node)));
}

Result<std::unique_ptr<UpdatableFile>> SimulatedFileSystem::update(const fs::path& given, bool mayCreate) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  auto node = tree_.find(path);
  PROFFER_CHECK(begin(node ? Access::kLook : Access::kGrow, "open", path));
  if (node && node->directory) return failedWith("open", path, EISDIR);
  if (!node && (!mayCreate || !tree_.directoryOf(path))) return failedWith("open", path, ENOENT);
  if (!node) node = tree_.makeFile(path, clock_.now());
  return std::make_unique<SimulatedUpdatableFile>(SimulatedFile(*this, path, std::move(node)));
}

Result<std::unique_ptr<ReadableFile>> SimulatedFileSystem::open(const fs::path& given) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  PROFFER_CHECK(begin(Access::kLook, "open", path));
  PROFFER_TRY(auto node, fileAt("open", path));
  const auto size = static_cast<int64_t>(node->bytes.size());
  return std::make_unique<SimulatedReadableFile>(SimulatedFile(*this, path, std::move(node)), size);
}

Result<std::unique_ptr<MappedFile>> SimulatedFileSystem::map(const fs::path& given) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  PROFFER_TRY(const auto node, fileAt("open", path));
  PROFFER_TRY(auto bytes, bytesFor(path, "map", 0, std::numeric_limits<int64_t>::max(), *node));
  return std::make_unique<SimulatedMappedFile>(std::move(bytes));
}

Result<std::string> SimulatedFileSystem::read(const fs::path& given, int64_t limit) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  PROFFER_TRY(const auto node, fileAt("open", path));
  if (static_cast<int64_t>(node->bytes.size()) > limit)
    return fail(ErrorCode::kLimitExceeded, "cannot read {}: it is larger than {} bytes", path, limit);
  return bytesFor(path, "read", 0, limit, *node);
}

Result<FileInfo> SimulatedFileSystem::stat(const fs::path& given) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  PROFFER_CHECK(begin(Access::kLook, "stat", path));
  const auto node = tree_.find(path);
  if (!node) return failedWith("stat", path, ENOENT);
  return FileInfo{static_cast<int64_t>(node->bytes.size()), node->modified, node->directory, 0};
}

Result<std::vector<fs::path>> SimulatedFileSystem::list(const fs::path& given) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  PROFFER_CHECK(begin(Access::kLook, "list", path));
  const auto node = tree_.find(path);
  if (!node) return failedWith("list", path, ENOENT);
  if (!node->directory) return failedWith("list", path, ENOTDIR);
  std::vector<fs::path> names;
  for (const auto& [name, entry] : node->entries) names.emplace_back(name);
  return names;
}

Result<fs::path> SimulatedFileSystem::resolve(const fs::path& given) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  PROFFER_CHECK(begin(Access::kLook, "resolve", path));
  if (!tree_.find(path)) return failedWith("resolve", path, ENOENT);
  return fs::path(path);
}

Result<void> SimulatedFileSystem::createDirectories(const fs::path& given) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  for (size_t end = 0; end != path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    const std::string part = path.substr(0, end);
    const auto node = tree_.find(part);
    if (node && !node->directory) return failedWith("create the directory", part, ENOTDIR);
    if (node) continue;
    PROFFER_CHECK(begin(Access::kGrow, "create the directory", part));
    tree_.makeDirectory(part, clock_.now());
  }
  return {};
}

Result<void> SimulatedFileSystem::rename(const fs::path& givenFrom, const fs::path& givenTo) {
  const std::string from = normal(givenFrom), to = normal(givenTo);
  std::lock_guard guard(mutex_);
  PROFFER_CHECK(begin(Access::kName, "rename to " + to, from));
  const auto node = tree_.find(from), target = tree_.find(to);
  if (!node || !tree_.directoryOf(to)) return failedWith("rename to " + to, from, ENOENT);
  if (target && target->directory && !target->entries.empty())
    return failedWith("rename to " + to, from, ENOTEMPTY);
  if (from != to) tree_.rename(from, to);
  return {};
}

Result<void> SimulatedFileSystem::remove(const fs::path& given) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  const auto node = tree_.find(path);
  if (!node) return begin(Access::kLook, "remove", path);
  PROFFER_CHECK(begin(Access::kRemove, "remove", path));
  if (node->directory) return failedWith("remove", path, EISDIR);
  tree_.unlink(path);
  return {};
}

Result<void> SimulatedFileSystem::removeTree(const fs::path& given) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  const auto remove = [&](const auto& self, const std::string& below,
                          SimulatedNodePointer node) -> Result<void> {
    const auto entries = node->entries;
    for (const auto& [name, child] : entries) PROFFER_CHECK(self(self, below + "/" + name, child));
    PROFFER_CHECK(begin(Access::kRemove, "remove", below));
    tree_.unlink(below);
    return {};
  };
  const auto node = tree_.find(path);
  return node ? remove(remove, path, node) : begin(Access::kLook, "remove", path);
}

Result<void> SimulatedFileSystem::syncDirectory(const fs::path& given) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  PROFFER_CHECK(begin(Access::kSync, "sync the directory", path));
  const auto node = tree_.find(path);
  if (!node) return failedWith("open the directory", path, ENOENT);
  if (!node->directory) return failedWith("open the directory", path, ENOTDIR);
  tree_.syncDirectory(node);
  return {};
}

Result<std::unique_ptr<FileLock>> SimulatedFileSystem::lock(const fs::path& given, std::string_view holder) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  if (locks_.count(path) != 0) return fail(ErrorCode::kUnavailable, "{} is locked by another process", path);
  PROFFER_CHECK(begin(Access::kGrow, "open", path));
  if (!tree_.directoryOf(path)) return failedWith("open", path, ENOENT);
  auto node = tree_.find(path);
  if (!node) node = tree_.makeFile(path, clock_.now());
  node->cut(0, clock_.now());
  node->write(0, holder, clock_.now());
  locks_.insert(path);
  return std::make_unique<SimulatedLock>(*this, path);
}

// ---- What tests do to it
// -----------------------------------------------------------------------------------------

void SimulatedFileSystem::cutPowerAfter(int64_t changes) {
  std::lock_guard guard(mutex_);
  changesLeft_ = changes;
}

bool SimulatedFileSystem::powerIsOff() const {
  std::lock_guard guard(mutex_);
  return changesLeft_ < 0;
}

void SimulatedFileSystem::crash(Survival survival, uint64_t seed) {
  std::lock_guard guard(mutex_);
  ++process_;
  locks_.clear();
  changesLeft_ = std::numeric_limits<int64_t>::max();
  tree_.crash(survival, seed);
}

void SimulatedFileSystem::inject(const FaultPlan& plan) {
  std::lock_guard guard(mutex_);
  plan_ = plan;
  matched_ = met_ = 0;
}

void SimulatedFileSystem::heal() {
  std::lock_guard guard(mutex_);
  plan_.reset();
}

int64_t SimulatedFileSystem::faultsMet() const {
  std::lock_guard guard(mutex_);
  return met_;
}

void SimulatedFileSystem::put(const fs::path& given, std::string_view bytes, std::optional<Time> modified) {
  const std::string path = normal(given);
  std::lock_guard guard(mutex_);
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    if (!tree_.find(path.substr(0, end))) tree_.makeDirectory(path.substr(0, end), clock_.now());
  }
  auto node = tree_.find(path);
  if (!node) node = tree_.makeFile(path, clock_.now());
  node->cut(0, clock_.now());
  node->write(0, bytes, modified.value_or(clock_.now()));
  node->sync();
  tree_.directoryOf(path)->durableEntries[SimulatedTree::nameOf(path)] = node;
}

bool SimulatedFileSystem::damage(const fs::path& given, uint64_t bit) {
  std::lock_guard guard(mutex_);
  const auto node = tree_.find(normal(given));
  if (!node || node->bytes.empty()) return false;
  bit %= node->bytes.size() * 8;
  for (std::string* bytes : {&node->bytes, &node->durableBytes}) {
    if (bit / 8 < bytes->size()) (*bytes)[bit / 8] = static_cast<char>((*bytes)[bit / 8] ^ (1 << (bit % 8)));
  }
  return true;
}

std::vector<fs::path> SimulatedFileSystem::filesBelow(const fs::path& directory) const {
  std::lock_guard guard(mutex_);
  std::vector<fs::path> found;
  const auto visit = [&](const auto& self, const fs::path& path, const SimulatedNode& node) -> void {
    if (!node.directory) found.push_back(path);
    for (const auto& [name, child] : node.entries) self(self, path / name, *child);
  };
  if (const auto node = tree_.find(normal(directory))) visit(visit, normal(directory), *node);
  return found;
}

}  // namespace proffer::io
