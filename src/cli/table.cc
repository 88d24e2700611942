#include "cli/table.h"

#include <algorithm>

namespace koine::cli {

namespace {

// As it looks: a character of UTF-8 is one place wide.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t n = 0; n < columns_.size(); ++n) {
    widths.push_back(width_of(columns_[n].title));
    for (const auto& row : rows_) widths[n] = std::max(widths[n], width_of(row[n]));
  }
  std::string text;
  const auto add_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t n = 0; n < columns_.size(); ++n) {
      const std::string& cell = cell_of(n);
      const std::string padding(widths[n] - width_of(cell), ' ');
      if (n > 0) line += "  ";
      line += columns_[n].align == Align::right ? padding + cell : cell + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add_line([&](std::size_t n) -> const std::string& { return columns_[n].title; });
  for (const auto& row : rows_) {
    add_line([&](std::size_t n) -> const std::string& { return row[n]; });
  }
  return text;
}

}  // namespace koine::cli
