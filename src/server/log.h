// LineLogger: log lines as text or JSON, by default on standard error.
//
//   2026-11-21T04:00:00.123Z warning kafka: connection closed peer=127.0.0.1:51234 reason="not a frame"
//   {"time":"2026-11-21T04:00:00.123Z","level":"warning","component":"kafka","message":"connection closed",...}
//
// Thread-safe; a line is written in one piece. Nothing that a peer sends can end a line or forge a field: control
// characters are escaped, and bytes that are not UTF-8 replaced. Sentences caused by peers are limited to
// peer_lines_max per peer_window_ms each; the next window's first line says how many were left out ("suppressed").
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/units.h"

namespace koine::server {

enum class LogFormat : std::uint8_t { text, json };

// Enough to see what is going on, too little to fill a disk: 10 lines in 10 seconds for each sentence.
inline constexpr std::uint32_t peer_lines_max = 10;
inline constexpr WallTimeMs peer_window_ms = 10'000;

std::string_view name_of(LogLevel level);

class LineLogger final : public Logger {
 public:
  // `write_line` gets a line with its newline; `clock` gives the wall clock. Both are called under a lock.
  LineLogger(LogLevel level, LogFormat format, std::function<void(std::string_view)> write_line,
             std::function<WallTimeMs()> clock);

  bool is_enabled(LogLevel level) const override { return level >= level_; }
  void write(const LogLine& line) override;

 private:
  struct Window {
    WallTimeMs since = 0;
    std::uint32_t lines = 0;
    std::uint64_t suppressed = 0;
  };

  // How many lines like it were left out before; nothing: leave this one out, too.
  std::optional<std::uint64_t> admit(const LogLine& line, WallTimeMs now);

  LogLevel level_;
  LogFormat format_;
  std::function<void(std::string_view)> write_line_;
  std::function<WallTimeMs()> clock_;
  std::mutex mutex_;
  std::map<std::string, Window, std::less<>> windows_;  // by sentence
};

// A line without its newline. `suppressed` is left out when it is 0.
std::string format_line(LogFormat format, WallTimeMs time, const LogLine& line,
                        std::uint64_t suppressed);

// "2026-11-21T04:00:00.123Z"
std::string format_time(WallTimeMs time);

// In one write(2), as a line of a log that several processes may share.
void write_to_standard_error(std::string_view text);

}  // namespace koine::server
