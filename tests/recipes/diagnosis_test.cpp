#include "recipes/diagnosis.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "recipes/data_profile.h"
#include "tests/recipes/memory_views.h"

namespace diagnosis_test {

using namespace proffer;
using namespace proffer::recipes;
using namespace proffer::recipes::testing;

namespace {

constexpr int64_t kDay = 86400;
constexpr int64_t kNow = 1'700'000'000;

Diagnosis diagnosed(const std::vector<Row>& rows, const std::vector<UseCaseNeed>& needs = {},
                    const MetadataTable* items = nullptr) {
  const MemoryInteractions interactions(rows);
  Progress progress;
  const auto diagnosis = diagnose({&interactions, items, nullptr}, needs, kNow, progress);
  REQUIRE(diagnosis);
  return *diagnosis;
}

std::string gradeOf(const Diagnosis& diagnosis, const std::string& about) {
  std::string grade = "none";
  for (const auto& finding : diagnosis.findings)
    if (finding.about == about)
      grade = finding.grade == DiagnosisFinding::Grade::kGood     ? "good"
              : finding.grade == DiagnosisFinding::Grade::kNotice ? "notice"
                                                                  : "problem";
  return grade;
}

std::vector<Row> sessions(int users, int events, int64_t gap) {
  std::vector<Row> rows;
  for (int user = 0; user < users; ++user)
    for (int i = 0; i < events; ++i)
      rows.push_back({"u" + std::to_string(user), "i" + std::to_string((user * 7 + i) % 50),
                      kNow - kDay + i * gap, "View"});
  return rows;
}

}  // namespace

TEST_CASE("each finding is made of data that has it, and of no other", "[diagnosis]") {
  const auto with = [](std::vector<Row> rows, const std::vector<Row>& more) {
    rows.insert(rows.end(), more.begin(), more.end());
    return rows;
  };
  const std::vector<Row> fine = sessions(40, 6, 60);
  struct {
    std::vector<Row> rows;
    const char* about;
    const char* grade;
    const char* reason;
  } const table[] = {
      {{}, "events", "problem", "nothing is there"},
      {fine, "events", "none", "something is there"},
      {fine, "short histories", "good", "six events each"},
      {sessions(40, 1, 60), "short histories", "problem", "one event each"},
      {fine, "ties in time", "good", "a minute between events"},
      {sessions(40, 6, 0), "ties in time", "problem", "all at once"},
      {fine, "repeat consumption", "good", "no item twice"},
      {sessions(4, 120, 60), "repeat consumption", "notice", "50 items, 120 events each"},
      {fine, "times", "none", "yesterday"},
      {with(fine, {{"u1", "i1", kNow + 2 * kDay, "View"}}), "times", "problem", "the day after tomorrow"},
      {with(fine, {{"u1", "i1", kNow * 1000, "View"}}), "times", "problem", "milliseconds"},
      {fine, "freshness", "none", "yesterday"},
      {{{"u", "i", kNow - 90 * kDay}, {"u", "j", kNow - 91 * kDay}},
       "freshness",
       "notice",
       "three months ago"},
      {fine, "items", "notice", "no dataset of items"},
  };
  for (const auto& row : table) {
    INFO(row.about << ": " << row.reason);
    CHECK(gradeOf(diagnosed(row.rows), row.about) == row.grade);
  }
}

TEST_CASE("drift is seen where what is popular changes", "[diagnosis]") {
  std::vector<Row> rows;
  for (int i = 0; i < 4000; ++i) {
    const bool late = i >= 3600;
    rows.push_back({"u" + std::to_string(i % 97), (late ? "new" : "old") + std::to_string(i % 60),
                    kNow - 40000 + i * 10});
  }
  CHECK(gradeOf(diagnosed(rows), "drift") == "notice");
  // Ten of a hundred items have half of the events, at all times.
  for (int i = 0; i < 4000; ++i)
    rows[size_t(i)].item = "i" + std::to_string(i % 100 < 50 ? i % 10 : 10 + i % 90);
  CHECK(gradeOf(diagnosed(rows), "drift") == "good");
}

TEST_CASE("the profile agrees with a naive count", "[diagnosis]") {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    INFO("seed " << seed);
    std::vector<Row> rows = randomRows(seed, 1500, 60, 6);
    const MemoryInteractions interactions(rows);
    Progress progress;
    const auto profile = profileData({&interactions}, kNow, progress);
    REQUIRE(profile);
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.time < b.time; });
    std::map<std::string, std::vector<Row>> histories;
    std::map<std::string, int64_t> perItem;
    for (const Row& row : rows) histories[row.user].push_back(row), ++perItem[row.item];
    int64_t ties = 0, repeats = 0, alone = 0, valued = 0, again = 0;
    for (const auto& [user, history] : histories) {
      std::set<std::string> met;
      std::set<std::pair<std::string, int64_t>> exact;
      alone += history.size() == 1;
      for (size_t i = 0; i < history.size(); ++i) {
        ties += i > 0 && history[i].time == history[i - 1].time;
        repeats += !met.insert(history[i].item).second;
        again += !exact.emplace(history[i].item, history[i].time).second;
        valued += !std::isnan(history[i].value);
      }
    }
    CHECK(profile->events == int64_t(rows.size()));
    CHECK(profile->users == int64_t(histories.size()));
    CHECK(profile->usersWithOne == alone);
    CHECK(profile->ties == ties);
    CHECK(profile->repeats == repeats);
    CHECK(profile->sameAgain == again);
    CHECK(profile->valued == valued);
    for (const auto& [item, count] : perItem) CHECK(profile->perItem[interactions.item(item)] == count);
    int64_t gaps = 0, slices = 0, byLength = 0;
    for (const int64_t count : profile->gaps) gaps += count;
    for (const int64_t count : profile->perSlice) slices += count;
    for (const int64_t count : profile->perUser) byLength += count;
    CHECK(gaps == profile->events - profile->users);
    CHECK(slices == profile->events);
    CHECK(byLength == profile->users);
  }
}

TEST_CASE("use cases are possible where their events are", "[diagnosis]") {
  MemoryTable items({{"GENRES", ColumnKind::kCategorical}}, 3);
  items.set(0, {std::nullopt});
  items.set(1, {std::nullopt});
  const std::vector<UseCaseNeed> needs = {{"most-viewed", {"view"}, {}, false},
                                          {"best-sellers", {"Purchase"}, {}, false},
                                          {"for-you", {}, {"Purchase"}, false},
                                          {"similar", {}, {}, true}};
  const Diagnosis without = diagnosed(sessions(5, 3, 60), needs);
  CHECK(without.useCases[0].possible);
  CHECK(without.useCases[0].events == 15);
  CHECK(!without.useCases[1].possible);
  CHECK(without.useCases[1].message == "needs Purchase events");
  CHECK(without.useCases[2].possible);
  CHECK(without.useCases[2].message == "better with Purchase events");
  CHECK(without.useCases[3].message == "needs a dataset of items");
  const Diagnosis with = diagnosed(sessions(5, 3, 60), needs, &items);
  CHECK(with.useCases[3].possible);
  CHECK(gradeOf(with, "empty columns") == "notice");
  const Json json = toJson(with);
  CHECK(json["charts"].size() == 5);
  CHECK(json["eventTypes"][0]["events"] == 15);
}

}  // namespace diagnosis_test
