// Table: rows for people, in columns that are as wide as they need to be.
//
//   NAME   READY  UNSETTLED
//   email     12          3
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace koine::cli {

class Table {
 public:
  enum class Align : std::uint8_t { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // A cell for each column.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // With a line for the titles; no spaces at the ends of lines.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace koine::cli
