// Talking to a Proffer server: what the command line does over HTTP, as typed calls.
//
// One thread at a time for each Client; make another for a watch that runs beside other calls. The connection
// is kept alive between calls and opened again when the server closed it. Errors of the server come back as
// they were made there, with code, field path, position and hint, and only they are kUnavailable (not ready
// yet); a server that cannot be reached is kIo, and the hint says what to do. The wire form is
// docs/http-api.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "manifests/kind_table.h"
#include "manifests/reader.h"
#include "manifests/resource.h"

namespace proffer::client {

/// Where a server listens and a client looks unless told otherwise.
inline constexpr std::string_view kDefaultHost = "127.0.0.1";
inline constexpr int kDefaultPort = 7420;
inline constexpr std::string_view kDefaultServer = "http://127.0.0.1:7420";

struct ListQuery {
  std::string kind = {};                           ///< kind, plural or short name; empty: all kinds
  std::optional<std::string> group = {};           ///< absent: all groups
  std::map<std::string, std::string> labels = {};  ///< all must match
};
struct ListAnswer {
  std::vector<Resource> items;  ///< by kind (table order), group, name
  int64_t resourceVersion = 0;  ///< watch from here
};

enum class ChangeType { kAdded, kModified, kDeleted };
struct Change {
  ChangeType type = ChangeType::kModified;
  Resource resource;  ///< as it is now; deleted: as it last was
};
struct WatchAnswer {
  std::vector<Change> changes;  ///< one an object, in order; empty: nothing happened until the time-out
  int64_t resourceVersion = 0;  ///< continue from here
};

struct ApplyOptions {
  std::string set = {};  ///< the set's name; empty: the objects belong to no set
  bool prune = false;    ///< delete what the set owns and the files no longer hold; needs `set`
  bool allowPruneAll = false;
  bool dryRun = false;
  bool replace = false;  ///< an immutable field that changed: delete and create again
};
struct ApplyOutcome {
  ResourceKey key;
  std::string action;  ///< created, configured, unchanged, pruned, recreated
  std::vector<FieldChange> changes;
};
struct ApplyAnswer {
  std::vector<ApplyOutcome> outcomes;  ///< in the order of the files, then the pruned ones
  std::vector<Error> warnings;         ///< references to what is neither declared nor there yet
  int64_t resourceVersion = 0;         ///< of the store after it
  bool dryRun = false;
};

struct DeleteOptions {
  std::optional<int64_t> ifVersion = {};
  std::string set = {};  ///< whose hand it is, as in ApplyOptions
  bool dryRun = false;
};

struct JournalQuery {
  std::string kind = {}, group = {}, name = {};  ///< empty: any
  int64_t after = 0;                             ///< only entries with a larger sequence
  int limit = 1000;                              ///< the newest so many
};
struct JournalEntry {
  ResourceKey about;
  bool warning = false;
  std::string reason;
  std::string message;
  int64_t count = 1;
  Time first{};
  Time last{};
  int64_t sequence = 0;
};

struct JobInfo {
  int64_t id = 0;
  std::string type;  ///< import, train
  ResourceKey owner;
  std::string state;  ///< queued, running, succeeded, failed, cancelled
  int attempt = 0;
  int maxAttempts = 0;
  std::string phase;  ///< reading, sorting, training, ...
  int64_t done = 0;
  int64_t total = 0;  ///< 0: unknown
  std::string unit;   ///< rows, bytes, users
  std::string error;  ///< of the last failed attempt
  Time created{};
  std::optional<Time> started;
  std::optional<Time> finished;
};

struct RecommendRequest {
  std::string group = {};
  std::string name = {};  ///< a recommender, campaign or experiment
  std::string userId = {};
  std::string itemId = {};
  std::vector<std::string> inputList = {};  ///< the items to put in order, where a recipe ranks
  std::optional<int> numResults = {};  ///< default 25
  std::map<std::string, std::string> context = {};
  std::string filter = {};
  std::map<std::string, std::string> filterValues = {};
  std::vector<std::string> metadataColumns = {};
  bool explain = false;  ///< fill RecommendedItem::evidence
};
/// Why an item is in the answer, from the numbers that were used.
struct ItemEvidence {
  std::string kind;    ///< "popularity", "co-occurrence", ...
  std::string itemId;  ///< the user's or the query's item it speaks of; empty: none
  std::string title;   ///< of that item
  double value = 0;
  int64_t count = 0;  ///< people or events behind it; 0: does not apply
  std::string detail;
};
struct RecommendedItem {
  std::string itemId;
  std::string title;  ///< empty: no title column
  std::optional<double> score;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> reason;
  std::vector<ItemEvidence> evidence;  ///< the strongest first
};
/// What the filters did.
struct FilterEffect {
  int64_t items = 0;   ///< that the model knows
  std::string filter;  ///< of the request; empty: none
  int64_t passing = 0;
  std::vector<std::string> automaticTypes;
  int64_t automatic = 0;  ///< items left out, as the user has such an event of them
};
struct RecommendAnswer {
  std::string recommendationId;
  std::vector<RecommendedItem> items;
  std::string version;                   ///< the SolutionVersion that answered; empty: the fallback
  std::string servedBy;                  ///< "model" or "popularity fallback"
  std::optional<FilterEffect> filtered;  ///< if the request asked for explanations
};
/// The answer in the shape of the runtime API: itemList and recommendationId, absent values left out; with
/// explanations each item has its evidence beside.
Json toRuntimeJson(const RecommendAnswer& answer);

struct FilterCheck {
  bool ok = false;
  std::string canonical;
  std::vector<std::string> fields, placeholders, required, reads;
  std::vector<Error> errors;  ///< with place within the expression
};
struct FilterTrial {
  std::string group = {}, filter = {};
  std::string userId = {}, itemId = {};
  std::map<std::string, std::string> filterValues = {};
  int sample = 20;
  std::string explainItem = {};
};
struct FilterFinding {
  std::string text;
  bool passes = false;
  std::string found;  ///< what stands there instead; empty for joins
  std::vector<FilterFinding> parts;
};
struct FilterClause {
  std::string text;
  bool applies = true, matches = false;
  std::string whyNot;
  std::optional<FilterFinding> where, condition;
};
struct FilterOutcome {
  std::string canonical;
  int64_t passing = 0, items = 0;
  std::vector<RecommendedItem> sample;
  bool explained = false, passes = false;
  std::string reason;
  std::vector<FilterClause> clauses;
};

struct EvaluationRequest {
  std::string target = {};  ///< GROUP/NAME
  std::vector<std::string> against = {};
  std::string protocol = {};  ///< empty: the server's default
  bool allFolds = false;
  std::optional<int> repeats = {}, resamples = {}, seed = {};
  std::string ties = {};
  bool split = false;  ///< lines of the split, too
};

struct PutAnswer {
  int64_t stored = 0;
  int64_t duplicates = 0;  ///< rows that were there already
  std::vector<std::string> warnings;
};

struct RawAnswer {
  int status = 0;
  std::string contentType;
  std::string body;
};

class Client {
 public:
  /// `server` is "http://host:port" or "https://host:port" ("host:port" will do); nothing is sent yet. A URL
  /// that cannot be read makes every call fail with kInvalidInput. `token`: sent as Authorization: Bearer,
  /// empty for none. `authorities`: the file of certificates to trust for https, empty for the system's.
  explicit Client(std::string server, std::string token = "", const std::string& authorities = "");
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// How long an answer may take, beside the waiting of watch(). Default 60 s.
  void setTimeout(Duration timeout);
  const std::string& server() const;

  Result<ListAnswer> list(const ListQuery& query);
  Result<Resource> get(const ResourceKey& key);
  /// Creates or replaces; metadata.resourceVersion 0 for "whatever is there".
  Result<Resource> put(const Resource& resource);
  /// JSON merge patch over the resource's document: {"spec": {...}}, {"metadata": {"labels": {...}}}.
  Result<Resource> patch(const ResourceKey& key, const Json& mergePatch,
                         std::optional<int64_t> ifVersion = std::nullopt);
  /// The keys that are going, the object itself first.
  Result<std::vector<ResourceKey>> remove(const ResourceKey& key, const DeleteOptions& options = {});
  /// Applies the texts as one set: all of it or, if anything is refused, nothing. `all`, if given, receives
  /// every error (the returned one is the first), positions as in the texts.
  Result<ApplyAnswer> apply(const std::vector<ManifestText>& files, const ApplyOptions& options,
                            std::vector<Error>* all = nullptr);
  /// What changed after `since`, waiting at most `wait` for a first change. kGone: list again.
  /// kLimitExceeded: too many watch.
  Result<WatchAnswer> watch(int64_t since, const ListQuery& query, Duration wait);
  Result<std::vector<JournalEntry>> journal(const JournalQuery& query);  ///< oldest first
  Result<std::vector<JobInfo>> jobs(bool unfinishedOnly);
  Result<RecommendAnswer> recommend(const RecommendRequest& request);
  Result<FilterCheck> checkFilter(const std::string& group, const std::string& expression,
                                  const std::string& dialect);
  Result<FilterOutcome> tryFilter(const FilterTrial& trial);
  /// Puts rows into a group: `what` is "events", "items" or "users", `body` rows in the form that
  /// `contentType` says. All of them or none; `all`, if given, gets every error, with fields such as
  /// "events[3].itemId".
  Result<PutAnswer> put(const std::string& group, const std::string& what, const std::string& body,
                        const std::string& contentType, std::vector<Error>* all = nullptr);
  /// Measures, which takes minutes: `line` gets {"progress": ...} and {"split": {"file", "text"}} meanwhile,
  /// and returns false to end it (kCancelled). The result as docs/http-api.md has it.
  Result<Json> evaluate(const EvaluationRequest& request, const std::function<bool(const Json& line)>& line);
  Result<Json> diagnose(const std::string& group);
  /// The version of the server's program, "0.1.0".
  Result<std::string> serverVersion();
  /// A dump of the whole server, piece by piece; `take` returns false to end it. An answer that is cut off is
  /// kIo.
  Result<void> dump(const std::function<bool(std::string_view bytes)>& take);
  /// Any request, its answer as it is, whatever the status; `path` with its query. Only reaching the server
  /// can fail.
  Result<RawAnswer> raw(std::string_view method, const std::string& path, const std::string& body = "",
                        const std::string& contentType = "application/json");

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace proffer::client
