// Logger: how every layer tells the operator what happened. Only the interface: server/ writes the lines.
//
//   log.warning("kafka", "connection closed", {{"peer", address}, {"reason", error.to_string()}});
//
// The sentence is a literal, lower case, without a full stop; what varies is in the fields. A line that a peer can
// cause at will goes through peer(): the same sentence is then written a few times a minute, and the rest counted.
// Thread-safe.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace koine {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct LogField {
  std::string_view name;
  std::string value;

  LogField(std::string_view field_name, std::string text)
      : name(field_name), value(std::move(text)) {}
  LogField(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, const char* text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, std::integral auto number)
      : name(field_name), value(std::to_string(number)) {}
};

enum class LogCause : std::uint8_t { ours, peer };

struct LogLine {
  LogLevel level = LogLevel::info;
  LogCause cause = LogCause::ours;
  std::string_view component;  // "kafka", "journal", ...
  std::string_view sentence;
  std::span<const LogField> fields;
};

class Logger {
 public:
  using Fields = std::initializer_list<LogField>;

  Logger() = default;
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;
  virtual ~Logger() = default;

  virtual bool is_enabled(LogLevel level) const = 0;
  virtual void write(const LogLine& line) = 0;

  void debug(std::string_view component, std::string_view sentence, Fields fields = {}) {
    log(LogLevel::debug, LogCause::ours, component, sentence, fields);
  }
  void info(std::string_view component, std::string_view sentence, Fields fields = {}) {
    log(LogLevel::info, LogCause::ours, component, sentence, fields);
  }
  void warning(std::string_view component, std::string_view sentence, Fields fields = {}) {
    log(LogLevel::warning, LogCause::ours, component, sentence, fields);
  }
  void error(std::string_view component, std::string_view sentence, Fields fields = {}) {
    log(LogLevel::error, LogCause::ours, component, sentence, fields);
  }
  // What a peer did: a warning, limited in rate.
  void peer(std::string_view component, std::string_view sentence, Fields fields = {}) {
    log(LogLevel::warning, LogCause::peer, component, sentence, fields);
  }

 private:
  void log(LogLevel level, LogCause cause, std::string_view component, std::string_view sentence,
           Fields fields) {
    if (!is_enabled(level)) return;
    write({level, cause, component, sentence, std::span(fields.begin(), fields.size())});
  }
};

}  // namespace koine
