// The bytes of a model file: what stands where. Written by artifact_writer.cpp, read by artifact_reader.cpp,
// described in docs/formats.md ("Model files").
//
//   header    64 bytes: magic, version, zeros
//   sections  each at a multiple of 64, filled up with zeros to the next one
//   table     per section: name length (4), name, offset (8), size (8), XXH3 of the content (8)
//   trailer   64 bytes at the very end: table's offset, size and XXH3, the file's size, XXH3 of these four,
//   zeros, magic
//
// All numbers are little endian.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace proffer::artifacts {

inline constexpr uint64_t kBlock = 64;
inline constexpr uint32_t kModelFileVersion = 1;
inline constexpr std::string_view kMagic = "PROFMODL";
inline constexpr std::string_view kEndMagic = "PROFMEND";

inline uint64_t paddedSize(uint64_t size) {
  return (size + kBlock - 1) / kBlock * kBlock;
}

template <class Number>
void appendNumber(std::string& to, Number number) {
  char bytes[sizeof(Number)];
  std::memcpy(bytes, &number, sizeof(Number));
  to.append(bytes, sizeof(Number));
}

/// REQUIRES at + sizeof(Number) <= bytes.size()
template <class Number>
Number readNumber(std::string_view bytes, uint64_t at) {
  Number number;
  std::memcpy(&number, bytes.data() + at, sizeof(Number));
  return number;
}

inline std::string modelFileHeader() {
  std::string header(kMagic);
  appendNumber(header, kModelFileVersion);
  header.resize(kBlock, '\0');
  return header;
}

}  // namespace proffer::artifacts
