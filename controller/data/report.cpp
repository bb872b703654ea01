// The report of an import as JSON, and back.
#include "controller/data/report.h"

namespace proffer::data {

Json toJson(const ImportReport& report) {
  Json bad = Json::array();
  for (const auto& row : report.badRows) {
    bad.push_back({{"file", row.file},
                   {"line", row.line},
                   {"column", row.column},
                   {"value", row.value},
                   {"reason", row.reason},
                   {"kind", row.kind}});
  }
  Json json = {{"rowsRead", report.rowsRead},
          {"rowsKept", report.rowsKept},
          {"rowsFiltered", report.rowsFiltered},
          {"duplicates", report.duplicates},
          {"rowsBad", report.rowsBad},
          {"badPerKind", report.badPerKind},
          {"badRows", std::move(bad)},
          {"perEventType", report.perEventType},
          {"ignoredColumns", report.ignoredColumns},
          {"bytes", report.bytes},
          {"newUsers", report.newUsers},
          {"newItems", report.newItems},
          {"firstTime", report.firstTime},
          {"lastTime", report.lastTime},
          {"fingerprint", report.fingerprint},
          {"dataVersion", report.dataVersion}};
  if (report.rowsExpired > 0) json["rowsExpired"] = report.rowsExpired;
  return json;
}

namespace {

std::map<std::string, int64_t> counts(const Json& json) {
  std::map<std::string, int64_t> map;
  if (!json.is_object()) return map;
  for (const auto& [key, value] : json.items()) {
    if (value.is_number_integer()) map[key] = value.get<int64_t>();
  }
  return map;
}

}  // namespace

ImportReport reportFromJson(const Json& json) {
  ImportReport report;
  report.rowsRead = intMember(json, "rowsRead");
  report.rowsKept = intMember(json, "rowsKept");
  report.rowsFiltered = intMember(json, "rowsFiltered");
  report.duplicates = intMember(json, "duplicates");
  report.rowsBad = intMember(json, "rowsBad");
  report.rowsExpired = intMember(json, "rowsExpired");
  report.badPerKind = counts(member(json, "badPerKind"));
  for (const auto& row : member(json, "badRows")) {
    report.badRows.push_back({stringMember(row, "file"), intMember(row, "line"), stringMember(row, "column"),
                              stringMember(row, "value"), stringMember(row, "reason"),
                              stringMember(row, "kind")});
  }
  report.perEventType = counts(member(json, "perEventType"));
  for (const auto& name : member(json, "ignoredColumns")) {
    if (name.is_string()) report.ignoredColumns.push_back(name.get<std::string>());
  }
  report.bytes = intMember(json, "bytes");
  report.newUsers = intMember(json, "newUsers");
  report.newItems = intMember(json, "newItems");
  report.firstTime = intMember(json, "firstTime");
  report.lastTime = intMember(json, "lastTime");
  report.fingerprint = stringMember(json, "fingerprint");
  report.dataVersion = intMember(json, "dataVersion");
  return report;
}

Json toJson(const DatasetFigures& figures) {
  return {{"rows", figures.rows},
          {"users", figures.users},
          {"items", figures.items},
          {"perEventType", figures.perEventType},
          {"firstTime", figures.firstTime},
          {"lastTime", figures.lastTime},
          {"segments", figures.segments},
          {"bytes", figures.bytes},
          {"fingerprint", figures.fingerprint}};
}

DatasetFigures figuresFromJson(const Json& json) {
  DatasetFigures figures;
  figures.rows = intMember(json, "rows");
  figures.users = intMember(json, "users");
  figures.items = intMember(json, "items");
  figures.perEventType = counts(member(json, "perEventType"));
  figures.firstTime = intMember(json, "firstTime");
  figures.lastTime = intMember(json, "lastTime");
  figures.segments = intMember(json, "segments");
  figures.bytes = intMember(json, "bytes");
  figures.fingerprint = stringMember(json, "fingerprint");
  return figures;
}

}  // namespace proffer::data
