#include "manifests/kinds/kinds.h"

namespace proffer {

// Its group says it all.
PROFFER_BINDING(EventTrackerSpec) {
  (void)binding;
}

KindTable kinds::eventTracker() {
  return {.kind = "EventTracker",
          .plural = "eventtrackers",
          .shortNames = {"tracker", "trackers"},
          .help = "Lets live events into the group, under the tracking id in its status. A group has one.",
          .arnPart = "event-tracker",
          .fields = bindingOf<EventTrackerSpec>().fields()};
}

}  // namespace proffer
