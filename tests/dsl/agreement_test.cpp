// The compiled filters against the naive reference: random (expression, catalogue, user, parameters)
// quadruples, on all of which both must have the same opinion of every item; and every random expression
// parses to the tree it was written from and prints to a text that parses to the same.
//
// PROFFER_AGREEMENT_QUADRUPLES (5,000 unless set; 100,000 is the full run) and PROFFER_AGREEMENT_SEED choose
// what is run; a disagreement names the seed of its world, which as PROFFER_AGREEMENT_SEED is the first to be
// run.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

#include "dsl/check.h"
#include "dsl/evaluate.h"
#include "dsl/parse.h"
#include "dsl/print.h"
#include "filter_coverage.h"
#include "product_inputs.h"

namespace agreement_test {

using namespace proffer;
using namespace proffer::dsl;
namespace ref = proffer::dsl::reference;

namespace {

constexpr uint64_t kDefaultQuadruples = 5000;

std::string show(const ref::Row& row) {
  std::string text = "{";
  for (const auto& [name, value] : row)
    text += fmt::format("{}{}: '{}'", text.size() > 1 ? ", " : "", name, value);
  return text + "}";
}

std::string show(const std::vector<ref::Event>& events) {
  std::string text;
  for (const ref::Event& event : events) {
    text += fmt::format("\n    of {} at {}, type {}, value {}, {}", event.target, event.time,
                        event.type.value_or("null"), event.value ? fmt::format("{}", *event.value) : "null",
                        show(event.columns));
  }
  return text;
}

std::string show(const ref::Request& request) {
  std::string text =
      fmt::format("  now {}, windows {} and {}, item {}\n  parameters", request.now, request.window,
                  request.actionWindow, request.item ? std::to_string(*request.item) : "none");
  for (const auto& [name, values] : request.parameters) {
    text += " " + name + "=[";
    for (const std::string& value : values) text += "'" + value + "' ";
    text += "]";
  }
  if (!request.user) return text + "\n  unknown user";
  return text + "\n  user " + show(request.user->attributes) + "\n  events" + show(request.user->events) +
         "\n  action events" + show(request.user->actionEvents);
}

std::string show(const Explanation& explanation) {
  std::string text = explanation.reason;
  for (const ClauseFinding& clause : explanation.clauses) {
    text += fmt::format("\n    {}: applies {} {}, matches {}", clause.text, clause.applies, clause.whyNot,
                        clause.matches);
  }
  return text;
}

/// One run: makes worlds until it has enough quadruples.
class Agreement {
 public:
  /// Goes on to three times as many if something rare was not met yet, so that chance fails no test.
  void run(uint64_t seed, size_t quadruples) {
    const auto enough = [&] {
      if (quadruples_ < quadruples) return false;
      return quadruples_ >= 3 * quadruples || quadruples < kDefaultQuadruples || coverage_.missing().empty();
    };
    for (; !enough(); ++seed) {
      seed_ = seed;
      ref::Dice dice(seed);
      oneWorld(dice);
    }
  }

  const ref::FilterCoverage& coverage() const { return coverage_; }
  size_t quadruples() const { return quadruples_; }

 private:
  static constexpr int kFiltersOfAWorld = 8, kRequestsOfAFilter = 2;

  void oneWorld(ref::Dice& dice) {
    ref::World world = ref::randomWorld(dice);
    const bool far = dice.percent(2);  // around the border of the first two chunks
    for (int i = 0; i < (far ? 2 : kFiltersOfAWorld); ++i) {
      const ref::RandomFilter random = livelyFilter(dice, world);
      const auto program = compiled(dice, world, random);
      if (far) {
        oneFarFilter(dice, world, random, program);
      } else {
        oneFilter(dice, world, random, program);
      }
    }
  }

  /// A filter that lets through some and not others for a first request, if one is found soon.
  static ref::RandomFilter livelyFilter(ref::Dice& dice, const ref::World& world) {
    ref::RandomFilter random = ref::randomFilter(dice, world);
    for (int tries = 0; tries < 3; ++tries) {
      ref::Request request = ref::randomRequest(dice, world);
      request.parameters = ref::randomParameters(dice, random);
      ref::MetByTest met;
      const std::vector<bool> passes = ref::evaluate(random.filter, world, request, met).passes;
      if (passes.empty() || std::count(passes.begin(), passes.end(), passes[0]) != std::ssize(passes)) break;
      random = ref::randomFilter(dice, world);
    }
    return random;
  }

  /// Parse, print, check and compile; fails if anything is not as it should be.
  std::shared_ptr<const Program> compiled(ref::Dice& dice, const ref::World& world,
                                          const ref::RandomFilter& random) {
    ref::Styles styles;
    text_ = ref::randomText(dice, random, styles);
    canonical_ = print(random.filter);
    coverage_.addStyles(styles);
    coverage_.addFilter(random);
    INFO("seed " << seed_ << "\n" << text_ << "\n" << canonical_);
    for (const std::string& text : {text_, canonical_}) {
      sameTree(text, random.dialect, random.filter);
      sameTree(text, Dialect::kExtended, random.filter);
    }
    const CheckOptions options{random.dialect};
    const Analysis analysis = analyze(text_, world.fields, options);
    std::string errors;
    for (const Error& error : analysis.errors) errors += formatError(error, true) + "\n";
    REQUIRE(errors == "");
    auto program = compile(*analysis.filter, world.fields);
    if (!program) FAIL(formatError(program.error()));
    if ((*program)->canonical() != canonical_) FAIL((*program)->canonical());
    sameUses((*program)->uses(), random);
    return *program;
  }

  static void sameTree(const std::string& text, Dialect dialect, const Filter& tree) {
    const Parsed parsed = parse(text, dialect);
    if (!parsed.errors.empty()) FAIL(formatError(parsed.errors[0], true));
    if (!parsed.filter || !(*parsed.filter == tree)) {
      FAIL("another tree from " << text << ": " << (parsed.filter ? print(*parsed.filter) : "none"));
    }
  }

  static void sameUses(const Uses& uses, const ref::RandomFilter& random) {
    std::set<std::string> all, required;
    for (const auto& [name, use] : random.placeholders) {
      all.insert(name);
      if (use.required) required.insert(name);
    }
    if (uses.placeholders != all || uses.required != required) FAIL("other placeholders");
  }

  void oneFilter(ref::Dice& dice, const ref::World& world, const ref::RandomFilter& random,
                 const std::shared_ptr<const Program>& program) {
    const bool put = dice.percent(20);
    const auto index = ref::makeIndex(dice, world, program->entity(), 0, put);
    const auto prepared = PreparedFilter::prepare(program, index);
    if (!prepared) FAIL("seed " << seed_ << " " << text_ << ": " << formatError(prepared.error()));
    how_ = "as built";
    for (int i = 0; i < kRequestsOfAFilter; ++i) {
      const ref::Request request = oneRequest(dice, world, random);
      agree(dice, world, request, random, *prepared, 0);
    }
    if (put) afterRowsWerePut(dice, world, random, *prepared);
  }

  /// The same far from index 0: what lies before it has no values and no events, as has the last one.
  void oneFarFilter(ref::Dice& dice, ref::World world, const ref::RandomFilter& random,
                    const std::shared_ptr<const Program>& program) {
    resize(world, program->entity(), ref::candidates(world, program->entity()) + 2);
    const auto offset = static_cast<Index>(kChunkItems - ref::candidates(world, program->entity()) / 2);
    const auto index = ref::makeIndex(dice, world, program->entity(), offset, false);
    const auto prepared = PreparedFilter::prepare(program, index);
    if (!prepared) FAIL("seed " << seed_ << " " << text_ << ": " << formatError(prepared.error()));
    coverage_.add("request: second chunk");
    how_ = "in two chunks";
    agree(dice, world, oneRequest(dice, world, random), random, *prepared, offset);
  }

  ref::Request oneRequest(ref::Dice& dice, const ref::World& world, const ref::RandomFilter& random) {
    ref::Request request = ref::randomRequest(dice, world);
    request.parameters = ref::randomParameters(dice, random);
    readFilterValues(dice, request);
    if (!request.user) {
      coverage_.add("request: unknown user");
    } else {
      coverage_.add(request.user->events.empty() ? "request: user without events"
                                                 : "request: user with events");
    }
    if (request.item == world.items.size()) coverage_.add("request: unknown item");
    if (request.window > 0) coverage_.add("request: window");
    for (const auto& [name, use] : random.placeholders) {
      const auto found = request.parameters.find(name);
      if (found == request.parameters.end() && !use.required)
        coverage_.add("request: EXCLUDE without a value");
      if (found != request.parameters.end() && found->second.size() > 1)
        coverage_.add("request: several values");
    }
    return request;
  }

  /// The parameters as filterValues carry them are read back.
  void readFilterValues(ref::Dice& dice, const ref::Request& request) {
    std::map<std::string, std::string> texts;
    for (const auto& [name, values] : request.parameters) {
      if (values.empty()) return;
      texts[name] = ref::randomParameterText(dice, values);
    }
    if (texts.empty() || texts.size() > 25) return;
    const auto parameters = parseParameters(texts);
    for (const auto& [name, text] : texts) UNSCOPED_INFO(name << ": " << text);
    if (!parameters) FAIL(formatError(parameters.error()));
    const Parameters expected(request.parameters.begin(), request.parameters.end());
    if (*parameters != expected) FAIL("other parameters");
    coverage_.add("request: filterValues read");
  }

  static void resize(ref::World& world, Entity entity, size_t size) {
    if (entity == Entity::kItem) world.items.resize(size);
    if (entity == Entity::kAction) world.actions.resize(size);
    if (entity == Entity::kUser) world.users.resize(size);
  }

  void afterRowsWerePut(ref::Dice& dice, ref::World world, const ref::RandomFilter& random,
                        const PreparedFilter& before) {
    const Entity entity = before.program().entity();
    const DatasetFields& fields = entity == Entity::kItem   ? *world.fields.items
                                  : entity == Entity::kUser ? *world.fields.users
                                                            : *world.fields.actions;
    std::vector<ItemRow> rows;
    std::vector<Index> changed;
    for (int n = dice.between(1, 4); n > 0; --n) {
      const size_t size = ref::candidates(world, entity);
      const size_t at = dice.below(size + 3);
      resize(world, entity, std::max(size, at + 1));
      const ref::Row row = ref::randomRow(dice, fields);
      (entity == Entity::kItem     ? world.items[at]
       : entity == Entity::kAction ? world.actions[at]
                                   : world.users[at].attributes) = row;
      rows.push_back(ref::makeRow(dice, row, static_cast<Index>(at)));
      // Those that the index grows by may be named or not.
      if (at < before.items().size() || dice.percent(50)) changed.push_back(static_cast<Index>(at));
    }
    auto index = before.items().withRows(rows);
    if (dice.percent(30)) {
      const size_t size = ref::candidates(world, entity) + dice.below(5);
      resize(world, entity, size);
      index = index->grown(static_cast<Index>(size));
    }
    const auto after = before.refreshed(index, changed);
    if (!after) FAIL("seed " << seed_ << " " << text_ << ": " << formatError(after.error()));
    coverage_.add("request: rows put");
    how_ = "after rows were put";
    for (const Index item : changed) how_ += " " + std::to_string(item);
    agree(dice, world, oneRequest(dice, world, random), random, *after, 0);
  }

  /// One quadruple. `offset`: of the world's items in the index.
  void agree(ref::Dice& dice, const ref::World& world, const ref::Request& request,
             const ref::RandomFilter& random, const PreparedFilter& prepared, Index offset) {
    ++quadruples_;
    ref::MetByTest met;
    const ref::Opinion opinion = ref::evaluate(random.filter, world, request, met);
    coverage_.addEvaluation(random, world, met);
    ref::Inputs inputs(dice, world, request, prepared.program().entity(), offset);
    const auto resolved = prepared.resolve(inputs.situation());
    const std::string what = refusals(opinion, resolved);
    if (!what.empty()) disagree(what, request);
    const auto worded = prepared.resolveWords(inputs.situation(), words_);
    if (resolved.has_value() != worded.has_value()) disagree("resolve and resolveWords", request);
    if (!resolved) return coverage_.add("request: refused");
    std::vector<uint64_t> words;
    resolved->toWords(words);
    if (words != words_) disagree("resolve and resolveWords have other items", request);
    if (resolved->size() != offset + opinion.passes.size()) disagree("a set of another size", request);
    size_t passing = 0;
    for (size_t i = 0; i < opinion.passes.size(); ++i) {
      const Index item = offset + static_cast<Index>(i);
      passing += opinion.passes[i] ? 1 : 0;
      const bool look = resolved->contains(item) != opinion.passes[i] || dice.percent(3);
      if (look)
        explain(world, request, prepared, inputs, i, item, opinion.passes[i], resolved->contains(item));
    }
    for (Index item = 0; item < offset; ++item) {
      if (resolved->contains(item) != opinion.passes.back())
        disagree(fmt::format("item {}, far", item), request);
    }
    if (opinion.passes.empty()) return coverage_.add("request: no candidates");
    coverage_.add(passing == 0                       ? "request: nothing passes"
                  : passing == opinion.passes.size() ? "request: everything passes"
                                                     : "request: some pass");
  }

  static std::string refusals(const ref::Opinion& opinion, const Result<ItemSet>& resolved) {
    if (resolved && opinion.wrong.empty()) return {};
    if (resolved) return "the reference refuses $" + *opinion.wrong.begin() + ", the product does not";
    const Error& error = resolved.error();
    if (opinion.wrong.empty()) return "the product refuses what the reference takes: " + formatError(error);
    const bool named =
        error.field.starts_with("filterValues.") && opinion.wrong.contains(error.field.substr(13));
    if (error.code == ErrorCode::kInvalidInput && named) return {};
    return "the product refuses for another reason: " + formatError(error);
  }

  void explain(const ref::World& world, const ref::Request& request, const PreparedFilter& prepared,
               ref::Inputs& inputs, size_t i, Index item, bool expected, bool resolved) {
    const auto explanation = prepared.explain(item, inputs.situation());
    const bool explained = explanation && explanation->passes;
    if (explanation && explained == expected && resolved == expected) return;
    const Entity entity = prepared.program().entity();
    const ref::Row& row = entity == Entity::kItem     ? world.items[i]
                          : entity == Entity::kAction ? world.actions[i]
                                                      : world.users[i].attributes;
    disagree(fmt::format("item {} {}: reference {}, resolve {}, explain {} {}\n  of all rows, events{}", i,
                         show(row), expected, resolved, explained,
                         explanation ? show(*explanation) : formatError(explanation.error()),
                         entity == Entity::kUser ? show(world.users[i].events) : " of the request"),
             request);
  }

  void disagree(const std::string& what, const ref::Request& request) {
    FAIL("seed " << seed_ << "\n"
                 << text_ << "\n"
                 << canonical_ << "\n"
                 << how_ << ": " << what << "\n"
                 << show(request));
  }

  uint64_t seed_ = 0;
  std::string text_, canonical_, how_;
  size_t quadruples_ = 0;
  std::vector<uint64_t> words_;  // kept from one quadruple to the next, as ranking does
  ref::FilterCoverage coverage_;
};

uint64_t numberFrom(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

TEST_CASE("compiled filters agree with a naive reference on random quadruples") {
  const uint64_t seed = numberFrom("PROFFER_AGREEMENT_SEED", std::random_device{}());
  const uint64_t wanted = numberFrom("PROFFER_AGREEMENT_QUADRUPLES", kDefaultQuadruples);
  Agreement agreement;
  agreement.run(seed, wanted);
  const auto& coverage = agreement.coverage();
  const auto [rarest, times] = coverage.rarest();
  std::cout << "filters agree on " << agreement.quadruples() << " quadruples from seed " << seed
            << ": nothing passes " << coverage.count("request: nothing passes") << ", some "
            << coverage.count("request: some pass") << ", everything "
            << coverage.count("request: everything passes") << ", refused "
            << coverage.count("request: refused") << "; " << coverage.expected()
            << " productions, the rarest " << times << " times: " << rarest << std::endl;
  if (wanted < kDefaultQuadruples) return;
  std::string missing;
  for (const std::string& name : coverage.missing()) missing += "\n" + name;
  INFO("seed " << seed);
  CHECK(missing == "");
  CHECK(coverage.count("request: some pass") * 3 > agreement.quadruples());
}

}  // namespace agreement_test
