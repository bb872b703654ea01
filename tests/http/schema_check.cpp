#include "schema_check.h"

#include <fmt/format.h>

#include <regex>

#include "base/text.h"
#include "controller/http/routes.h"

namespace proffer::http {
namespace {

bool hasType(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return type == "null" && value.is_null();
}

class Check {
 public:
  explicit Check(const Json& root) : root_(root) {}
  std::vector<std::string> faults;

  void look(const Json& schema, const Json& value, const std::string& path) {
    for (const auto& [keyword, rule] : schema.items()) one(keyword, rule, schema, value, path);
  }

 private:
  void fault(const std::string& path, const std::string& what) { faults.push_back(path + ": " + what); }

  void one(const std::string& keyword, const Json& rule, const Json& schema, const Json& value,
           const std::string& path) {
    if (keyword == "description" || keyword == "default" || keyword == "format") return;
    if (keyword == "$ref")
      look(root_.at(Json::json_pointer(rule.get<std::string>().substr(1))), value, path);
    else if (keyword == "type")
      type(rule, value, path);
    else if (keyword == "enum") {
      if (std::find(rule.begin(), rule.end(), value) == rule.end())
        fault(path, "not one of " + dumpJson(rule));
    } else if (keyword == "anyOf")
      anyOf(rule, value, path);
    else if (keyword == "properties" || keyword == "required" || keyword == "additionalProperties" ||
             keyword == "propertyNames" || keyword == "minProperties" || keyword == "maxProperties") {
      if (value.is_object()) object(keyword, rule, schema, value, path);
    } else if (keyword == "items") {
      for (size_t i = 0; value.is_array() && i < value.size(); ++i)
        look(rule, value[i], fmt::format("{}[{}]", path, i));
    } else {
      limit(keyword, rule, value, path);
    }
  }

  void type(const Json& rule, const Json& value, const std::string& path) {
    if (rule.is_string()
            ? hasType(value, rule)
            : std::any_of(rule.begin(), rule.end(), [&](const Json& type) { return hasType(value, type); }))
      return;
    fault(path, fmt::format("{} is not {}", dumpJson(value), dumpJson(rule)));
  }

  void anyOf(const Json& forms, const Json& value, const std::string& path) {
    for (const Json& form : forms)
      if (schemaFaults(root_, form, value).empty()) return;
    fault(path, "none of the forms fits " + dumpJson(value));
  }

  void object(const std::string& keyword, const Json& rule, const Json& schema, const Json& value,
              const std::string& path) {
    if (keyword == "required") {
      for (const Json& name : rule)
        if (!value.contains(name.get<std::string>())) fault(path, "lacks " + name.get<std::string>());
      return;
    }
    if (keyword == "minProperties" || keyword == "maxProperties") {
      const bool fits =
          keyword[1] == 'i' ? value.size() >= rule.get<size_t>() : value.size() <= rule.get<size_t>();
      if (!fits) fault(path, keyword);
      return;
    }
    for (const auto& [name, member] : value.items()) {
      const std::string at = path + "." + name;
      const bool known = schema.contains("properties") && schema["properties"].contains(name);
      if (keyword == "properties" && known) look(rule[name], member, at);
      if (keyword == "propertyNames") look(rule, Json(name), at);
      if (keyword != "additionalProperties" || known) continue;
      if (rule.is_boolean() && !rule.get<bool>()) fault(at, "is not described");
      if (rule.is_object()) look(rule, member, at);
    }
  }

  void limit(const std::string& keyword, const Json& rule, const Json& value, const std::string& path) {
    bool fits = true;
    if (keyword == "pattern")
      fits = !value.is_string() ||
             std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>()));
    else if (keyword == "minLength")
      fits = !value.is_string() || value.get<std::string>().size() >= rule.get<size_t>();
    else if (keyword == "maxLength")
      fits = !value.is_string() || value.get<std::string>().size() <= rule.get<size_t>();
    else if (keyword == "minItems")
      fits = !value.is_array() || value.size() >= rule.get<size_t>();
    else if (keyword == "maxItems")
      fits = !value.is_array() || value.size() <= rule.get<size_t>();
    else if (keyword == "minimum")
      fits = !value.is_number() || value.get<double>() >= rule.get<double>();
    else if (keyword == "maximum")
      fits = !value.is_number() || value.get<double>() <= rule.get<double>();
    else
      fault(path, "the schema has the keyword " + keyword + ", which is not checked here");
    if (!fits) fault(path, fmt::format("{} does not fit {} {}", dumpJson(value), keyword, dumpJson(rule)));
  }

  const Json& root_;
};

void specFaults(const Json& root, const Json& value, std::vector<std::string>& faults) {
  const auto isResource = value.is_object() && value.contains("apiVersion") && value.contains("kind");
  if (isResource && value.contains("spec")) {
    const Json schema{{"$ref", "#/components/schemas/" + stringMember(value, "kind") + "Spec"}};
    for (std::string& fault : schemaFaults(root, schema, value["spec"])) faults.push_back("spec" + fault);
    return;
  }
  if (value.is_structured())
    for (const auto& [name, each] : value.items()) specFaults(root, each, faults);
}

}  // namespace

std::vector<std::string> schemaFaults(const Json& root, const Json& schema, const Json& value) {
  Check check(root);
  check.look(schema, value, "");
  return check.faults;
}

std::vector<std::string> answerFaults(const Json& openApi, const std::string& method, const std::string& path,
                                      int status, const std::string& contentType, const std::string& body) {
  const std::string plain = path.substr(0, path.find('?'));
  const RouteMatch match = findRoute(method, plain);
  Json schema;
  if (match.route == nullptr) {
    if (status < 400) return {"an unknown path answers " + std::to_string(status)};
    const bool native = styleOfPath(plain) == Style::kNative;
    schema = {{"$ref", fmt::format("#/components/schemas/{}", native ? "Error" : "ServiceError")}};
  } else {
    const Json& responses = openApi.at("paths")
                                .at(std::string(match.route->pattern))
                                .at(lower(match.route->method))
                                .at("responses");
    const std::string key = responses.contains(std::to_string(status)) ? std::to_string(status) : "default";
    if (key == "default" && status < 400) return {fmt::format("the status {} is not described", status)};
    const std::string type = contentType.substr(0, contentType.find(';'));
    const Json& content = responses.at(key).at("content");
    if (!content.contains(type)) return {"the content type " + type + " is not described"};
    schema = content.at(type).at("schema");
  }
  if (method == "HEAD") return {};
  if (member(schema, "type") == Json("string")) return {};
  const auto value = parseJson(body);
  if (!value) return {"the body is not JSON"};
  std::vector<std::string> faults = schemaFaults(openApi, schema, *value);
  if (status < 400) specFaults(openApi, *value, faults);
  return faults;
}

}  // namespace proffer::http
