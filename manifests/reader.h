// Reading manifests: YAML texts in, normalised resources and errors with positions out.
//
// Pure functions over texts (who reads the files is somebody else); any thread. Every error of every text is
// reported in one run, with its absolute line and column also in multi-document files. Aliases are followed,
// their expansion is bounded; duplicate keys and unknown fields are errors; texts must be UTF-8.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "manifests/resource.h"

namespace proffer {

struct ManifestText {
  std::string file;  ///< as shown in errors; "<stdin>" for standard input
  std::string text;
};

struct Manifest {
  Resource resource;
  SourcePosition position;                               ///< of the document's first key
  std::map<std::string, SourcePosition> fieldPositions;  ///< field path -> where its value stands
  std::set<std::string> atFault =
      {};  ///< the members of spec that are wrong, and not in it; only of ManifestSet::faulty
};

struct ManifestSet {
  std::vector<Manifest> manifests;  ///< in the order read; those with errors are left out
  std::vector<Manifest> faulty;  ///< those with errors, as far as they can be known: for checking the others
  std::vector<Error> errors;     ///< in the order of file, line, column
  bool ok() const { return errors.empty(); }
};

/// Reads all texts, normalises every document and checks the set as a whole (an object defined twice).
ManifestSet readManifests(const std::vector<ManifestText>& texts);

/// Checks what only the whole set can tell, against the set and `existing`: references that name nothing that
/// is declared or exists are warnings for the caller to print, not errors (a resource waits for what it
/// refers to).
std::vector<Error> unresolvedReferences(const ManifestSet& set, const std::vector<ResourceKey>& existing);

/// The same where nobody is asked what exists: what the files name and do not hold. Warnings.
std::vector<Error> referencesOutOfFiles(const ManifestSet& set);

/// Sources of which only a server can say whether it reads them: absolute paths, which must lie below one of
/// its roots. Warnings.
std::vector<Error> doubtfulSources(const ManifestSet& set);

/// The YAML of one resource as a user would write it: apiVersion, kind, metadata, spec, and status if wanted.
std::string toYaml(const Resource& resource, bool withStatus);
/// Any JSON value as YAML, block style, strings quoted where they must be.
std::string toYaml(const Json& value);

}  // namespace proffer
