#include "base/hash.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/ids.h"

namespace hash_test {

using namespace proffer;

TEST_CASE("hashes are the ones that formats were written with") {
  CHECK(hashHex(hash64("proffer")) == hashHex(hash64("proffer", 0)));
  CHECK(hash64("proffer", 1) != hash64("proffer", 2));
  CHECK(hashHex(hash64("")) == "2d06800538d394c2");  // XXH3's published value for no bytes
  CHECK(hashHex(hash128("")) == "99aa06d3014798d86001c324468d497f");
  Hasher hasher;
  hasher.add("prof");
  hasher.add("fer");
  CHECK(hasher.digest() == hash128("proffer"));
}

TEST_CASE("identifiers are unique and have their shape") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(newUuid());
  CHECK(seen.size() == 1000);
  const std::string id = newUuid();
  CHECK(id.size() == 36);
  CHECK(id[14] == '4');
  CHECK(newHex(8).size() == 8);
}

}  // namespace hash_test
