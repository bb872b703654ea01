// What `proffer restore` is asked and what it did.
//
// Plain values.
#pragma once

#include <cstdint>
#include <string>

namespace proffer::cli {

struct RestoreOptions {
  std::string file;
  std::string dataDirectory;
};

struct Restoration {
  int64_t bytes = 0;
  int64_t groups = 0;   ///< with data
  std::string program;  ///< version of the program that wrote the dump
  std::string created;  ///< RFC 3339
};

}  // namespace proffer::cli
