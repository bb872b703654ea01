// The table of filters in cases/filters.txt: what is typed, beside its canonical form and the items that
// pass, or its errors. Run `test_dsl "[print-cases]"` to print the file with what the program answers now.
#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/text.h"
#include "dsl/parse.h"
#include "dsl/print.h"
#include "small_catalogue.h"

namespace cases_test {

using namespace proffer;
using namespace proffer::dsl;

namespace {

struct Case {
  std::string reason;
  std::string dialect = "both";
  std::string with;
  std::string text;
  std::vector<std::string> answer;
  int line = 0;
};

// Paragraphs: "# reason", optional "dialect:" and "with:", the expression (further lines begin with two
// blanks), and the answer: "canonical:", "items:" or "error:" lines.
std::vector<Case> readCases(std::istream& in) {
  std::vector<Case> cases;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("##") || line.empty()) continue;
    if (line.starts_with("# ")) {
      cases.emplace_back().reason = line.substr(2);
      cases.back().line = number;
    } else if (line.starts_with("dialect: ")) {
      cases.back().dialect = line.substr(9);
    } else if (line.starts_with("with: ")) {
      cases.back().with = line.substr(6);
    } else if (line.starts_with("canonical: ") || line.starts_with("items:") || line.starts_with("error: ")) {
      cases.back().answer.push_back(line);
    } else {
      std::string& text = cases.back().text;
      text += (text.empty() ? "" : "\n") + line;
    }
  }
  return cases;
}

std::vector<Case> readCases() {
  std::ifstream in(PROFFER_SOURCE_DIR "/tests/dsl/cases/filters.txt");
  REQUIRE(in);
  return readCases(in);
}

// The blocks of the reference that are fenced as ```filter, on the lines where they stand.
std::vector<Case> documentedCases() {
  std::ifstream in(PROFFER_SOURCE_DIR "/docs/filter-language.md");
  REQUIRE(in);
  std::stringstream blocks;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) inside = line == "```filter";
    blocks << (inside && !line.starts_with("```") ? line : "") << "\n";
  }
  return readCases(blocks);
}

// The rows of the reference's table of filters for every day: what for, expression, request, items.
std::vector<Case> everydayCases() {
  std::ifstream in(PROFFER_SOURCE_DIR "/docs/filter-language.md");
  REQUIRE(in);
  std::vector<Case> cases;
  const auto code = [](const std::string& cell) {
    const std::string_view text = trim(cell);
    return std::string(text.starts_with('`') ? text.substr(1, text.size() - 2) : text);
  };
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("## ")) inside = line == "## Ten filters you will want";
    if (!inside || !line.starts_with("| ") || line.starts_with("| ---") || line.starts_with("| to show"))
      continue;
    const std::vector<std::string> cells = split(line, '|');
    REQUIRE(cells.size() >= 5);
    Case& one = cases.emplace_back();
    one.reason = trim(cells[1]);
    one.dialect = "extended";
    one.text = code(cells[2]);
    one.with = code(cells[3]);
    one.answer = {"items: " + std::string(trim(cells[4]))};
    one.line = number;
  }
  return cases;
}

struct Asked {
  Situation situation;
  std::map<std::string, std::string> filterValues;
};

// "user=ann; item=3; window=2; $G="Comedy","Drama""
Asked asked(const std::string& with) {
  Asked asked;
  asked.situation.now = small::kNow;
  asked.situation.histories = &small::histories();
  for (const std::string& part : split(with, ';')) {
    const std::string_view setting = trim(part);
    const size_t equals = setting.find('=');
    const std::string_view name = setting.substr(0, equals), value = setting.substr(equals + 1);
    if (name == "user") {
      asked.situation.history = small::history(value);
      asked.situation.actionHistory = small::actionHistory(value);
      asked.situation.user = small::attributes(value);
    } else if (name == "item") {
      asked.situation.currentItem = static_cast<Index>(std::stoul(std::string(value)));
    } else if (name == "window") {
      asked.situation.interactionWindow = asked.situation.actionInteractionWindow =
          std::stoul(std::string(value));
    } else if (name.starts_with('$')) {
      asked.filterValues[std::string(name.substr(1))] = value;
    } else {
      FAIL("unknown setting " << name);
    }
  }
  return asked;
}

std::string errorLine(const Error& error) {
  std::string line = "error: ";
  if (error.position.known()) line += fmt::format("{}:{}: ", error.position.line, error.position.column);
  if (!error.field.empty()) line += error.field + ": ";
  line += error.message;
  return error.hint.empty() ? line : line + " (" + error.hint + ")";
}

std::string itemsLine(const PreparedFilter& prepared, const Situation& situation) {
  const Result<ItemSet> set = prepared.resolve(situation);
  if (!set) return errorLine(set.error());
  std::vector<uint64_t> words, quicker;
  set->toWords(words);
  REQUIRE(prepared.resolveWords(situation, quicker));
  CHECK(words == quicker);
  std::string line = "items:";
  for (const Index item : set->members()) line += " " + std::to_string(item);
  // What is told of one item agrees.
  for (Index item = 0; item < prepared.items().size(); ++item) {
    const Result<Explanation> explanation = prepared.explain(item, situation);
    REQUIRE(explanation);
    INFO("item " << item << ": " << explanation->reason);
    CHECK(explanation->passes == set->contains(item));
  }
  return line;
}

std::vector<std::string> answer(const Case& one, Dialect dialect) {
  const Analysis analysis = analyze(one.text, small::fields(), {dialect, 0});
  std::vector<std::string> lines;
  for (const Error& error : analysis.errors) lines.push_back(errorLine(error));
  if (!analysis.filter) return lines;
  const std::string canonical = print(*analysis.filter);
  if (canonical != one.text) lines.push_back("canonical: " + canonical);
  const Parsed again = parse(canonical, dialect);
  REQUIRE(again.errors.empty());
  CHECK(*again.filter == *analysis.filter);
  const auto program = compile(*analysis.filter, small::fields());
  REQUIRE(program);
  const auto index = (*program)->entity() == Entity::kItem   ? small::items()
                     : (*program)->entity() == Entity::kUser ? small::users()
                                                             : small::actions();
  const auto prepared = PreparedFilter::prepare(*program, index);
  REQUIRE(prepared);
  Asked question = asked(one.with);
  const Result<Parameters> parameters = parseParameters(question.filterValues);
  if (!parameters) {
    lines.push_back(errorLine(parameters.error()));
    return lines;
  }
  question.situation.parameters = &*parameters;
  lines.push_back(itemsLine(*prepared, question.situation));
  return lines;
}

std::vector<Dialect> dialectsOf(const Case& one) {
  if (one.dialect == "personalize") return {Dialect::kPersonalize};
  if (one.dialect == "extended") return {Dialect::kExtended};
  REQUIRE(one.dialect == "both");
  return {Dialect::kPersonalize, Dialect::kExtended};
}

}  // namespace

TEST_CASE("the table of filters") {
  const std::vector<Case> cases = readCases();
  CHECK(cases.size() >= 250);
  for (const Case& one : cases) {
    for (const Dialect dialect : dialectsOf(one)) {
      INFO("cases/filters.txt:" << one.line << ": " << one.reason << "\n" << one.text);
      CHECK(answer(one, dialect) == one.answer);
    }
  }
}

TEST_CASE("the worked examples of docs/filter-language.md") {
  const std::vector<Case> everyday = everydayCases();
  CHECK(everyday.size() == 10);
  std::vector<Case> cases = documentedCases();
  CHECK(cases.size() >= 20);
  cases.insert(cases.end(), everyday.begin(), everyday.end());
  for (const Case& one : cases) {
    for (const Dialect dialect : dialectsOf(one)) {
      INFO("docs/filter-language.md:" << one.line << ": " << one.reason << "\n" << one.text);
      CHECK(answer(one, dialect) == one.answer);
    }
  }
}

TEST_CASE("print the table of filters as it is answered", "[.][print-cases]") {
  for (const Case& one : readCases()) {
    const std::vector<Dialect> dialects = dialectsOf(one);
    const bool differ = answer(one, dialects.front()) != answer(one, dialects.back());
    for (const Dialect dialect : dialects) {
      if (!differ && dialect != dialects.front()) continue;
      std::cout << "# " << one.reason << "\n";
      if (differ || dialects.size() == 1)
        std::cout << "dialect: " << (dialect == Dialect::kPersonalize ? "personalize" : "extended") << "\n";
      if (!one.with.empty()) std::cout << "with: " << one.with << "\n";
      std::cout << one.text << "\n";
      for (const std::string& line : answer(one, dialect)) std::cout << line << "\n";
      std::cout << "\n";
    }
  }
}

}  // namespace cases_test
