// Bodies of put requests: the first byte says which dataset and whose manner, the rest is the body. What is read without a
// fault keeps to the limits; every fault can be said in words.
#include <cstdlib>

#include "base/clock.h"
#include "controller/http/put_reader.h"

using namespace proffer;
using namespace proffer::http;

namespace {

SchemaField field(const char* name, FieldType type, bool nullable) {
  SchemaField made;
  made.name = name;
  made.types = {type};
  if (nullable) made.types.push_back(FieldType::kNull);
  return made;
}

std::vector<SchemaField> fieldsOf(DatasetType type) {
  const auto text = FieldType::kString;
  std::vector<SchemaField> fields{field("AGE", FieldType::kInt, true), field("GENRES", text, true),
                                  field("PRICE", FieldType::kDouble, true), field("NEW", FieldType::kBoolean, true)};
  const bool action = type == DatasetType::kActions || type == DatasetType::kActionInteractions;
  if (type != DatasetType::kUsers) fields.push_back(field(action ? "ACTION_ID" : "ITEM_ID", text, false));
  if (type == DatasetType::kUsers || type == DatasetType::kInteractions || type == DatasetType::kActionInteractions)
    fields.push_back(field("USER_ID", text, false));
  if (type == DatasetType::kInteractions || type == DatasetType::kActionInteractions) {
    fields.push_back(field("TIMESTAMP", FieldType::kLong, false));
    fields.push_back(field("EVENT_TYPE", text, false));
    fields.push_back(field("EVENT_VALUE", FieldType::kFloat, true));
  }
  return fields;
}

struct Target {
  DatasetType type;
  PutManner manner;
  const char* contentType;
};
constexpr Target kTargets[] = {
    {DatasetType::kInteractions, PutManner::kService, ""},
    {DatasetType::kItems, PutManner::kService, ""},
    {DatasetType::kUsers, PutManner::kService, ""},
    {DatasetType::kActions, PutManner::kService, ""},
    {DatasetType::kActionInteractions, PutManner::kService, ""},
    {DatasetType::kInteractions, PutManner::kNative, "application/json"},
    {DatasetType::kInteractions, PutManner::kNative, "application/x-ndjson"},
    {DatasetType::kInteractions, PutManner::kNative, "text/csv"},
    {DatasetType::kItems, PutManner::kNative, "text/csv"},
    {DatasetType::kUsers, PutManner::kNative, "application/json"},
};

void need(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Target& target = kTargets[data[0] % std::size(kTargets)];
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const PutRules& rules = putRules(target.type, target.manner);
  const auto request =
      target.manner == PutManner::kService ? parseJson(body) : nativeRequest(rules, target.contentType, body);
  if (!request) return 0;
  const PutColumns columns(target.type, fieldsOf(target.type));
  PutFaults faults;
  const PutRows rows = readPut(rules, target.manner, columns, *request, fromMicros(1'700'000'000'000'000), faults);
  if (!faults.none()) {
    need(!faults.inServiceWords(rules).message.empty());
    need(faults.asErrors(rules).size() == faults.all().size());
    return 0;
  }
  const size_t most = target.manner == PutManner::kService ? 10 : 1000;
  need(rows.events.size() + rows.rows.size() >= 1 && rows.events.size() + rows.rows.size() <= most);
  for (const auto& event : rows.events) {
    need(!event.itemId.empty() && characterCount(event.itemId) <= 256);
    need(!event.sessionId.empty() && characterCount(event.sessionId) <= 256);
    need(std::abs(event.time) <= data::kTimeLimit && event.impression.size() <= 25);
  }
  for (const auto& row : rows.rows) need(!row.id.empty() && characterCount(row.id) <= 256);
  return 0;
}
