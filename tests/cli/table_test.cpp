#include "controller/cli/table.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "base/clock.h"

namespace proffer::cli::table_test {
namespace {

struct Screen {
  std::stringstream in, out, err;
  SystemClock clock;
  Console console{.in = in, .out = out, .err = err, .clock = clock, .environment = [](std::string_view) {
                    return std::optional<std::string>();
                  }};
};

TEST_CASE("columns are aligned by what letters take on the screen") {
  Screen screen;
  Table table({"NAME", "ROWS", "TITLE"});
  table.alignRight(1);
  table.add({"a", "1,000", "七人の侍"});
  table.add({"七人の侍", "7", "short"});
  table.add({"Amélie", "", ""});
  table.print(screen.console);
  CHECK(screen.out.str() ==
        "NAME        ROWS   TITLE\n"
        "a          1,000   七人の侍\n"
        "七人の侍       7   short\n"
        "Amélie         -   -\n");
}

TEST_CASE("a last column too wide for a terminal is cut, never inside a letter") {
  Screen screen;
  screen.console.outIsTerminal = true;
  screen.console.width = 24;
  Table table({"NAME", "MESSAGE"});
  table.add({"a", "七人の侍七人の侍七人の侍"});
  table.add({"b", "no sources\nat all\x1b[2J, really none"});
  table.print(screen.console);
  CHECK(screen.out.str() ==
        "NAME   MESSAGE\n"
        "a      七人の侍七人の...\n"
        "b      no sources at ...\n");
}

TEST_CASE("colours are for terminals that want them") {
  Screen screen;
  Table table({"READY"});
  table.add({Cell("True", Colour::kGreen)});
  table.print(screen.console);
  CHECK(screen.out.str() == "READY\nTrue\n");
  screen.out.str("");
  screen.console.colours = true;
  table.print(screen.console);
  CHECK(screen.out.str() == "READY\n\x1b[32mTrue\x1b[0m\n");
}

TEST_CASE("rows added while watching are printed once, under one header") {
  Screen screen;
  Table table({"NAME", "READY"});
  table.printNew(screen.console);
  CHECK(screen.out.str().empty());
  table.add({"long-name", "False"});
  table.printNew(screen.console);
  table.add({"a", "True"});
  table.printNew(screen.console);
  CHECK(screen.out.str() ==
        "NAME        READY\n"
        "long-name   False\n"
        "a           True\n");
}

}  // namespace
}  // namespace proffer::cli::table_test
