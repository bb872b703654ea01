// What a filter means, said a second time: slowly, one item at a time, straight from the syntax tree, over
// plain maps of texts. It shares nothing with dsl/ but the tree and the schemas' types, so that what both
// agree on is not one mistake made twice.
//
// Plain values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dsl/fields.h"
#include "dsl/syntax.h"

namespace proffer::dsl::reference {

/// Column (upper case) -> text as imported. What is not there is null.
using Row = std::map<std::string, std::string>;

struct Event {
  size_t target = 0;  ///< index of the item or action; may be one that the catalogue does not hold
  int64_t time = 0;   ///< TIMESTAMP
  std::optional<std::string> type;  ///< EVENT_TYPE
  std::optional<float> value;       ///< EVENT_VALUE
  Row columns;                      ///< all others
};

struct User {
  Row attributes;
  std::vector<Event> events, actionEvents;  ///< oldest first
};

struct World {
  Fields fields;
  std::vector<Row> items, actions;
  std::vector<User> users;
};

struct Request {
  const User* user = nullptr;  ///< null: nobody knows who asks
  std::optional<size_t> item;  ///< index in World::items; may be beyond it
  std::map<std::string, std::vector<std::string>> parameters;
  int64_t now = 0;
  size_t window = 0, actionWindow = 0;  ///< newest events per type; 0: all
};

/// What was met on the left and right sides of one test while it was evaluated: bits.
enum Met : unsigned {
  kLeftNull = 1,
  kLeftOne = 2,
  kLeftMany = 4,
  kRightMissing = 8,
  kRightOne = 16,
  kRightMany = 32,
  kPassed = 64,
  kFailed = 128,
};
using MetByTest = std::map<const Node*, unsigned>;

struct Opinion {
  std::set<std::string> wrong;  ///< not empty: the request is refused for one of these placeholders
  std::vector<bool> passes;     ///< one per item, action or user of the world
};

/// How many items, actions or users a filter of the entity chooses from.
size_t candidates(const World& world, Entity entity);
/// The number or boolean that a text stands for; nothing if it is none (F8, F35).
std::optional<double> readNumber(const std::string& text);
std::optional<bool> readBoolean(const std::string& text);

/// REQUIRES a filter that fits the world's fields.
Opinion evaluate(const Filter& filter, const World& world, const Request& request, MetByTest& met);

}  // namespace proffer::dsl::reference
