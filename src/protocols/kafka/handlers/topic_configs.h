// The settings of a topic as Kafka names and writes them: the one table from which they are described, checked and set.
// Pure functions over core::TopicSettings.
//
// Two kinds. A *setting* is a field of TopicSettings, which core/ enforces. A *fact* can't be chosen: it is listed with
// the value that is true here, and setting it is accepted if that value, or a weaker demand which is met anyway, is asked
// for; any other value is refused by name. So nothing is accepted and then ignored, and tools that send Kafka's
// defaults work.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "core/engine.h"
#include "core/topic.h"

namespace koine::kafka {

// DescribeConfigsResponse's config_type.
enum class ConfigType : std::int8_t {
  boolean = 1,
  string = 2,
  int32 = 3,
  int64 = 5,
  list = 7,
};

struct Setting64 {
  std::int64_t core::TopicSettings::* field;
  std::int64_t least;
};

struct Setting32 {
  std::int32_t core::TopicSettings::* field;
  std::int32_t least;
  std::int32_t most;
};

struct TimestampSetting {};

struct Fact {
  std::string (*value)(const core::EngineOptions&);
  // Kafka's default where that is met too; empty: it is the same.
  std::string_view also_met = "";
  // Every larger number is a weaker demand.
  bool larger_is_weaker = false;
};

struct TopicConfig {
  std::string_view name;
  // The broker's setting from which topics without their own take it; empty: none.
  std::string_view broker_name;
  ConfigType type;
  std::variant<Setting64, Setting32, TimestampSetting, Fact> kind;
  // A setting's bit in Topic::settings_given.
  std::uint32_t bit;
  std::string_view documentation;

  bool is_fact() const { return std::holds_alternative<Fact>(kind); }
};

std::span<const TopicConfig> topic_configs();

// Null: not a setting that Koine knows.
const TopicConfig* find_topic_config(std::string_view name);

std::string value_of(const TopicConfig& config, const core::TopicSettings& settings,
                     const core::EngineOptions& options);

// A change of a topic's settings, in the form that Engine takes. Errors (of all): invalid_argument, with a sentence that
// names the setting, what was found and what is expected.
class TopicConfigChange {
 public:
  explicit TopicConfigChange(const core::EngineOptions& options) : options_(options) {}

  Result<> set(std::string_view name, const std::optional<std::string>& value);
  // Back to the default.
  Result<> reset(std::string_view name);
  // Adds to and takes from a setting that is a list.
  Result<> append(std::string_view name, const std::optional<std::string>& value);
  Result<> subtract(std::string_view name, const std::optional<std::string>& value);
  // What is not set after this goes back to its default.
  void reset_all() { changed_ = core::all_settings; }

  const core::TopicSettings& settings() const { return settings_; }
  std::uint32_t given() const { return given_; }
  std::uint32_t changed() const { return changed_; }

 private:
  enum class ListOperation : std::uint8_t { append, subtract };
  Result<> edit_list(std::string_view name, const std::optional<std::string>& value,
                     ListOperation operation);

  const core::EngineOptions& options_;
  core::TopicSettings settings_;
  std::uint32_t given_ = 0;
  std::uint32_t changed_ = 0;
};

}  // namespace koine::kafka
