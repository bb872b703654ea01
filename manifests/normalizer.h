// Holding JSON against field tables: the one walk that checks values, fills in defaults and makes spellings
// canonical. Used for manifests (with positions), for what comes over HTTP, and for the program's own data
// files.
//
// Pure; one Normalizer belongs to one thread.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "manifests/kind_table.h"
#include "manifests/resource.h"

namespace proffer {

struct Problem {
  Error error;
  bool atKey = false;  ///< stands at the field's name, not at its value (an unknown field)
};

/// How the plain scalar at a field path was written ("1.50"), empty if that is not known; may itself be
/// empty.
using ScalarTexts = std::function<std::string(const std::string& path)>;

class Normalizer {
 public:
  explicit Normalizer(std::vector<Problem>& problems, const ScalarTexts& texts = {})
      : problems_(problems), texts_(texts) {}

  /// Makes `object` canonical: known fields in the table's order, defaults filled in, empty lists and maps
  /// gone. `path` is the object's own path. False if a value is wrong or missing, so that looking closer
  /// makes no sense.
  bool object(std::span<const Field> fields, Json& object, const std::string& path);
  /// The same for one value.
  bool value(const Field& field, Json& value, const std::string& path);

  void problem(const std::string& path, std::string message, std::string hint = "", bool atKey = false);
  /// Adds what a refine says, its paths put below `path`. False if it says anything.
  bool refine(const Refine& refine, Json& value, const std::string& path);
  /// The same for an object that has been found wrong: asks about a copy without the members that the
  /// problems from `before` on speak of, and takes only what is said of members that are there. So one wrong
  /// value does not hide what is wrong with the others.
  void refineRest(const Refine& refine, std::span<const Field> fields, const Json& value,
                  const std::string& path, size_t before);

 private:
  bool unknownField(std::span<const Field> fields, const std::string& name, const std::string& path);
  bool scalar(const Field& field, Json& value, const std::string& path);
  bool text(const Field& field, Json& value, const std::string& path);
  bool number(const Field& field, Json& value, const std::string& path);
  bool word(const Field& field, Json& value, const std::string& path);
  bool list(const Field& field, Json& value, const std::string& path);
  bool map(const Field& field, Json& value, const std::string& path);
  bool size(const Field& field, size_t size, const std::string& path);
  bool expected(const Field& field, const Json& value, const std::string& path, std::string hint = "");

  std::vector<Problem>& problems_;
  ScalarTexts texts_;
};

/// "a whole number of at least 0", "one of FULL, INCREMENTAL", "a list of names": what may stand in the
/// field.
std::string expectation(const Field& field);
/// `the text "x"`, `the number 5`, "a list", "nothing": what does stand there.
std::string foundText(const Json& value);
/// "a.b", "a[3]", or the other one if one is empty.
std::string joinPath(const std::string& path, const std::string& below);
/// The members of the object at `path` that the problems from `before` on speak of; "" for the object itself.
std::set<std::string> membersAtFault(const std::vector<Problem>& problems, const std::string& path,
                                     size_t before = 0);
/// The members of `object` in the order of the table.
void orderFields(std::span<const Field> fields, Json& object);

/// Reads and checks a whole object as it stands in a manifest or comes over HTTP: apiVersion, kind, metadata,
/// spec, status. `withTable`: hold it against its kind's table as normalize() does.
Resource readResource(const Json& json, bool withTable, std::vector<Problem>& problems,
                      const ScalarTexts& texts = {});
void normalizeResource(Resource& resource, std::vector<Problem>& problems, const ScalarTexts& texts = {});

}  // namespace proffer
