#include "controller/data/live_codec.h"

#include <cstring>

#include "base/text.h"

namespace proffer::data {
namespace {

enum Tag : char {
  kSession = 1,
  kUser = 2,
  kItem = 3,
  kType = 4,
  kEventId = 5,
  kValue = 6,  // 8 bytes, IEEE 754
  kRecommendation = 7,
  kImpression = 8,  // one for each item
  kColumn = 9,      // a column's name; the next field is its text or null
  kText = 10,
  kNull = 11,
  kId = 12,  // of a row
  kOwner = 13,
};

void add(std::string& to, Tag tag, std::string_view bytes) {
  const auto length = static_cast<uint32_t>(bytes.size());
  to += static_cast<char>(tag);
  to.append(reinterpret_cast<const char*>(&length), sizeof length);
  to += bytes;
}

void addText(std::string& to, Tag tag, const std::string& text) {
  if (!text.empty()) add(to, tag, text);
}

void addColumns(std::string& to, const LiveColumns& columns) {
  for (const auto& [name, text] : columns) {
    add(to, kColumn, name);
    add(to, text ? kText : kNull, text ? std::string_view(*text) : std::string_view());
  }
}

// Takes the first field off; false at the end, or if it is not whole.
bool next(std::string_view& body, char& tag, std::string_view& bytes) {
  uint32_t length = 0;
  if (body.size() < 1 + sizeof length) return false;
  tag = body.front();
  std::memcpy(&length, body.data() + 1, sizeof length);
  body.remove_prefix(1 + sizeof length);
  if (body.size() < length) return false;
  bytes = body.substr(0, length);
  body.remove_prefix(length);
  return true;
}

// A field of a column; false if it is none.
bool takeColumn(LiveColumns& columns, char tag, std::string_view bytes) {
  if (tag == kColumn)
    columns.emplace_back(bytes, std::nullopt);
  else if (tag == kText && !columns.empty())
    columns.back().second = std::string(bytes);
  else
    return tag == kNull;
  return true;
}

}  // namespace

std::string encode(const LiveEvent& event) {
  std::string body;
  body.reserve(160);
  addText(body, kSession, event.sessionId);
  addText(body, kUser, event.userId);
  addText(body, kItem, event.itemId);
  addText(body, kType, event.eventType);
  addText(body, kEventId, event.eventId);
  if (event.value) add(body, kValue, {reinterpret_cast<const char*>(&*event.value), sizeof(double)});
  addText(body, kRecommendation, event.recommendationId);
  for (const auto& item : event.impression) add(body, kImpression, item);
  addColumns(body, event.columns);
  return body;
}

std::string encode(const LiveRow& row) {
  std::string body;
  add(body, kId, row.id);
  addColumns(body, row.columns);
  return body;
}

void appendImpression(std::string& body, std::span<const std::string> items) {
  for (const auto& item : items) add(body, kImpression, item);
}

void appendOwner(std::string& body, std::string_view owner) {
  add(body, kOwner, owner);
}

std::optional<DecodedEvent> decodeEvent(std::string_view body, int64_t time) {
  DecodedEvent decoded;
  LiveEvent& event = decoded.event;
  event.time = time;
  char tag = 0;
  std::string_view bytes;
  while (!body.empty()) {
    if (!next(body, tag, bytes)) return std::nullopt;
    switch (tag) {
      case kSession:
        event.sessionId = bytes;
        break;
      case kUser:
        event.userId = bytes;
        break;
      case kItem:
        event.itemId = bytes;
        break;
      case kType:
        event.eventType = bytes;
        break;
      case kEventId:
        event.eventId = bytes;
        break;
      case kRecommendation:
        event.recommendationId = bytes;
        break;
      case kImpression:
        event.impression.emplace_back(bytes);
        break;
      case kOwner:
        decoded.owner = bytes;
        break;
      case kValue: {
        double value = 0;
        if (bytes.size() != sizeof value) return std::nullopt;
        std::memcpy(&value, bytes.data(), sizeof value);
        event.value = value;
        break;
      }
      default:
        if (!takeColumn(event.columns, tag, bytes)) return std::nullopt;
    }
  }
  if (decoded.owner.empty()) decoded.owner = event.userId;
  return decoded;
}

std::optional<LiveRow> decodeRow(std::string_view body) {
  LiveRow row;
  char tag = 0;
  std::string_view bytes;
  while (!body.empty()) {
    if (!next(body, tag, bytes)) return std::nullopt;
    if (tag == kId)
      row.id = bytes;
    else if (!takeColumn(row.columns, tag, bytes))
      return std::nullopt;
  }
  return row;
}

Hash128 contentHash(std::string_view datasetUid, std::string_view body) {
  std::string content(datasetUid);
  content += '\n';
  content += body;
  return hash128(content);
}

std::optional<std::string> textOf(const LiveEvent& event, std::string_view column) {
  for (const auto& [name, text] : event.columns)
    if (name == column) return text;
  if (column == "RECOMMENDATION_ID" && !event.recommendationId.empty()) return event.recommendationId;
  if (column == "IMPRESSION" && !event.impression.empty()) return join(event.impression, "|");
  if (column == "IMPRESSION" && !event.shown.empty()) return join(event.shown, "|");
  return std::nullopt;
}

}  // namespace proffer::data
