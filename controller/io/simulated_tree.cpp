#include "controller/io/simulated_tree.h"

#include <algorithm>
#include <set>

namespace proffer::io {

namespace {

constexpr size_t kSector = 512;

void put(std::string& bytes, int64_t offset, std::string_view data) {
  const auto at = static_cast<size_t>(offset);
  if (bytes.size() < at + data.size()) bytes.resize(at + data.size(), '\0');
  std::copy(data.begin(), data.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

void apply(std::string& bytes, const SimulatedNode::Change& change) {
  if (change.cut)
    bytes.resize(static_cast<size_t>(change.offset), '\0');
  else
    put(bytes, change.offset, change.bytes);
}

// A write reaches the disk wholly, not at all, up to some byte, or in some of its sectors.
void applySome(std::string& bytes, const SimulatedNode::Change& change, std::mt19937_64& random) {
  const uint64_t fate = random() % 4;
  if (fate == 0) return;
  if (fate == 1 || change.cut) return apply(bytes, change);
  const std::string_view data = change.bytes;
  if (fate == 2) return put(bytes, change.offset, data.substr(0, random() % (data.size() + 1)));
  for (size_t at = 0; at < data.size();) {
    const size_t inSector = (static_cast<size_t>(change.offset) + at) % kSector;
    const size_t length = std::min(kSector - inSector, data.size() - at);
    if (random() % 2 == 0) put(bytes, change.offset + static_cast<int64_t>(at), data.substr(at, length));
    at += length;
  }
}

// What hangs below, each once: a file may have two names after a crash.
void collect(const SimulatedNodePointer& node, std::set<SimulatedNode*>& known,
             std::vector<SimulatedNodePointer>& found) {
  if (!known.insert(node.get()).second) return;
  found.push_back(node);
  for (const auto& [name, child] : node->durableEntries) collect(child, known, found);
}

}  // namespace

void SimulatedNode::write(int64_t offset, std::string_view data, Time now) {
  put(bytes, offset, data);
  modified = now;
  if (!data.empty()) changes.push_back({offset, std::string(data), false});
}

void SimulatedNode::cut(int64_t size, Time now) {
  bytes.resize(static_cast<size_t>(size), '\0');
  modified = now;
  changes.push_back({size, {}, true});
}

void SimulatedNode::sync() {
  for (const Change& change : changes) apply(durableBytes, change);
  changes.clear();
}

SimulatedTree::SimulatedTree() : root_(std::make_shared<SimulatedNode>()) {
  root_->directory = true;
}

SimulatedNodePointer SimulatedTree::find(const std::string& path) const {
  SimulatedNodePointer node = root_;
  for (size_t at = 1; at < path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const auto child = node->entries.find(path.substr(at, end - at));
    if (child == node->entries.end()) return nullptr;
    node = child->second;
    at = end + 1;
  }
  return node;
}

SimulatedNodePointer SimulatedTree::directoryOf(const std::string& path) const {
  const auto found = find(path.substr(0, path.rfind('/')));
  return found && found->directory ? found : nullptr;
}

std::string SimulatedTree::nameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

SimulatedNodePointer SimulatedTree::makeFile(const std::string& path, Time now) {
  auto node = std::make_shared<SimulatedNode>();
  node->modified = now;
  change({{directoryOf(path), nameOf(path), node}});
  return node;
}

void SimulatedTree::makeDirectory(const std::string& path, Time now) {
  auto node = std::make_shared<SimulatedNode>();
  node->directory = true;
  node->modified = now;
  const auto above = directoryOf(path);
  above->entries[nameOf(path)] = node;
  above->durableEntries[nameOf(path)] = node;
}

void SimulatedTree::rename(const std::string& from, const std::string& to) {
  const auto node = find(from);
  change({{directoryOf(from), nameOf(from), nullptr}, {directoryOf(to), nameOf(to), node}});
}

void SimulatedTree::unlink(const std::string& path) {
  change({{directoryOf(path), nameOf(path), nullptr}});
}

void SimulatedTree::change(NameChanges changes) {
  for (const auto& one : changes) apply(one, false);
  waiting_.push_back(std::move(changes));
}

void SimulatedTree::apply(const NameChange& change, bool durable) {
  auto& entries = durable ? change.directory->durableEntries : change.directory->entries;
  if (change.node)
    entries[change.name] = change.node;
  else
    entries.erase(change.name);
}

void SimulatedTree::syncDirectory(const SimulatedNodePointer& directory) {
  directory->durableEntries = directory->entries;
  for (auto& operation : waiting_)
    std::erase_if(operation, [&](const NameChange& change) { return change.directory == directory; });
  std::erase_if(waiting_, [](const NameChanges& operation) { return operation.empty(); });
}

void SimulatedTree::crash(Survival survival, uint64_t seed) {
  std::mt19937_64 random(seed);
  for (const auto& operation : waiting_) {
    if (survival == Survival::kNothing || (survival == Survival::kSome && random() % 2 == 0)) continue;
    for (const auto& change : operation) apply(change, true);
  }
  waiting_.clear();
  std::set<SimulatedNode*> known;
  std::vector<SimulatedNodePointer> nodes;
  collect(root_, known, nodes);
  for (const auto& node : nodes) {
    for (const auto& waiting : node->changes) {
      if (survival == Survival::kAll) io::apply(node->durableBytes, waiting);
      if (survival == Survival::kSome) applySome(node->durableBytes, waiting, random);
    }
    node->changes.clear();
    node->bytes = node->durableBytes;
    node->entries = node->durableEntries;
  }
}

}  // namespace proffer::io
