#include "controller/store/resource_map.h"

#include <algorithm>
#include <array>

#include "manifests/kind_table.h"

namespace proffer::store {

bool needsCleanup(std::string_view kind) {
  constexpr std::array<std::string_view, 9> kKinds{"DatasetGroup",    "Dataset",      "DatasetImport",
                                                   "DatasetExport",   "DataDeletion", "Solution",
                                                   "SolutionVersion", "Recommender",  "Campaign"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

bool isServable(std::string_view kind) {
  return kind == "Recommender" || kind == "Campaign" || kind == "Experiment";
}

bool owns(const Resource& owner, const Resource& owned) {
  if (owner.kind == "DatasetGroup" && owned.metadata.group == owner.metadata.name) return true;
  const auto& references = owned.metadata.ownerReferences;
  return std::any_of(references.begin(), references.end(),
                     [&](const OwnerReference& reference) { return reference.uid == owner.metadata.uid; });
}

ResourceOrder orderOf(const ResourceKey& key) {
  static const std::map<std::string, size_t, std::less<>> positions = [] {
    std::map<std::string, size_t, std::less<>> made;
    for (const KindTable& table : allKinds()) made.emplace(table.kind, made.size());
    return made;
  }();
  const auto found = positions.find(key.kind);
  return {found == positions.end() ? positions.size() : found->second, key};
}

bool matches(const Resource& resource, const ListOptions& options) {
  if (!options.kind.empty() && resource.kind != options.kind) return false;
  if (options.group && resource.metadata.group != *options.group) return false;
  if (options.managedBy && resource.metadata.managedBy != *options.managedBy) return false;
  return std::all_of(options.labels.begin(), options.labels.end(), [&](const auto& wanted) {
    const auto found = resource.metadata.labels.find(wanted.first);
    return found != resource.metadata.labels.end() && found->second == wanted.second;
  });
}

namespace {

ResourceMap::Rows::const_iterator firstOf(const ResourceMap::Rows& rows, const ListOptions& options) {
  if (options.kind.empty()) return rows.begin();
  return rows.lower_bound(orderOf({options.kind, options.group.value_or(""), ""}));
}

bool pastLast(const ResourceOrder& order, const ListOptions& options) {
  if (options.kind.empty()) return false;
  return order.key.kind != options.kind || (options.group && order.key.group > *options.group);
}

}  // namespace

void forEachMatching(const ResourceMap::Rows& rows, const ListOptions& options,
                     const std::function<void(const ResourceOrder&, const ResourcePointer&)>& visit) {
  for (auto row = firstOf(rows, options); row != rows.end() && !pastLast(row->first, options); ++row)
    if (row->second && matches(*row->second, options)) visit(row->first, row->second);
}

ResourcePointer ResourceMap::find(const ResourceKey& key) const {
  const auto order = orderOf(key);
  if (const auto staged = staged_.find(order); staged != staged_.end()) return staged->second;
  const auto found = committed_.find(order);
  return found == committed_.end() ? nullptr : found->second;
}

void ResourceMap::forEach(const ListOptions& options,
                          const std::function<void(const ResourcePointer&)>& visit) const {
  auto row = firstOf(committed_, options);
  auto above = firstOf(staged_, options);
  for (;;) {
    const bool below = row != committed_.end() && !pastLast(row->first, options);
    const bool staged = above != staged_.end() && !pastLast(above->first, options);
    if (!below && !staged) return;
    const bool takeStaged = staged && (!below || above->first <= row->first);
    const ResourcePointer& resource = takeStaged ? above->second : row->second;
    if (resource && matches(*resource, options)) visit(resource);
    if (below && (!takeStaged || above->first == row->first)) ++row;
    if (takeStaged) ++above;
  }
}

ResourceWrite ResourceMap::stage(const ResourceKey& key, ResourcePointer after) {
  ResourceWrite write{orderOf(key), find(key), after, after ? after->metadata.resourceVersion : 0};
  staged_[write.order] = std::move(after);
  return write;
}

void ResourceMap::publish(const ResourceWrite& write) {
  if (write.after)
    committed_[write.order] = write.after;
  else
    committed_.erase(write.order);
}

}  // namespace proffer::store
