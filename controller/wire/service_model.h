// The service's own description of its operations: members, types, limits, patterns and errors, read from the
// compact table service.model, which is compiled in.
//
// Built at the first use and never changed; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proffer::wire {

/// The text of service.model (generated).
std::string serviceModelText();

enum class ShapeType { kStruct, kList, kMap, kString, kInteger, kNumber, kBoolean, kTimestamp };

struct Shape;

struct Member {
  std::string name;
  bool required = false;
  const Shape* shape = nullptr;
};

struct Shape {
  std::string name;
  ShapeType type = ShapeType::kString;
  std::vector<Member> members;        ///< of a struct, in the model's order
  const Shape* key = nullptr;         ///< of a map
  const Shape* element = nullptr;     ///< of a list or map
  std::optional<double> least, most;  ///< characters of a string, elements of a list or map, or the number
  std::vector<std::string> allowed;
  std::string pattern;  ///< a name that matchesPattern() knows; empty: any text
};

struct ModelOperation {
  std::string service;  ///< "personalize", "personalize-runtime", "personalize-events"
  std::string name;
  const Shape* input = nullptr;     ///< null: nothing
  const Shape* output = nullptr;    ///< null: nothing
  std::string path;                 ///< "/", "/recommendations"
  std::vector<std::string> errors;  ///< in full: "InvalidInputException"
};

class ServiceModel {
 public:
  static const ServiceModel& get();
  explicit ServiceModel(const std::string& text);

  const std::vector<ModelOperation>& operations() const { return operations_; }
  /// Of the control plane; null: there is none.
  const ModelOperation* operation(std::string_view name) const;
  /// Of the other services, by its path; null: there is none.
  const ModelOperation* operationAt(std::string_view path) const;
  /// A shape of the control plane by name; null: there is none.
  const Shape* shape(std::string_view name) const;

 private:
  using Shapes = std::map<std::string, Shape, std::less<>>;
  std::map<std::string, Shapes, std::less<>> services_;
  std::vector<ModelOperation> operations_;
};

/// Whether the whole text has the form that the model calls by this name.
bool matchesPattern(std::string_view pattern, std::string_view text);
/// The pattern as the service writes it, for messages.
std::string_view patternText(std::string_view pattern);

}  // namespace proffer::wire
