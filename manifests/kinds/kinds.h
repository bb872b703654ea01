// The makers of the kind tables, one per file of this folder, and what several of them share. Called once, by
// kind_table.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "manifests/binding.h"
#include "manifests/kind_table.h"

namespace proffer::kinds {

KindTable datasetGroup();
KindTable schema();
KindTable dataset();
KindTable datasetImport();
KindTable datasetExport();
KindTable dataDeletion();
KindTable eventTracker();
KindTable filter();
KindTable recommender();
KindTable solution();
KindTable solutionVersion();
KindTable campaign();
KindTable experiment();
KindTable batchInferenceJob();
KindTable batchSegmentJob();
KindTable metricAttribution();
KindTable gitSource();

/// An error about a part of the spec, its path relative to the spec.
Error wrong(std::string path, std::string message, std::string hint = "");

/// Where a source points, as far as that can be known to be wrong without a server.
void refineSourceText(Json& value, std::vector<Error>& errors);
/// Edits a list of data sources.
void sources(FieldEditor field);
/// Edits a map from dataset types to lists of their columns (TO-11, TO-12).
void datasetColumns(FieldEditor field);
/// Both maps together: nothing in both, and never ids, times or event types (TO-11).
void refineTrainingColumns(const Json& spec, std::vector<Error>& errors);
/// The schema's fields as a set: unique without regard to case and underscores (SX-5), at most one textual
/// column.
void refineSchemaFields(Json& fields, std::vector<Error>& errors);
/// The same `solution` and `version` in campaigns and batch jobs.
template <class Spec>
void addVersionChoice(Binding<Spec>& binding, bool gated) {
  binding.add("solution", &Spec::solution, "The solution whose versions are used.")
      .required()
      .refersTo("Solution");
  std::vector<std::string> reserved{"latest"};
  if (gated) reserved.emplace_back("gated");
  binding
      .add("version", &Spec::version,
           gated ? "`latest`: the newest version; `gated`: the newest that passes `gates`; or the name of a "
                   "SolutionVersion."
                 : "`latest`: the newest version; or the name of a SolutionVersion.")
      .refersTo("SolutionVersion", std::move(reserved));
}

}  // namespace proffer::kinds
