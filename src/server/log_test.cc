#include "server/log.h"

#include <gtest/gtest.h>

#include <vector>

namespace koine::server {
namespace {

class LineLoggerTest : public testing::Test {
 protected:
  LineLogger logger(LogFormat format = LogFormat::text, LogLevel level = LogLevel::info) {
    return {level, format, [this](std::string_view line) { lines_.emplace_back(line); },
            [this] { return now_; }};
  }

  std::vector<std::string> lines_;
  WallTimeMs now_ = 1'795'233'600'123;
};

TEST_F(LineLoggerTest, TextLines) {
  auto log = logger();
  log.info("kafka", "connection opened", {{"peer", "127.0.0.1:1"}, {"count", 3}, {"empty", ""}});
  EXPECT_EQ(lines_.at(0),
            "2026-11-21T04:00:00.123Z info kafka: connection opened peer=127.0.0.1:1 count=3 "
            "empty=\"\"\n");
}

TEST_F(LineLoggerTest, JsonLines) {
  auto log = logger(LogFormat::json);
  log.error("journal", "write failed", {{"reason", "no \"space\""}});
  EXPECT_EQ(lines_.at(0),
            R"({"time":"2026-11-21T04:00:00.123Z","level":"error","component":"journal",)"
            R"("message":"write failed","reason":"no \"space\""})"
            "\n");
}

TEST_F(LineLoggerTest, AValueCanNotForgeALineOrAField) {
  auto log = logger();
  log.info("kafka", "client", {{"id", "x\n2026 error"}, {"name", "a b=c"}});
  EXPECT_TRUE(lines_.at(0).ends_with("id=\"x\\n2026 error\" name=\"a b=c\"\n"));
}

TEST_F(LineLoggerTest, LinesBelowTheLevelAreDropped) {
  auto log = logger(LogFormat::text, LogLevel::warning);
  log.info("x", "info");
  log.debug("x", "debug");
  log.warning("x", "warning");
  log.error("x", "error");
  EXPECT_EQ(lines_.size(), 2U);
}

TEST_F(LineLoggerTest, WhatPeersCauseIsLimitedAndCounted) {
  auto log = logger();
  for (std::uint32_t i = 0; i < peer_lines_max + 5; ++i) log.peer("kafka", "bad frame");
  log.peer("kafka", "other sentence");
  log.warning("kafka", "bad frame");
  EXPECT_EQ(lines_.size(), peer_lines_max + 2);
  now_ += peer_window_ms;
  log.peer("kafka", "bad frame");
  EXPECT_TRUE(lines_.back().ends_with("kafka: bad frame suppressed=5\n"));
  log.peer("kafka", "bad frame");
  EXPECT_TRUE(lines_.back().ends_with("kafka: bad frame\n"));
}

TEST_F(LineLoggerTest, AClockThatWasSetBackStartsANewWindow) {
  auto log = logger(LogFormat::json);
  for (std::uint32_t i = 0; i <= peer_lines_max; ++i) log.peer("kafka", "bad frame");
  now_ -= 1;
  log.peer("kafka", "bad frame");
  EXPECT_TRUE(lines_.back().ends_with("\"suppressed\":1}\n"));
}

TEST(FormatTime, Before1970) { EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999Z"); }

}  // namespace
}  // namespace koine::server
