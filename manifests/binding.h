// How a kind's field table and its typed spec are one thing. A Binding<Spec> is written once per struct; from
// the type of each member it derives the field's type, and from the struct's own initialiser the field's
// default, so neither can drift from what specOf<Spec> fills.
//
// Bindings are built at first use and never change; any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "manifests/kind_table.h"
#include "manifests/specs.h"

namespace proffer {

template <class Spec>
class Binding;

/// The binding of one struct; specialised beside the kind (kinds/*.cpp) or, for shared parts, in
/// kinds/parts.cpp.
template <class Spec>
const Binding<Spec>& bindingOf();

/// The words of an enumeration as they stand in manifests. A value without a word is written by leaving the
/// field out.
template <class Enum>
struct EnumWords;
template <class Enum>
using EnumWordList = std::vector<std::pair<std::string, Enum>>;
#define PROFFER_ENUM_WORDS(Enum)              \
  template <>                                 \
  struct EnumWords<Enum> {                    \
    static const EnumWordList<Enum>& words(); \
  }
PROFFER_ENUM_WORDS(Domain);
PROFFER_ENUM_WORDS(QuotaProfile);
PROFFER_ENUM_WORDS(DatasetType);
PROFFER_ENUM_WORDS(ImportMode);
PROFFER_ENUM_WORDS(TrainingMode);
PROFFER_ENUM_WORDS(FieldType);
#undef PROFFER_ENUM_WORDS

/// Says more about the field that was added last: `binding.add(...).required().example("x")`.
class FieldEditor {
 public:
  explicit FieldEditor(Field& field) : field_(field) {}

  FieldEditor& as(ValueType type) {
    field_.type = type;
    return *this;
  }
  FieldEditor& required() {
    field_.required = true;
    field_.defaultValue = nullptr;
    return *this;
  }
  FieldEditor& immutable() {
    field_.mutability = Mutability::kImmutable;
    return *this;
  }
  FieldEditor& oneOf(std::vector<std::string> words) {
    field_.type = ValueType::kEnum;
    field_.allowed = std::move(words);
    return *this;
  }
  FieldEditor& atLeast(double minimum) {
    field_.minimum = minimum;
    return *this;
  }
  FieldEditor& atMost(double maximum) {
    field_.maximum = maximum;
    return *this;
  }
  FieldEditor& example(std::string text) {
    field_.example = std::move(text);
    return *this;
  }
  FieldEditor& oneOrMany() {
    field_.oneOrMany = true;
    return *this;
  }
  FieldEditor& refine(Refine refine) {
    field_.refine = std::move(refine);
    return *this;
  }
  /// A column of a dataset's schema: held to the service's pattern and written in upper case.
  FieldEditor& column();
  /// The name of a resource of this kind ("Campaign|Recommender" for either), or one of the reserved words.
  FieldEditor& refersTo(std::string kind, std::vector<std::string> reserved = {}) {
    field_.type = ValueType::kName;
    field_.refersTo = std::move(kind);
    field_.reserved = std::move(reserved);
    return *this;
  }
  /// Says more about the elements of a list or the values of a map.
  FieldEditor& each(const std::function<void(FieldEditor&)>& edit) {
    auto element = std::make_shared<Field>(*field_.element);
    FieldEditor editor(*element);
    edit(editor);
    field_.element = std::move(element);
    return *this;
  }
  /// Says what the keys of a map are.
  FieldEditor& keys(const std::function<void(FieldEditor&)>& edit) {
    auto key = std::make_shared<Field>();
    FieldEditor editor(*key);
    edit(editor);
    field_.key = std::move(key);
    return *this;
  }
  Field& field() { return field_; }

 private:
  Field& field_;
};

// ---- From a member's type to its field, its default and its reading
// ------------------------------------------------

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsMap = false;
template <class T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;

template <class T>
Field fieldFor() {
  Field field;
  if constexpr (kIsOptional<T>) {
    return fieldFor<typename T::value_type>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    field.type = ValueType::kString;
  } else if constexpr (std::is_same_v<T, bool>) {
    field.type = ValueType::kBoolean;
  } else if constexpr (std::is_same_v<T, int64_t>) {
    field.type = ValueType::kInteger;
  } else if constexpr (std::is_same_v<T, double>) {
    field.type = ValueType::kNumber;
  } else if constexpr (std::is_same_v<T, Duration>) {
    field.type = ValueType::kDuration;
  } else if constexpr (std::is_same_v<T, Time>) {
    field.type = ValueType::kTime;
  } else if constexpr (std::is_same_v<T, Json>) {
    field.type = ValueType::kAny;
  } else if constexpr (std::is_enum_v<T>) {
    field.type = ValueType::kEnum;
    for (const auto& [word, value] : EnumWords<T>::words()) field.allowed.push_back(word);
  } else if constexpr (kIsList<T>) {
    field.type = ValueType::kList;
    field.element = std::make_shared<Field>(fieldFor<typename T::value_type>());
  } else if constexpr (kIsMap<T>) {
    field.type = ValueType::kMap;
    field.element = std::make_shared<Field>(fieldFor<typename T::mapped_type>());
  } else {
    field.type = ValueType::kObject;
    field.fields = bindingOf<T>().fields();
  }
  return field;
}

/// What the manifest would have to say to mean `value`; null if leaving the field out says it.
template <class T>
Json defaultFrom(const T& value) {
  if constexpr (kIsOptional<T>) {
    return value ? defaultFrom(*value) : Json();
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value.empty() ? Json() : Json(value);
  } else if constexpr (std::is_same_v<T, Duration>) {
    return formatDuration(value);
  } else if constexpr (std::is_same_v<T, Time>) {
    return Json();
  } else if constexpr (std::is_enum_v<T>) {
    for (const auto& [word, meaning] : EnumWords<T>::words())
      if (meaning == value) return word;
    return Json();
  } else if constexpr (kIsList<T> || kIsMap<T>) {
    return Json();  // no struct's default holds elements
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, Json>) {
    return value;
  } else {
    Json object = Json::object();
    for (const auto& field : bindingOf<T>().fields())
      if (!field.defaultValue.is_null()) object[field.name] = field.defaultValue;
    return object.empty() ? Json() : object;
  }
}

/// Fills `out` from a canonical value; false if the value has another shape.
template <class T>
bool readValue(const Json& value, T& out) {
  if constexpr (kIsOptional<T>) {
    return readValue(value, out.emplace());
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!value.is_string()) return false;
    out = value.get<std::string>();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!value.is_boolean()) return false;
    out = value.get<bool>();
  } else if constexpr (std::is_arithmetic_v<T>) {
    if (!value.is_number()) return false;
    out = value.get<T>();
  } else if constexpr (std::is_same_v<T, Duration> || std::is_same_v<T, Time>) {
    if (!value.is_string()) return false;
    std::optional<T> parsed;
    if constexpr (std::is_same_v<T, Duration>)
      parsed = parseDuration(value.get_ref<const std::string&>());
    else
      parsed = parseTime(value.get_ref<const std::string&>());
    if (!parsed) return false;
    out = *parsed;
  } else if constexpr (std::is_same_v<T, Json>) {
    out = value;
  } else if constexpr (std::is_enum_v<T>) {
    if (!value.is_string()) return false;
    for (const auto& [word, meaning] : EnumWords<T>::words())
      if (word == value.get_ref<const std::string&>()) return out = meaning, true;
    return false;
  } else if constexpr (kIsList<T>) {
    out.clear();
    if (!value.is_array()) return readValue(value, out.emplace_back());  // oneOrMany
    for (const auto& element : value)
      if (!readValue(element, out.emplace_back())) return false;
  } else if constexpr (kIsMap<T>) {
    if (!value.is_object()) return false;
    out.clear();
    for (const auto& [key, element] : value.items())
      if (!readValue(element, out[key])) return false;
  } else {
    return !bindingOf<T>().read(value, out);
  }
  return true;
}

/// The fields of one struct, in the order in which they are documented and printed.
template <class Spec>
class Binding {
 public:
  /// A field whose type, default and reading follow from the member.
  template <class T>
  FieldEditor add(std::string name, T Spec::*member, std::string help) {
    Field field = fieldFor<T>();
    field.defaultValue = defaultFrom(Spec{}.*member);
    return add(std::move(name), std::move(field), std::move(help),
               [member](const Json& value, Spec& spec) { return readValue(value, spec.*member); });
  }
  /// A field that the struct holds in another shape than the manifest: what it looks like, and how it is
  /// read.
  FieldEditor add(std::string name, Field field, std::string help,
                  std::function<bool(const Json&, Spec&)> reader) {
    field.name = std::move(name);
    field.help = std::move(help);
    fields_.push_back(std::move(field));
    readers_.push_back(std::move(reader));
    return FieldEditor(fields_.back());
  }
  /// Nothing of a run's or a version's spec may change once it exists.
  void freeze() {
    for (auto& field : fields_) field.mutability = Mutability::kImmutable;
  }

  const std::vector<Field>& fields() const { return fields_; }

  /// Fills `spec`; returns the name of the first field that is not canonical, nothing if all are.
  std::optional<std::string> read(const Json& object, Spec& spec) const {
    if (!object.is_object()) return "";
    for (size_t i = 0; i < fields_.size(); ++i) {
      const Json& value = member(object, fields_[i].name);
      if (value.is_null() ? fields_[i].required : !readers_[i](value, spec)) return fields_[i].name;
    }
    return std::nullopt;
  }

 private:
  std::vector<Field> fields_;
  std::vector<std::function<bool(const Json&, Spec&)>> readers_;
};

/// Builds a binding at its first use: `return buildOnce<S>([](Binding<S>& b) { b.add(...); })` inside
/// bindingOf<S>.
#define PROFFER_BINDING(Spec)                         \
  static void describe##Spec(Binding<Spec>& binding); \
  template <>                                         \
  const Binding<Spec>& bindingOf<Spec>() {            \
    static const Binding<Spec> kBinding = [] {        \
      Binding<Spec> built;                            \
      describe##Spec(built);                          \
      return built;                                   \
    }();                                              \
    return kBinding;                                  \
  }                                                   \
  static void describe##Spec(Binding<Spec>& binding)

#define PROFFER_DECLARE_BINDING(Spec) \
  template <>                         \
  const Binding<Spec>& bindingOf<Spec>()
PROFFER_DECLARE_BINDING(Metadata);
PROFFER_DECLARE_BINDING(OwnerReference);
PROFFER_DECLARE_BINDING(SchemaField);
PROFFER_DECLARE_BINDING(RowCondition);
PROFFER_DECLARE_BINDING(DataSource);
PROFFER_DECLARE_BINDING(Exploration);
PROFFER_DECLARE_BINDING(Schedules);
PROFFER_DECLARE_BINDING(EventSelection);
PROFFER_DECLARE_BINDING(VersionGate);
PROFFER_DECLARE_BINDING(ExperimentArm);
PROFFER_DECLARE_BINDING(AttributedMetric);
PROFFER_DECLARE_BINDING(DatasetGroupSpec);
PROFFER_DECLARE_BINDING(SchemaSpec);
PROFFER_DECLARE_BINDING(DatasetSpec);
PROFFER_DECLARE_BINDING(DatasetImportSpec);
PROFFER_DECLARE_BINDING(DatasetExportSpec);
PROFFER_DECLARE_BINDING(DataDeletionSpec);
PROFFER_DECLARE_BINDING(EventTrackerSpec);
PROFFER_DECLARE_BINDING(FilterSpec);
PROFFER_DECLARE_BINDING(RecommenderSpec);
PROFFER_DECLARE_BINDING(SolutionSpec);
PROFFER_DECLARE_BINDING(SolutionVersionSpec);
PROFFER_DECLARE_BINDING(CampaignSpec);
PROFFER_DECLARE_BINDING(ExperimentSpec);
PROFFER_DECLARE_BINDING(BatchInferenceJobSpec);
PROFFER_DECLARE_BINDING(BatchSegmentJobSpec);
PROFFER_DECLARE_BINDING(MetricAttributionSpec);
PROFFER_DECLARE_BINDING(GitSourceSpec);
#undef PROFFER_DECLARE_BINDING

}  // namespace proffer
