#include "tests/crash/story.h"

namespace proffer::crash {

namespace {

const char* const kMovies = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: movies}
spec: {domain: VIDEO_ON_DEMAND}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: movies}
spec: {type: INTERACTIONS, sources: [{csv: watches.csv}]}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: items, group: movies}
spec:
  type: ITEMS
  schema:
    fields:
      - {name: ITEM_ID, type: string}
      - {name: TITLE, type: string}
      - {name: GENRES, type: string, categorical: true}
      - {name: CREATION_TIMESTAMP, type: long}
  sources: [{csv: items.csv}]
  display: {title: TITLE}
---
apiVersion: proffer/v1
kind: Recommender
metadata: {name: popular, group: movies}
spec: {useCase: most-popular}
)";

const char* const kCustom = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: custom}
spec: {}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: custom}
spec:
  type: INTERACTIONS
  schema:
    fields:
      - {name: USER_ID, type: string}
      - {name: ITEM_ID, type: string}
      - {name: TIMESTAMP, type: long}
      - {name: EVENT_TYPE, type: string}
  sources: [{csv: clicks.csv}]
---
apiVersion: proffer/v1
kind: Solution
metadata: {name: clicks, group: custom}
spec: {recipe: aws-popularity-count, eventType: Click}
---
apiVersion: proffer/v1
kind: Campaign
metadata: {name: home, group: custom}
spec: {solution: clicks}
)";

const char* const kOtherSolution = R"(
apiVersion: proffer/v1
kind: Solution
metadata: {name: clicks, group: custom}
spec: {recipe: aws-popularity-count, eventType: Buy}
)";

const char* const kIncremental = R"(
apiVersion: proffer/v1
kind: Dataset
metadata: {name: interactions, group: movies}
spec: {type: INTERACTIONS, sources: [{csv: watches.csv}, {csv: more.csv, mode: INCREMENTAL}]}
)";

std::string rows(int users, int items, const std::string& type, int from) {
  std::string text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n";
  for (int user = 0; user < users; ++user)
    for (int item = from; item < from + items && item < from + user + 2; ++item)
      text += fmt::format("u{},i{},{},{}\n", user, item, 1'600'000'000 + user * 100 + item, type);
  return text;
}

// With a time of its own, the same in every run: the time of a source is part of what an import is named
// after.
void put(io::SimulatedFileSystem& files, int minute, const std::string& path, const std::string& text) {
  files.put(path, text, fromMicros((1'600'000'000 + minute * 60) * int64_t{1'000'000}));
}

std::string titles(int items) {
  std::string text = "ITEM_ID,TITLE,GENRES,CREATION_TIMESTAMP\n";
  for (int item = 0; item < items; ++item) text += fmt::format("i{0},Title {0},drama,1500000000\n", item);
  return text;
}

}  // namespace

const std::vector<Step>& story() {
  static const std::vector<Step> steps = {
      {"declare two groups",
       [](auto& files) {
         put(files, 1, "/sources/watches.csv", rows(30, 9, "Watch", 0));
         put(files, 2, "/sources/items.csv", titles(12));
         put(files, 3, "/sources/clicks.csv", rows(20, 6, "Click", 0) + rows(10, 5, "Buy", 3).substr(37));
       },
       [](auto& server) { return server.apply(fmt::format("{}---{}", kMovies, kCustom)); }},
      {"new content of two sources",
       [](auto& files) {
         put(files, 4, "/sources/watches.csv", rows(40, 9, "Watch", 2));
         put(files, 5, "/sources/items.csv", titles(15));
       },
       nullptr},
      {"another configuration", [](auto&) {}, [](auto& server) { return server.apply(kOtherSolution); }},
      {"one source more", [](auto& files) { put(files, 6, "/sources/more.csv", rows(12, 4, "Watch", 8)); },
       [](auto& server) { return server.apply(kIncremental); }},
      {"a source is broken", [](auto& files) { put(files, 7, "/sources/more.csv", "USER_ID\nu1\n"); },
       nullptr},
      {"and mended", [](auto& files) { put(files, 8, "/sources/more.csv", rows(13, 4, "Watch", 7)); },
       nullptr},
      {"delete a campaign", [](auto&) {},
       [](auto& server) {
         return server.erase({"Campaign", "custom", "home"});
       }},
      {"delete a solution and a dataset", [](auto&) {},
       [](auto& server) -> Result<void> {
         PROFFER_CHECK(server.erase({"Solution", "custom", "clicks"}));
         return server.erase({"Dataset", "custom", "interactions"});
       }},
      {"delete a group", [](auto&) {},
       [](auto& server) {
         return server.erase({"DatasetGroup", "", "custom"});
       }},
      {"declare it again", [](auto&) {}, [](auto& server) { return server.apply(kCustom); }},
  };
  return steps;
}

}  // namespace proffer::crash
