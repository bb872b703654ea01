// The reconcilers, one per kind and file. The environment outlives them.
#pragma once

#include <memory>
#include <string>

#include "controller/reconcile/environment.h"
#include "controller/reconcile/reconciler.h"

namespace proffer::reconcile {

std::unique_ptr<Reconciler> makeDatasetGroupReconciler(const Environment& environment);
std::unique_ptr<Reconciler> makeSchemaReconciler();
std::unique_ptr<Reconciler> makeDatasetReconciler(const Environment& environment);
std::unique_ptr<Reconciler> makeDatasetImportReconciler(const Environment& environment);
std::unique_ptr<Reconciler> makeRecommenderReconciler(const Environment& environment);
std::unique_ptr<Reconciler> makeSolutionReconciler(const Environment& environment);
std::unique_ptr<Reconciler> makeSolutionVersionReconciler(const Environment& environment);
std::unique_ptr<Reconciler> makeCampaignReconciler(const Environment& environment);
std::unique_ptr<Reconciler> makeFilterReconciler(const Environment& environment);
std::unique_ptr<Reconciler> makeEventTrackerReconciler(const Environment& environment);
std::unique_ptr<Reconciler> makeDatasetExportReconciler(const Environment& environment);
std::unique_ptr<Reconciler> makeDataDeletionReconciler(const Environment& environment);
/// For a kind that is part of the model but not built: says so, and does nothing else.
std::unique_ptr<Reconciler> makeNotImplementedReconciler(std::string kind);

}  // namespace proffer::reconcile
