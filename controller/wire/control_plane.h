// The service's control plane without sockets: an operation's name and a body in, an answer out (JSON 1.1,
// control-plane section 1). Every operation is checked against the service's model, then mapped onto
// resources through the same admission as manifests, so that what it makes shows in `proffer get` and the
// other way round.
//
// Any thread. Errors are those that the model names (W17), and the common ones of section 7.2.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "controller/store/control_store.h"

namespace proffer::wire {

struct Answer {
  int status = 200;
  std::string errorType;  ///< "ResourceNotFoundException"; empty: it succeeded
  Json body;              ///< of an error: {"__type", "message"}
};

/// "AmazonPersonalize.CreateSchema": the value of the header X-Amz-Target.
Answer answer(store::ControlStore& store, std::string_view target, std::string_view body);

/// Whether an operation only reads (Describe..., List..., Get...).
bool readsOnly(std::string_view operation);
/// The operation of a target, "CreateSchema"; empty if it is none of this service's.
std::string_view operationOf(std::string_view target);

}  // namespace proffer::wire
