#include "server/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.h"

namespace koine::server {

namespace {

// Sentences are literals, so there are fewer kinds; what would be more shares one window.
constexpr std::size_t windows_max = 1000;

bool needs_quotes(std::string_view text) {
  return text.empty() || std::ranges::any_of(text, [](char c) {
           const auto number = static_cast<unsigned char>(c);
           return number <= ' ' || number >= 0x7F || c == '"' || c == '\\' || c == '=';
         });
}

void append_text(std::string& out, const LogLine& line, std::uint64_t suppressed) {
  out +=
      fmt::format(" {} {}: {}", name_of(line.level), line.component, json_escaped(line.sentence));
  for (const LogField& field : line.fields) {
    out += fmt::format(" {}={}", field.name,
                       needs_quotes(field.value) ? json_string(field.value) : field.value);
  }
  if (suppressed > 0) out += fmt::format(" suppressed={}", suppressed);
}

void append_json(std::string& out, const LogLine& line, std::uint64_t suppressed) {
  out += fmt::format(R"(,"level":"{}","component":{},"message":{})", name_of(line.level),
                     json_string(line.component), json_string(line.sentence));
  for (const LogField& field : line.fields) {
    out += fmt::format(",{}:{}", json_string(field.name), json_string(field.value));
  }
  if (suppressed > 0) out += fmt::format(R"(,"suppressed":{})", suppressed);
  out += '}';
}

}  // namespace

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "unknown";
}

std::string format_time(WallTimeMs time) {
  const std::chrono::sys_time<std::chrono::milliseconds> point{std::chrono::milliseconds(time)};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(point);
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (point - seconds).count());
}

std::string format_line(LogFormat format, WallTimeMs time, const LogLine& line,
                        std::uint64_t suppressed) {
  std::string out;
  if (format == LogFormat::text) {
    out = format_time(time);
    append_text(out, line, suppressed);
  } else {
    out = fmt::format(R"({{"time":"{}")", format_time(time));
    append_json(out, line, suppressed);
  }
  return out;
}

LineLogger::LineLogger(LogLevel level, LogFormat format,
                       std::function<void(std::string_view)> write_line,
                       std::function<WallTimeMs()> clock)
    : level_(level),
      format_(format),
      write_line_(std::move(write_line)),
      clock_(std::move(clock)) {}

std::optional<std::uint64_t> LineLogger::admit(const LogLine& line, WallTimeMs now) {
  if (line.cause == LogCause::ours) return 0;
  auto found = windows_.find(line.sentence);
  if (found == windows_.end()) {
    const std::string_view key = windows_.size() < windows_max ? line.sentence : "";
    found = windows_.emplace(key, Window{.since = now}).first;
  }
  Window& window = found->second;
  // Also when the clock was set back.
  if (now - window.since >= peer_window_ms || now < window.since) {
    return std::exchange(window, {.since = now, .lines = 1}).suppressed;
  }
  if (window.lines == peer_lines_max) {
    ++window.suppressed;
    return std::nullopt;
  }
  ++window.lines;
  return 0;
}

void LineLogger::write(const LogLine& line) {
  const std::lock_guard lock(mutex_);
  const WallTimeMs now = clock_();
  const auto suppressed = admit(line, now);
  if (!suppressed) return;
  write_line_(format_line(format_, now, line, *suppressed) + '\n');
}

void write_to_standard_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    // Nobody is left to be told that the log can't be written.
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace koine::server
