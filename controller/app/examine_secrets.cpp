// The keys file and the certificate, as the server would meet them.
#include "base/text.h"
#include "controller/app/examine.h"
#include "controller/auth/key_file.h"
#include "controller/http/tls.h"
#include "controller/io/file_system.h"

namespace proffer::app {
namespace {

constexpr Duration kSoon = std::chrono::hours(14 * 24);

// What is wrong with a file that the server would refuse, or with its place.
cli::Finding refused(const char* about, Error error) {
  std::string remedy = std::exchange(error.hint, {});
  if (remedy.empty()) remedy = "the server does not start with it";
  return fault(about, formatError(error), std::move(remedy));
}

struct Expiring {
  std::vector<std::string> gone, soon;
  void note(const std::string& name, const std::optional<Time>& expires, Time now) {
    if (!expires || *expires > now + kSoon) return;
    (*expires <= now ? gone : soon).push_back(fmt::format("{} ({})", name, formatTime(*expires)));
  }
};

void examineKeys(const std::string& path, io::FileSystem& files, Time now, Findings& findings) {
  constexpr const char* kAbout = "keys";
  const auto ring = auth::readKeyFile(path, files);
  if (!ring) {
    findings.push_back(refused(kAbout, ring.error()));
    return;
  }
  Expiring expiring;
  bool admin = false;
  for (const auto& key : ring->accessKeys) {
    expiring.note(key.name, key.expires, now);
    admin = admin || (key.roles.allows(auth::Role::kAdmin) && (!key.expires || *key.expires > now));
  }
  for (const auto& token : ring->tokens) {
    expiring.note(token.name, token.expires, now);
    admin = admin || (token.roles.allows(auth::Role::kAdmin) && (!token.expires || *token.expires > now));
  }
  if (!expiring.gone.empty())
    findings.push_back(warning(kAbout, "expired: " + join(expiring.gone, ", "),
                               "proffer keys revoke NAME; proffer keys create makes another"));
  if (!expiring.soon.empty())
    findings.push_back(warning(kAbout, "about to expire: " + join(expiring.soon, ", "),
                               "proffer keys create makes others, which may be there beside them"));
  if (!admin)
    findings.push_back(warning(kAbout, "no key that has not expired may do everything",
                               "proffer keys create NAME --role admin --keys-file " + path));
  findings.push_back(good(kAbout, fmt::format("{} access keys and {} tokens, which not everybody may read",
                                              ring->accessKeys.size(), ring->tokens.size())));
}

void examineCertificate(const cli::ExaminationOptions& options, io::FileSystem& files, Clock& clock,
                        Findings& findings) {
  constexpr const char* kAbout = "certificate";
  const Time now = clock.now();
  if (!options.tlsKey.empty()) {
    if (const auto opened = http::TlsContext::open(options.tlsCertificate, options.tlsKey, clock, files);
        !opened) {
      findings.push_back(refused(kAbout, opened.error()));
      return;
    }
  }
  const auto times = http::certificateTimes(options.tlsCertificate, files);
  if (!times) {
    findings.push_back(refused(kAbout, times.error()));
    return;
  }
  const std::string until = formatTime(times->until);
  if (times->until <= now)
    findings.push_back(fault(kAbout, fmt::format("it expired at {}: clients refuse it", until),
                             "put a new one in its place; the server takes it without a restart"));
  else if (times->from > now)
    findings.push_back(fault(kAbout, fmt::format("it is good from {} only", formatTime(times->from)),
                             "use it later, or set the clock"));
  else if (times->until <= now + kSoon)
    findings.push_back(warning(kAbout, fmt::format("it expires at {}", until),
                               "put a new one in its place; the server takes it without a restart"));
  else
    findings.push_back(good(kAbout, fmt::format("it is good until {}", until)));
}

}  // namespace

void examineSecrets(const cli::ExaminationOptions& options, io::FileSystem& files, Findings& findings) {
  SystemClock clock;
  if (!options.keysFile.empty()) examineKeys(options.keysFile, files, clock.now(), findings);
  if (!options.tlsCertificate.empty()) examineCertificate(options, files, clock, findings);
}

}  // namespace proffer::app
