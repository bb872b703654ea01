#include "controller/cli/table.h"

#include <algorithm>

#include "base/text.h"

namespace proffer::cli {
namespace {

constexpr std::string_view kGap = "   ";

size_t widthOf(std::string_view text) {
  return static_cast<size_t>(displayWidth(text));
}

// What a server or a file says must not move the cursor.
std::string printable(std::string_view text) {
  std::string out;
  for (const char letter : text)
    out += static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f ? ' ' : letter;
  return out;
}

// The longest beginning that takes at most `width` columns, never cut inside a letter.
std::string cut(std::string_view text, size_t width) {
  if (widthOf(text) <= width) return std::string(text);
  const size_t room = width > 3 ? width - 3 : 0;
  size_t end = 0;
  for (size_t i = 1; i <= text.size(); ++i) {
    const bool boundary = i == text.size() || (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (!boundary) continue;
    if (widthOf(text.substr(0, i)) > room) break;
    end = i;
  }
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace

Table::Table(std::vector<std::string> headers)
    : headers_(std::move(headers)), right_(headers_.size(), false) {}

void Table::alignRight(size_t column) {
  right_.at(column) = true;
}

void Table::add(std::vector<Cell> row) {
  row.resize(headers_.size());
  for (Cell& cell : row) cell.text = cell.text.empty() ? "-" : printable(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<size_t> Table::widths() const {
  std::vector<size_t> out(headers_.size());
  for (size_t column = 0; column < headers_.size(); ++column) out[column] = widthOf(headers_[column]);
  for (const auto& row : rows_)
    for (size_t column = 0; column < row.size(); ++column)
      out[column] = std::max(out[column], widthOf(row[column].text));
  return out;
}

void Table::printRow(Console& console, const std::vector<Cell>& row,
                     const std::vector<size_t>& widths) const {
  std::string line;
  size_t used = 0;
  for (size_t column = 0; column < row.size(); ++column) {
    const bool last = column + 1 == row.size();
    std::string text = row[column].text;
    const auto terminal = static_cast<size_t>(console.width);
    if (last && console.outIsTerminal && terminal > used + 10) text = cut(text, terminal - used);
    const size_t missing = widths[column] - std::min(widths[column], widthOf(text));
    if (right_[column]) line += std::string(missing, ' ');
    line += console.paint(row[column].colour, text);
    if (last) break;
    if (!right_[column]) line += std::string(missing, ' ');
    line += kGap;
    used += std::max(widths[column], widthOf(text)) + kGap.size();
  }
  console.out << line << '\n';
}

void Table::print(Console& console, bool headers) const {
  const std::vector<size_t> widths = this->widths();
  if (headers) printRow(console, {headers_.begin(), headers_.end()}, widths);
  for (const auto& row : rows_) printRow(console, row, widths);
}

void Table::printNew(Console& console) {
  if (printedWidths_.empty() && !rows_.empty()) {
    printedWidths_ = widths();
    printRow(console, {headers_.begin(), headers_.end()}, printedWidths_);
  }
  for (; printed_ < rows_.size(); ++printed_) {
    const auto& row = rows_[printed_];
    for (size_t column = 0; column < row.size(); ++column)
      printedWidths_[column] = std::max(printedWidths_[column], widthOf(row[column].text));
    printRow(console, row, printedWidths_);
  }
  console.out.flush();
}

}  // namespace proffer::cli
