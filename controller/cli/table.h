// Columns of text, aligned by what they take on the screen.
//
// A plain value; one thread at a time.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "controller/cli/console.h"

namespace proffer::cli {

struct Cell {
  std::string text;
  Colour colour = Colour::kNone;

  Cell() = default;
  Cell(std::string textIn, Colour colourIn = Colour::kNone) : text(std::move(textIn)), colour(colourIn) {}
  Cell(const char* textIn) : text(textIn) {}
};

class Table {
 public:
  explicit Table(std::vector<std::string> headers);
  /// Columns at the right edge: numbers.
  void alignRight(size_t column);
  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  /// Three spaces between columns, none after the last. Without a header line if `headers` is false. Where
  /// the console is a terminal a last column too wide for it is cut with "...", so that a row stays a line.
  void print(Console& console, bool headers = true) const;
  /// The rows not printed yet, under the widths of the first print: for watching.
  void printNew(Console& console);

 private:
  std::vector<size_t> widths() const;
  void printRow(Console& console, const std::vector<Cell>& row, const std::vector<size_t>& widths) const;

  std::vector<std::string> headers_;
  std::vector<bool> right_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<size_t> printedWidths_;
  size_t printed_ = 0;
};

}  // namespace proffer::cli
