#include "controller/gitops/manifest_directory.h"

#include "base/log.h"
#include "controller/store/admission.h"
#include "manifests/files.h"
#include "manifests/reader.h"

namespace proffer::gitops {

namespace {
constexpr int kDeepest = 32;  // links may lead in a circle
}

Result<std::unique_ptr<ManifestDirectory>> ManifestDirectory::open(store::ControlStore& store, Clock& clock,
                                                                   io::FileSystem& files,
                                                                   const std::filesystem::path& directory,
                                                                   Options options) {
  PROFFER_TRY(const auto real, files.resolve(directory));
  PROFFER_TRY(const auto info, files.stat(real));
  if (!info.directory)
    return fail(ErrorCode::kInvalidInput, "{} is not a directory of manifests", directory.string());
  return std::unique_ptr<ManifestDirectory>(new ManifestDirectory(store, clock, files, directory, options));
}

ManifestDirectory::ManifestDirectory(store::ControlStore& store, Clock& clock, io::FileSystem& files,
                                     std::filesystem::path directory, Options options)
    : store_(store),
      clock_(clock),
      files_(files),
      directory_(std::move(directory)),
      manager_("manifests/" + files.resolve(directory_).value_or(directory_).filename().string()),
      options_(options) {}

ManifestDirectory::~ManifestDirectory() {
  stop();
}

void ManifestDirectory::start() {
  step();
  thread_ = std::thread([this] { loop(); });
}

void ManifestDirectory::stop() {
  {
    std::lock_guard guard(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void ManifestDirectory::loop() {
  std::unique_lock lock(mutex_);
  while (!clock_.waitUntil(lock, changed_, clock_.now() + options_.poll, [this] { return stopping_; })) {
    lock.unlock();
    step();
    lock.lock();
  }
}

Result<void> ManifestDirectory::stampsBelow(const std::filesystem::path& directory, int depth,
                                            Stamps& stamps) const {
  PROFFER_TRY(const auto names, files_.list(directory));
  for (const auto& name : names) {
    const auto path = directory / name;
    const auto info = files_.stat(path);
    if (!info && info.error().code == ErrorCode::kNotFound) continue;  // removed since, or a link to nowhere
    if (!info) return fail(info.error());
    if (info->directory) {
      if (depth < kDeepest) PROFFER_CHECK(stampsBelow(path, depth + 1, stamps));
    } else if (path.extension() == ".yaml" || path.extension() == ".yml") {
      stamps[path.string()] = {info->size, info->modified};
    }
  }
  return {};
}

bool ManifestDirectory::step() {
  Stamps stamps;
  if (auto looked = stampsBelow(directory_, 0, stamps); !looked) {
    keep({looked.error().wrap("read the manifests")});
    return false;
  }
  const Time now = clock_.now();
  if (stamps == seen_ && now < next_) return false;
  // The stamps are of before the reading: a file that changes meanwhile is seen as changed the next time.
  seen_ = std::move(stamps);
  auto errors = apply();
  next_ = now + (errors.empty() ? options_.resync : options_.retry);
  const bool good = errors.empty();
  keep(std::move(errors));
  return good;
}

std::vector<Error> ManifestDirectory::apply() {
  const auto texts = readManifestFiles({directory_.string()});
  if (!texts) return {texts.error()};
  ManifestSet set = readManifests(*texts);
  if (!set.ok()) return std::move(set.errors);
  std::vector<Resource> resources;
  for (const Manifest& manifest : set.manifests) resources.push_back(manifest.resource);
  store::ApplyOptions options;
  options.manager = manager_;
  options.prune = true;
  std::vector<Error> errors;
  const auto result = store::applySet(store_, resources, options, &errors);
  if (!result) {
    if (errors.empty()) errors.push_back(result.error());
    return errors;
  }
  for (const auto& outcome : result->outcomes)
    if (outcome.action != store::ApplyAction::kUnchanged)
      logLine(LogLevel::kInfo, "manifests", store::applyActionName(outcome.action),
              {{"object", outcome.key.toString()}, {"set", manager_}});
  return {};
}

void ManifestDirectory::keep(std::vector<Error> errors) {
  std::lock_guard guard(mutex_);
  if (errors.empty()) applied_ = true;
  if (errors == errors_) return;  // it was said already
  for (const Error& error : errors)
    logLine(LogLevel::kError, "manifests", formatError(error), {{"set", manager_}});
  errors_ = std::move(errors);
}

std::vector<Error> ManifestDirectory::lastErrors() const {
  std::lock_guard guard(mutex_);
  return errors_;
}

bool ManifestDirectory::applied() const {
  std::lock_guard guard(mutex_);
  return applied_;
}

}  // namespace proffer::gitops
