#include "live_fixture.h"

#include <catch2/catch.hpp>

#include "controller/store/admission.h"
#include "controller/store/resource_store.h"
#include "manifests/reader.h"
#include "manifests/tracking.h"

namespace proffer::http {

const char* const kLiveManifests = R"(
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: movies}
---
apiVersion: proffer/v1
kind: DatasetGroup
metadata: {name: empty}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: watches, group: movies}
spec:
  type: INTERACTIONS
  schema:
    fields:
      - {name: USER_ID, type: string}
      - {name: ITEM_ID, type: string}
      - {name: TIMESTAMP, type: long}
      - {name: EVENT_TYPE, type: string}
      - {name: EVENT_VALUE, type: [float, "null"]}
      - {name: NUMBER_OF_RATINGS, type: [int, "null"]}
      - {name: DEVICE_KIND, type: [string, "null"], categorical: true}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: films, group: movies}
spec:
  type: ITEMS
  schema:
    fields:
      - {name: ITEM_ID, type: string}
      - {name: GENRES, type: string, categorical: true}
      - {name: CREATION_TIMESTAMP, type: [long, "null"]}
      - {name: PRICE, type: [double, "null"]}
      - {name: TITLE, type: [string, "null"]}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: people, group: movies}
spec:
  type: USERS
  schema:
    fields:
      - {name: USER_ID, type: string}
      - {name: AGE, type: [int, "null"]}
      - {name: TIER, type: [string, "null"], categorical: true}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: offers, group: movies}
spec:
  type: ACTIONS
  schema:
    fields:
      - {name: ACTION_ID, type: string}
      - {name: VALUE, type: [long, "null"]}
      - {name: KIND, type: [string, "null"], categorical: true}
---
apiVersion: proffer/v1
kind: Dataset
metadata: {name: taken, group: movies}
spec:
  type: ACTION_INTERACTIONS
  schema:
    fields:
      - {name: USER_ID, type: string}
      - {name: ACTION_ID, type: string}
      - {name: EVENT_TYPE, type: string}
      - {name: TIMESTAMP, type: long}
---
apiVersion: proffer/v1
kind: EventTracker
metadata: {name: web, group: movies}
---
apiVersion: proffer/v1
kind: EventTracker
metadata: {name: web, group: empty}
)";

void applyManifests(store::ControlStore& store, const std::string& yaml) {
  ManifestSet set = readManifests({{"test.yaml", yaml}});
  for (const Error& error : set.errors) FAIL(formatError(error));
  std::vector<Resource> resources;
  for (const Manifest& manifest : set.manifests) resources.push_back(manifest.resource);
  const auto applied = store::applySet(store, resources, {});
  if (!applied) FAIL(formatError(applied.error()));
}

std::string trackingIdOf(store::ControlStore& store, const ResourceKey& key) {
  const auto resource = store.resources().get(key);
  REQUIRE(resource);
  return proffer::trackingIdOf(*resource);
}

}  // namespace proffer::http
