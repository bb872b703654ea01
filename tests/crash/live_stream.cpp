#include "tests/crash/live_stream.h"

#include <set>

#include "manifests/tracking.h"

namespace proffer::crash {

namespace {

const char* const kStreamed = R"(
apiVersion: proffer/v1
kind: Dataset
metadata: {name: items, group: custom}
spec: {type: ITEMS, schema: {fields: [{name: ITEM_ID, type: string}, {name: GENRES, type: string, categorical: true}]}}
---
apiVersion: proffer/v1
kind: Filter
metadata: {name: untouched, group: custom}
spec: {expression: 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'}
---
apiVersion: proffer/v1
kind: EventTracker
metadata: {name: web, group: custom}
)";

SchemaField textField(std::string name, FieldType type = FieldType::kString) {
  SchemaField field;
  field.name = std::move(name);
  field.types = {type};
  return field;
}

}  // namespace

LiveStream::LiveStream() {
  files.put("/sources/.keep", "");
  server = std::make_unique<SimulatedServer>(files, clock);
  REQUIRE(server->start());
  const Step& first = story().front();
  first.outside(files);
  REQUIRE(first.act(*server));
  REQUIRE(server->converge());
  REQUIRE(server->apply(kStreamed));
  REQUIRE(server->converge());
  for (const Resource& resource : server->resources()) {
    const ResourceKey key = resource.key();
    if (key.kind == "DatasetGroup" && key.name == "custom") groupUid = resource.metadata.uid;
    if (key.group != "custom") continue;
    if (key.kind == "EventTracker") trackingId = trackingIdOf(resource);
    if (key.kind == "Dataset" && key.name == "interactions")
      events = {key.name,
                resource.metadata.uid,
                DatasetType::kInteractions,
                {textField("USER_ID"), textField("ITEM_ID"), textField("TIMESTAMP", FieldType::kLong),
                 textField("EVENT_TYPE")}};
    if (key.kind == "Dataset" && key.name == "items") {
      items = {
          key.name, resource.metadata.uid, DatasetType::kItems, {textField("ITEM_ID"), textField("GENRES")}};
      items.fields.back().categorical = true;
    }
  }
  REQUIRE_FALSE(groupUid.empty());
  REQUIRE_FALSE(trackingId.empty());
  for (int item = 0; item < 6; ++item) REQUIRE(putItem(item));
  REQUIRE(fold());
  REQUIRE(server->converge());
  REQUIRE(offeredTo("nobody").size() >= 5);
}

Result<void> LiveStream::put() {
  data::LiveEvent event;
  event.sessionId = fmt::format("session{}", number_ % 7);
  event.userId = fmt::format("w{}", number_ % 7);
  event.itemId = fmt::format("i{}", number_ % 5);
  event.eventType = "Click";
  event.eventId = fmt::format("e{}", number_);
  event.time = 1'650'000'000 + number_;
  ++number_;
  Sent& sent = sent_[event.eventId];
  sent.event = event;
  PROFFER_TRY([[maybe_unused]] const auto done,
              server->data().live()->putEvents(groupUid, events, std::vector{event}));
  sent.acknowledged = true;
  return {};
}

Result<void> LiveStream::putItem(int number) {
  const data::LiveRow row{fmt::format("i{}", number % 6), {{"GENRES", fmt::format("g{}", number)}}};
  PROFFER_TRY([[maybe_unused]] const auto done,
              server->data().live()->putRows(groupUid, items, std::vector{row}));
  return {};
}

Result<void> LiveStream::fold() {
  Progress progress;
  return server->data().live()->fold(groupUid, progress);
}

Result<std::vector<std::string>> LiveStream::wrong() {
  std::map<std::string, int> there;
  std::vector<std::string> wrong;
  for (int64_t after = 0;;) {
    PROFFER_TRY(const auto batch, server->data().live()->readEvents(groupUid, events.uid, after, 20));
    for (const auto& one : batch.events) {
      ++there[one.event.eventId];
      const auto sent = sent_.find(one.event.eventId);
      if (sent == sent_.end() || sent->second.event.itemId != one.event.itemId ||
          sent->second.event.userId != one.event.userId || sent->second.event.time != one.event.time)
        wrong.push_back(one.event.eventId + " is not what was sent");
    }
    if (!batch.more) break;
    after = batch.sequence;
  }
  for (const auto& [id, sent] : sent_) {
    if (sent.acknowledged && there[id] == 0) wrong.push_back(id + " is lost");
    if (there[id] > 1) wrong.push_back(id + " is there twice");
  }
  return wrong;
}

std::vector<std::string> LiveStream::offeredTo(const std::string& user) {
  serving::RecommendRequest request;
  request.group = "custom";
  request.name = "home";
  request.userId = user;
  request.filter = "untouched";
  const auto answer = server->engine().recommend(request);
  INFO((answer ? std::string() : formatError(answer.error())));
  REQUIRE(answer);
  std::vector<std::string> ids;
  for (const auto& item : answer->items) ids.push_back(item.itemId);
  return ids;
}

std::vector<std::string> LiveStream::shownAgain() {
  std::map<std::string, std::set<std::string>> seen;
  for (const auto& [id, sent] : sent_)
    if (sent.acknowledged) seen[sent.event.userId].insert(sent.event.itemId);
  std::vector<std::string> again;
  for (const auto& [user, ids] : seen) {
    for (const auto& item : offeredTo(user))
      if (ids.contains(item)) again.push_back(user + " " + item);
  }
  return again;
}

Result<void> LiveStream::restart() {
  server.reset();
  server = std::make_unique<SimulatedServer>(files, clock);
  PROFFER_CHECK(server->start());
  return server->converge();
}

}  // namespace proffer::crash
