// What is put as bytes, as the log keeps it: fields one behind the other, each a byte that says which it is,
// a length of 4 bytes and as many bytes. Fields that are empty are left out. Pure functions; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "controller/data/live_data.h"

namespace proffer::data {

/// `time` is not among the bytes: it has a column of its own. Neither is `shown`.
std::string encode(const LiveEvent& event);
std::string encode(const LiveRow& row);
/// The impression of an event that was encoded without one.
void appendImpression(std::string& body, std::span<const std::string> items);
/// Says whose an event of a session turned out to be.
void appendOwner(std::string& body, std::string_view owner);

struct DecodedEvent {
  LiveEvent event;
  std::string owner;
};
/// Nothing if the bytes are no such thing.
std::optional<DecodedEvent> decodeEvent(std::string_view body, int64_t time);
std::optional<LiveRow> decodeRow(std::string_view body);

/// What is equal in both is the same, put twice.
Hash128 contentHash(std::string_view datasetUid, std::string_view body);

/// The text of a column of the schema in an event; nothing: null.
std::optional<std::string> textOf(const LiveEvent& event, std::string_view column);

}  // namespace proffer::data
