// proffer serve: run the server and the controller.
#include <charconv>
#include <filesystem>

#include "base/text.h"
#include "controller/cli/commands/commands.h"

namespace proffer::cli {
namespace {

Error wrong(std::string_view flag, std::string message) {
  return Error{ErrorCode::kInvalidInput, std::move(message)}.in(fmt::format("--{}", flag));
}

// "127.0.0.1:7420", "[::1]:7420", ":7420" is not accepted: what is listened on is to be said.
Result<void> readListen(const std::string& text, ServeOptions& options) {
  const size_t colon = text.rfind(':');
  const auto refused = [&] {
    return fail(
        wrong("listen", fmt::format("{} is not HOST:PORT", proffer::quoted(text)))
            .hinting("such as 127.0.0.1:7420, or 0.0.0.0:7420 for every address, which needs --keys-file"));
  };
  if (colon == std::string::npos || colon == 0) return refused();
  std::string host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string::npos)
    return refused();
  int port = -1;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data() + colon + 1, end, port);
  if (host.empty() || code != std::errc() || stop != end || port < 0 || port > 65535) return refused();
  options.host = std::move(host);
  options.port = port;
  return {};
}

// "/base", as it stands before every path; a slash at its end does not count.
Result<std::string> readPathPrefix(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '/' || c == '-' || c == '_' || c == '.' || c == '~';
  });
  if (text.empty() || (text.front() == '/' && plain)) return text;
  return fail(wrong("path-prefix", fmt::format("{} is not the beginning of a path", proffer::quoted(text)))
                  .hinting("such as /proffer; letters, digits and /-_.~ are taken"));
}

bool isDirectory(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Error notADirectory(std::string_view flag, const std::string& path, std::string hint) {
  return wrong(flag, fmt::format("{} is not a directory", proffer::quoted(path))).hinting(std::move(hint));
}

// NAME=DIR for each bucket.
Result<void> readBuckets(const std::vector<std::string>& texts, ServeOptions& options) {
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(wrong("s3-bucket", fmt::format("{} is not NAME=DIR", proffer::quoted(text)))
                      .hinting("such as films=/srv/films: s3://films/a.csv is then /srv/films/a.csv"));
    SourceRoot bucket{text.substr(0, equals), text.substr(equals + 1)};
    if (!isDirectory(bucket.directory))
      return fail(
          notADirectory("s3-bucket", bucket.directory, "NAME=DIR is expected; make the directory first"));
    for (const SourceRoot& other : options.buckets)
      if (other.name == bucket.name)
        return fail(
            wrong("s3-bucket", fmt::format("the bucket {} is given twice", proffer::quoted(bucket.name))));
    options.buckets.push_back(std::move(bucket));
  }
  return {};
}

// [NAME=]DIR. A path that holds a = and is there as it is written is a path.
Result<SourceRoot> readSource(const std::string& text) {
  SourceRoot root;
  const size_t equals = text.find('=');
  const bool isName =
      equals != std::string::npos && equals > 0 && text.find('/') > equals && !isDirectory(text);
  root.directory = isName ? text.substr(equals + 1) : text;
  if (isName) root.name = text.substr(0, equals);
  if (!isDirectory(root.directory))
    return fail(
        notADirectory("sources", root.directory, "[NAME=]DIR is expected; datasets read files below it"));
  return root;
}

Result<void> readSources(const std::vector<std::string>& texts, ServeOptions& options) {
  for (const std::string& text : texts) {
    PROFFER_TRY(SourceRoot root, readSource(text));
    for (const SourceRoot& other : options.sources)
      if (other.name == root.name)
        return fail(wrong("sources", fmt::format("two directories are named {}", proffer::quoted(root.name)))
                        .hinting("name them apart: --sources films=DIR shop=DIR"));
    options.sources.push_back(std::move(root));
  }
  return {};
}

Result<ServeOptions> readOptions(const Arguments& arguments) {
  ServeOptions options;
  options.dataDirectory = arguments.text("data");
  PROFFER_CHECK(readListen(arguments.text("listen"), options));
  options.manifestsDirectory = arguments.text("manifests");
  if (!options.manifestsDirectory.empty() && !isDirectory(options.manifestsDirectory))
    return fail(wrong("manifests",
                      fmt::format("{} is not a directory", proffer::quoted(options.manifestsDirectory))));
  PROFFER_CHECK(readSources(arguments.list("sources"), options));
  options.tokenFile = arguments.text("token-file");
  options.keysFile = arguments.text("keys-file");
  PROFFER_TRY(options.pathPrefix, readPathPrefix(arguments.text("path-prefix")));
  options.tlsCertificate = arguments.text("tls-cert");
  options.tlsKey = arguments.text("tls-key");
  if (options.tlsCertificate.empty() != options.tlsKey.empty())
    return fail(wrong(options.tlsKey.empty() ? "tls-key" : "tls-cert",
                      "a certificate needs its key, and a key its certificate")
                    .hinting("--tls-cert FILE --tls-key FILE, both in PEM form"));
  PROFFER_CHECK(readBuckets(arguments.list("s3-bucket"), options));
  options.s3Endpoint = arguments.text("s3-endpoint");
  options.s3Region = arguments.text("s3-region");
  const std::string level = arguments.text("log-level");
  options.logLevel = level == "debug"     ? LogLevel::kDebug
                     : level == "warning" ? LogLevel::kWarning
                     : level == "error"   ? LogLevel::kError
                                          : LogLevel::kInfo;
  options.logFormat = arguments.text("log-format") == "json" ? LogFormat::kJson : LogFormat::kText;
  return options;
}

Result<ExitCode> executeServe(Context& context) {
  PROFFER_TRY(const ServeOptions options, readOptions(context.arguments));
  if (!context.app.serve)
    return fail(ErrorCode::kNotImplemented, "this program was built without the server");
  return static_cast<ExitCode>(context.app.serve(options));
}

}  // namespace

Command serveCommand() {
  return {
      .name = "serve",
      .summary = "Run the server and the controller",
      .description =
          "Listens on loopback unless told otherwise; listening wider needs --keys-file (who may do what) or "
          "--token-file (one token for everything). With --manifests, the "
          "directory is a set that is applied at start and on every change. Datasets read only files below "
          "the "
          "directories that --sources names: NAME:path in a manifest is below NAME's, a bare path below the "
          "first "
          "one (else below the manifests, else below the current directory). s3://BUCKET/KEY is a file below "
          "the "
          "directory that --s3-bucket names for the bucket, else an object at --s3-endpoint, asked for with "
          "the "
          "key of the keys file's s3 entry or of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. SIGTERM ends "
          "it in good order.",
      .examples = {{"proffer serve", "on 127.0.0.1:7420, data in ./proffer-data"},
                   {"proffer serve --sources exports=/srv/exports", "datasets read exports:FILE"},
                   {"proffer serve --manifests shop/ --data /var/lib/proffer", "run what a directory says"},
                   {"proffer serve --listen 0.0.0.0:7420 --keys-file keys.yaml", "for other machines"}},
      .options = {{.name = "data",
                   .value = "DIR",
                   .help = "Where everything durable is kept",
                   .kind = ValueKind::kDirectory,
                   .defaultValue = "./proffer-data",
                   .setting = true},
                  {.name = "listen",
                   .value = "HOST:PORT",
                   .help = "Where to listen",
                   .defaultValue = "127.0.0.1:7420",
                   .setting = true},
                  {.name = "manifests",
                   .value = "DIR",
                   .help = "A directory of manifests to apply and keep applied; what leaves it is deleted",
                   .kind = ValueKind::kDirectory,
                   .setting = true},
                  {.name = "sources",
                   .value = "[NAME=]DIR",
                   .help = "Directories that datasets may read from; an unnamed one is `default`",
                   .kind = ValueKind::kDirectory,
                   .repeatable = true,
                   .several = true,
                   .setting = true},
                  {.name = "keys-file",
                   .value = "FILE",
                   .help = "Who may talk to the server, and what they may do; `proffer keys` writes it",
                   .kind = ValueKind::kFile,
                   .setting = true},
                  {.name = "tls-cert",
                   .value = "FILE",
                   .help = "Speak TLS with this certificate (PEM), followed by those that signed it",
                   .kind = ValueKind::kFile,
                   .setting = true},
                  {.name = "tls-key",
                   .value = "FILE",
                   .help = "The certificate's private key (PEM)",
                   .kind = ValueKind::kFile,
                   .setting = true},
                  {.name = "path-prefix",
                   .value = "PATH",
                   .help = "What a proxy or a client's endpoint puts before every path, such as /proffer",
                   .setting = true},
                  {.name = "s3-bucket",
                   .value = "NAME=DIR",
                   .help = "A directory that plays the bucket s3://NAME",
                   .repeatable = true,
                   .several = true,
                   .setting = true},
                  {.name = "s3-endpoint",
                   .value = "URL",
                   .help = "The S3-compatible server that has all other buckets",
                   .setting = true},
                  {.name = "s3-region",
                   .value = "REGION",
                   .help = "The region that requests to it are signed for",
                   .defaultValue = "us-east-1",
                   .setting = true},
                  {.name = "log-level",
                   .value = "LEVEL",
                   .help = "The least that is logged",
                   .kind = ValueKind::kChoice,
                   .defaultValue = "info",
                   .choices = {"debug", "info", "warning", "error"},
                   .setting = true},
                  {.name = "log-format",
                   .value = "FORM",
                   .help = "The form of log lines",
                   .kind = ValueKind::kChoice,
                   .defaultValue = "text",
                   .choices = {"text", "json"},
                   .setting = true}},
      .run = executeServe};
}

}  // namespace proffer::cli
