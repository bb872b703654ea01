// What apply and diff have in common: which set the manifests are, and handing them to the server.
//
// Main thread.
#pragma once

#include <vector>

#include "controller/cli/command.h"

namespace proffer::cli {

/// --set, --prune, --allow-prune-all, --replace.
std::vector<Option> setOptions();
/// kInvalidInput for what may not name a set; empty is none.
Result<void> checkSetName(const std::string& name);
Result<client::ApplyOptions> readSetOptions(const Arguments& arguments);

/// Checks the manifests here, so that nothing is sent that is wrong (all errors are printed, with carets on a
/// terminal), then applies them; the server's errors and warnings are printed likewise, all but the one
/// returned.
Result<client::ApplyAnswer> applyTexts(Context& context, const std::vector<ManifestText>& texts,
                                       const client::ApplyOptions& options);

}  // namespace proffer::cli
