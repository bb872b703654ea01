// Directories and files in memory, each with what a running program sees and what a crash would leave.
//
// Not synchronized: SimulatedFileSystem holds its mutex. A change of a file's bytes waits in its node until
// sync(); a change of names waits in the tree until syncDirectory() of the directory that holds the name.
// Directories are durable when they are made, as createDirectories() promises.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace proffer::io {

struct SimulatedNode;
using SimulatedNodePointer = std::shared_ptr<SimulatedNode>;

struct SimulatedNode {
  /// Of bytes at an offset, or of the length.
  struct Change {
    int64_t offset = 0;
    std::string bytes;
    bool cut = false;  ///< the length becomes `offset`
  };

  bool directory = false;
  Time modified{};
  std::string bytes, durableBytes;
  std::vector<Change> changes;  ///< of bytes against durableBytes, in order
  std::map<std::string, SimulatedNodePointer> entries, durableEntries;

  void write(int64_t offset, std::string_view data, Time now);
  void cut(int64_t size, Time now);
  void sync();
  /// As when the disk failed while it synced: the program goes on seeing what a crash will take.
  void forgetToSync() { changes.clear(); }
};

/// What survives a crash of all that was not synced.
enum class Survival {
  kAll,      ///< only the process died
  kNothing,  ///< the power failed, nothing that waited was written
  kSome      ///< the power failed: some names, some writes, of some writes only some sectors or first bytes
};

class SimulatedTree {
 public:
  SimulatedTree();

  /// Null if it is not there. Paths are absolute and normal.
  SimulatedNodePointer find(const std::string& path) const;
  SimulatedNodePointer directoryOf(const std::string& path) const;
  static std::string nameOf(const std::string& path);

  SimulatedNodePointer makeFile(const std::string& path, Time now);
  void makeDirectory(const std::string& path, Time now);
  void rename(const std::string& from, const std::string& to);
  void unlink(const std::string& path);
  void syncDirectory(const SimulatedNodePointer& directory);
  void crash(Survival survival, uint64_t seed);

  const SimulatedNodePointer& root() const { return root_; }

 private:
  struct NameChange {
    SimulatedNodePointer directory;
    std::string name;
    SimulatedNodePointer node;  ///< null: the name goes
  };
  using NameChanges = std::vector<NameChange>;  ///< of one operation: all of them or none

  void change(NameChanges changes);
  static void apply(const NameChange& change, bool durable);

  const SimulatedNodePointer root_;
  std::vector<NameChanges> waiting_;
};

}  // namespace proffer::io
