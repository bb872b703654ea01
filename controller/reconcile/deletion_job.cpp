#include "controller/reconcile/deletion_job.h"

#include <set>

#include "controller/data/user_list.h"

namespace proffer::reconcile {

namespace {

constexpr size_t kUsersAtOnce = 100'000;

class DeletionExecutor final : public Executor {
 public:
  explicit DeletionExecutor(const Environment& environment) : environment_(environment) {}
  std::string_view type() const override { return kDeletionJob; }

  Result<JobEnd> run(const store::Job& job, Progress& progress) override {
    data::LiveData* live = environment_.data.live();
    if (live == nullptr) return fail(ErrorCode::kNotImplemented, "this server keeps no live data");
    PROFFER_TRY(const std::vector<std::string> users, usersOf(job.input, progress));
    progress.begin("deleting", "users", static_cast<int64_t>(users.size()));
    const std::string groupUid = stringMember(job.input, "groupUid");
    int64_t deleted = 0;
    for (std::span<const std::string> rest(users); !rest.empty();) {
      if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the deletion was cancelled");
      const auto some = rest.first(std::min(rest.size(), kUsersAtOnce));
      PROFFER_TRY(const data::UserDeletion done, live->deleteUsers(groupUid, some));
      deleted += done.users;
      progress.add(static_cast<int64_t>(some.size()));
      rest = rest.subspan(some.size());
    }
    const Time latest = environment_.clock.now() + data::kErasedWithin;
    return JobEnd{.result = {{"named", users.size()},
                             {"numDeleted", deleted},
                             {"erasedBy", formatTime(std::chrono::floor<std::chrono::seconds>(latest))}}};
  }

 private:
  Result<std::vector<std::string>> usersOf(const Json& input, Progress& progress) {
    std::set<std::string> users;
    for (const Json& user : member(input, "users"))
      if (user.is_string()) users.insert(user.get<std::string>());
    if (const std::string csv = stringMember(input, "csv"); !csv.empty()) {
      PROFFER_TRY(const auto listed,
                  data::readUserList(environment_.roots, csv, *environment_.files, progress));
      users.insert(listed.begin(), listed.end());
    }
    return std::vector<std::string>(users.begin(), users.end());
  }

  const Environment& environment_;
};

}  // namespace

std::unique_ptr<Executor> makeDeletionExecutor(const Environment& environment) {
  return std::make_unique<DeletionExecutor>(environment);
}

}  // namespace proffer::reconcile
