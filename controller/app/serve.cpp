#include "controller/app/serve.h"

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "controller/app/backups.h"
#include "controller/app/controller_metrics.h"
#include "controller/app/measurements.h"
#include "controller/app/stop_signal.h"
#include "controller/app/supervisor.h"
#include "controller/artifacts/artifact_store.h"
#include "controller/auth/key_file.h"
#include "controller/backup/restore.h"
#include "controller/data/bucket_directory.h"
#include "controller/data/group_data.h"
#include "controller/data/object_stores.h"
#include "controller/data/s3_store.h"
#include "controller/gitops/manifest_directory.h"
#include "controller/http/server.h"
#include "controller/io/file_system.h"
#include "controller/reconcile/manager.h"
#include "controller/serving/engine.h"
#include "controller/store/control_store.h"

namespace proffer::app {
namespace {

constexpr int64_t kTokenFileLimit = 4096;

Result<data::SourceRoots> sourceRoots(const cli::ServeOptions& options, io::FileSystem& files) {
  std::vector<data::SourceRoots::Root> roots;
  for (const auto& source : options.sources) roots.push_back({source.name, source.directory});
  if (roots.empty()) roots.push_back({"default", options.defaultSourceDirectory()});
  return data::SourceRoots::of(std::move(roots), files);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// What requests to the object store are signed with: the keys file's entry, else what SDKs read.
std::optional<auth::Credentials> objectStoreKey(auth::KeyFile* keys) {
  if (keys != nullptr)
    if (const auto& own = keys->current()->ring().s3) return own;
  auth::Credentials usual{environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"),
                          environment("AWS_SESSION_TOKEN")};
  if (usual.accessKey.empty() || usual.secret.empty()) return std::nullopt;
  return usual;
}

// Null if no bucket and no endpoint is given.
Result<std::shared_ptr<data::ObjectStore>> objectStores(const cli::ServeOptions& options, auth::KeyFile* keys,
                                                        Clock& clock, io::FileSystem& files) {
  if (options.buckets.empty() && options.s3Endpoint.empty()) return nullptr;
  auto stores = std::make_shared<data::ObjectStores>();
  for (const cli::SourceRoot& bucket : options.buckets) {
    PROFFER_TRY(auto directory, data::BucketDirectory::open(bucket.name, bucket.directory, files));
    stores->add(bucket.name, std::move(directory));
  }
  if (!options.s3Endpoint.empty()) {
    data::S3Options s3;
    s3.endpoint = options.s3Endpoint;
    s3.region = options.s3Region;
    s3.credentials = objectStoreKey(keys);
    PROFFER_TRY(auto others, data::openS3Store(std::move(s3), clock));
    stores->setOthers(std::move(others));
  }
  return stores;
}

Result<http::ServerOptions> serverOptions(const cli::ServeOptions& options, Clock& clock,
                                          io::FileSystem& files) {
  http::ServerOptions server;
  server.host = options.host;
  server.port = options.port;
  server.version = PROFFER_VERSION;
  server.pathPrefix = options.pathPrefix;
  if (!options.tokenFile.empty()) {
    PROFFER_TRY(const std::string text, files.read(options.tokenFile, kTokenFileLimit));
    auto token = http::tokenFromText(text);
    if (!token) return fail(std::move(token.error()).at({options.tokenFile, 0, 0}));
    server.token = std::move(*token);
  }
  if (!options.keysFile.empty()) {
    PROFFER_TRY(server.keys, auth::KeyFile::open(options.keysFile, clock, files));
  }
  if (!options.tlsCertificate.empty()) {
    PROFFER_TRY(server.tls, http::TlsContext::open(options.tlsCertificate, options.tlsKey, clock, files));
  }
  return server;
}

std::string urlOf(const http::ServerOptions& options, int port) {
  const bool sixth = options.host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", options.tls ? "https" : "http",
                     sixth ? "[" + options.host + "]" : options.host, port);
}

// Each connection takes a descriptor, and the usual soft limit of 1,024 is less than a server needs.
void raiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void sayReady(const cli::ServeOptions& options, const std::string& url) {
  if (options.logFormat == LogFormat::kJson)
    logLine(LogLevel::kInfo, "serve", "ready",
            {{"version", PROFFER_VERSION}, {"url", url}, {"data", options.dataDirectory}});
  else
    std::fprintf(stderr, "proffer %s serves on %s (data in %s)\n", PROFFER_VERSION, url.c_str(),
                 options.dataDirectory.c_str());
  notifySupervisor(fmt::format("READY=1\nSTATUS=serves on {}", url));
}

// Everything that runs, in the order in which it is started; members are ended in the reverse order.
class Running {
 public:
  Running(const cli::ServeOptions& options, io::FileSystem& files) : options_(options), files_(files) {}

  Result<void> start() {
    const std::filesystem::path directory = options_.dataDirectory;
    PROFFER_TRY(auto roots, sourceRoots(options_, files_));
    PROFFER_TRY(auto server, serverOptions(options_, clock_, files_));
    PROFFER_TRY(auto objects, objectStores(options_, server.keys.get(), clock_, files_));
    roots.setObjects(std::move(objects));
    PROFFER_CHECK(backup::refuseHalfRestored(files_, directory));
    PROFFER_TRY(store_, store::ControlStore::open(directory, clock_, files_));
    PROFFER_CHECK(backup::sweepDumps(directory, files_));
    data_ = data::openGroupDataStore(directory, clock_, files_);
    artifacts_ = std::make_unique<artifacts::ArtifactStore>(*store_, files_);
    engine_ = serving::Engine::create(*store_, *data_, *artifacts_, clock_, "local");
    reconcile::Manager::Options reconciling;
    reconciling.program = PROFFER_VERSION;
    manager_ = std::make_unique<reconcile::Manager>(*store_, *data_, *artifacts_, clock_, std::move(roots),
                                                    std::move(reconciling));
    if (!options_.manifestsDirectory.empty()) {
      PROFFER_TRY(manifests_,
                  gitops::ManifestDirectory::open(*store_, clock_, files_, options_.manifestsDirectory, {}));
    }
    server_ = std::make_unique<http::Server>(*store_, *engine_, clock_, server);
    server_->setDump(dumpStream({*store_, *data_, files_, PROFFER_VERSION}));
    server_->setMeasurements(measurementsOf(manager_->measuring()));
    if (data_->live() != nullptr) {
      server_->setLive(*data_->live());
      data_->live()->keepFolding();
    }
    server_->keepShownIn(directory / "shown-answers", files_);
    engine_->keepExplorationIn(directory / "exploration", files_);
    server_->addMetrics([this] { return explorationSamples(engine_->exploration()); });
    server_->addMetrics([this] { return controllerSamples(manager_->metrics()); });
    // Serving loads what was served before, reconciling comes after, and the port opens last.
    PROFFER_CHECK(engine_->start());
    PROFFER_CHECK(manager_->start());
    if (manifests_) manifests_->start();
    PROFFER_TRY(const int port, server_->start());
    sayReady(options_, urlOf(server, port));
    return {};
  }

  void stop() {
    if (server_) server_->stop();
    if (manifests_) manifests_->stop();
    if (manager_) manager_->stop();
    if (engine_) engine_->stop();
  }

 private:
  const cli::ServeOptions& options_;
  io::FileSystem& files_;
  SystemClock clock_;
  std::unique_ptr<store::ControlStore> store_;
  std::unique_ptr<data::GroupDataStore> data_;
  std::unique_ptr<artifacts::ArtifactStore> artifacts_;
  std::unique_ptr<serving::Engine> engine_;
  std::unique_ptr<reconcile::Manager> manager_;
  std::unique_ptr<gitops::ManifestDirectory> manifests_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

int serve(const cli::ServeOptions& options) {
  configureLog(options.logLevel, options.logFormat);
  StopSignal signal;
  raiseFileLimit();
  Running running(options, io::posixFileSystem());
  if (auto started = running.start(); !started) {
    running.stop();
    std::fprintf(stderr, "proffer serve: %s\n", formatError(started.error()).c_str());
    return 2;
  }
  const Watchdog watchdog;
  const int number = signal.wait();
  logLine(LogLevel::kInfo, "serve", "stopping: requests under way are finished, jobs go on at the next start",
          {{"signal", fmt::format("{}", number)}});
  notifySupervisor("STOPPING=1\nSTATUS=finishing requests and jobs");
  running.stop();
  return 0;
}

}  // namespace proffer::app
