// The dictionary against a plain map, and read while it grows.
#include <catch2/catch.hpp>

#include <thread>
#include <unordered_map>

#include "controller/data/dictionary.h"

namespace proffer::data::dictionary_test {

TEST_CASE("names have the indexes in which they came, short or long") {
  Dictionary dictionary;
  std::unordered_map<std::string, uint32_t> expected;
  for (uint32_t i = 0; i < 50'000; ++i) {
    const std::string name = std::string(i % 41, 'x') + std::to_string(i / 2);
    const auto [at, added] = expected.try_emplace(name, static_cast<uint32_t>(expected.size()));
    REQUIRE(dictionary.findOrAppend(name) == at->second);
  }
  CHECK(dictionary.size() == expected.size());
  for (const auto& [name, index] : expected) {
    REQUIRE(dictionary.find(name) == index);
    REQUIRE(dictionary.at(index) == name);
  }
  CHECK(dictionary.find("nobody") == Dictionary::kUnknown);
  CHECK(dictionary.find("") == Dictionary::kUnknown);
}

TEST_CASE("a dictionary can be read while it grows") {
  Dictionary dictionary;
  std::atomic<bool> wrong{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      for (uint32_t size = 0; size < 20'000;) {
        size = dictionary.size();
        for (uint32_t i = 0; i < size; i += 97) {
          const std::string name = "a rather long name, number " + std::to_string(i);
          if (dictionary.at(i) != name || dictionary.find(name) != i) wrong = true;
        }
        std::this_thread::yield();
      }
    });
  }
  for (uint32_t i = 0; i < 20'000; ++i)
    dictionary.findOrAppend("a rather long name, number " + std::to_string(i));
  for (auto& reader : readers) reader.join();
  CHECK_FALSE(wrong);
}

}  // namespace proffer::data::dictionary_test
