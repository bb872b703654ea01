// The objects that a command line names, and how they are named back: "KIND,KIND", "KIND NAME...", "KIND
// GROUP/NAME", "KIND/GROUP/NAME", "all".
//
// Main thread; find() asks the server.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/cli/command.h"
#include "manifests/kind_table.h"

namespace proffer::cli {

struct Selection {
  const KindTable* kind = nullptr;        ///< nullptr: all kinds
  std::optional<std::string> group = {};  ///< absent: any
  std::string name = {};                  ///< empty: all of the kind
};

/// Reads positionals and -g. kInvalidInput for unknown kinds, with the nearest, and for a flag -g that does
/// not fit them.
Result<std::vector<Selection>> readSelections(const Arguments& arguments);

/// What the first positional names: GROUP/NAME, or NAME in the group that -g says. `what` ("recommender") and
/// `example` are for the error.
struct Target {
  std::string group, name;
};
Result<Target> readTarget(const Arguments& arguments, std::string_view what, std::string_view example);

/// What the selection names now. A named object that is not there is kNotFound, with the nearest name; one
/// that stands in several groups is kInvalidInput, naming them.
Result<std::vector<Resource>> find(client::Client& client, const Selection& selection,
                                   const std::map<std::string, std::string>& labels = {});

/// The key of a selection that names one object, found in the groups if none was said. The object need not be
/// there if the group is known.
Result<ResourceKey> keyOf(client::Client& client, const Selection& selection);

/// "recommender/movies/most-popular", "datasetgroup/movies": as `apply` says it and every command reads it.
std::string displayName(const ResourceKey& key);

/// "a=b,c=d" of -l.
Result<std::map<std::string, std::string>> readLabels(const std::vector<std::string>& texts);

/// The options that several commands share.
Option groupOption();
/// NAME=VALUE pairs of a repeatable flag. `joined`: a name given again adds its value behind a comma.
Result<std::map<std::string, std::string>> pairsOf(const Arguments& arguments, std::string_view flag,
                                                   bool joined = false);
/// Whether a filter has a placeholder for each value; kInvalidInput names the flag of the first that it has
/// not. A filter that cannot be looked at is left to whoever uses it.
Result<void> checkParams(client::Client& client, const std::string& group, const std::string& filter,
                         const std::map<std::string, std::string>& values);
/// --param, the values of a filter's placeholders.
Option paramOption();
Option labelOption();

}  // namespace proffer::cli
