#include "cli/table.h"

#include <gtest/gtest.h>

namespace koine::cli {
namespace {

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({{"NAME"}, {"READY", Table::Align::right}, {"WHY"}});
  table.add({"München", "1", ""});
  table.add({"a", "123456", "x"});
  EXPECT_EQ(table.text(),
            "NAME      READY  WHY\n"
            "München       1\n"
            "a        123456  x\n");
}

TEST(Table, WithoutRowsHasItsTitles) { EXPECT_EQ(Table({{"A"}, {"B"}}).text(), "A  B\n"); }

}  // namespace
}  // namespace koine::cli
