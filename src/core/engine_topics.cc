// Changes of topics. Each is checked on shard 0, one at a time, and given to the catalog's writer, which answers when every
// shard knows:
//
//   any shard    create_topic -> shard 0    create_topic_here -> CatalogWriter::change

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/crc32c.h"
#include "core/engine.h"
#include "core/engine_logs.h"
#include "core/group_coordinator.h"
#include "journal/log_id.h"

namespace koine::core {
namespace {

TopicId random_topic_id(io::Random& random) {
  TopicId id;
  random.fill(id.bytes);
  // RFC 9562 5.4: version 4, variant 10.
  id.bytes[6] = (id.bytes[6] & std::byte{0x0F}) | std::byte{0x40};
  id.bytes[8] = (id.bytes[8] & std::byte{0x3F}) | std::byte{0x80};
  return id;
}

std::unexpected<Error> no_topic(std::string_view name) {
  return fail(ErrorCode::not_found, fmt::format("topic {} does not exist", name));
}

// `base` with the settings whose bits are in `chosen` taken from `other`.
TopicSettings overlaid(TopicSettings base, const TopicSettings& other, std::uint32_t chosen) {
  const auto is_chosen = [&](unsigned bit) { return (chosen >> bit & 1U) != 0; };
  if (is_chosen(0)) base.retention_ms = other.retention_ms;
  if (is_chosen(1)) base.retention_bytes = other.retention_bytes;
  if (is_chosen(2)) base.message_bytes_max = other.message_bytes_max;
  if (is_chosen(3)) base.timestamp_source = other.timestamp_source;
  if (is_chosen(4)) base.timestamp_before_max_ms = other.timestamp_before_max_ms;
  if (is_chosen(5)) base.timestamp_after_max_ms = other.timestamp_after_max_ms;
  return base;
}

}  // namespace

TopicSettings Engine::with_defaults(const TopicSettings& settings,
                                    std::uint32_t settings_given) const {
  return overlaid(options_.topic_defaults, settings, settings_given);
}

Result<> Engine::check_partition_total(std::uint32_t added) const {
  const std::size_t total = catalog_.partition_count();
  if (added <= options_.partitions_total_max && total <= options_.partitions_total_max - added)
    return {};
  return fail(ErrorCode::too_large,
              fmt::format("{} partitions more than the {} that exist are over the limit of {}",
                          added, total, options_.partitions_total_max));
}

Result<> Engine::check_create(const TopicSpec& spec) const {
  if (!is_valid_topic_name(spec.name)) {
    return fail(ErrorCode::invalid_argument,
                "a topic's name has 1 to 249 characters of a-z, A-Z, 0-9, '.', '_' and '-', and is "
                "not \".\" or \"..\"");
  }
  if (catalog_.find(spec.name) != nullptr) {
    return fail(ErrorCode::already_exists, fmt::format("topic {} exists already", spec.name));
  }
  if (catalog_.routing().find_exchange({topics_virtual_host, spec.name}) != nullptr) {
    return fail(ErrorCode::already_exists,
                fmt::format("an exchange has the name {} already", spec.name));
  }
  if (spec.partition_count == 0) {
    return fail(ErrorCode::invalid_argument, "a topic has at least 1 partition");
  }
  TRY(check_settings(with_defaults(spec.settings, spec.settings_given)));
  return check_partition_total(spec.partition_count);
}

Result<> Engine::check_add_partitions(std::string_view name, std::uint32_t count) const {
  const TopicPtr topic = catalog_.find(name);
  if (topic == nullptr) return no_topic(name);
  if (count <= topic->partitions.size()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("topic {} has {} partitions; expected more, not {}", name,
                            topic->partitions.size(), count));
  }
  return check_partition_total(count - static_cast<std::uint32_t>(topic->partitions.size()));
}

Task<Result<TopicPtr>> Engine::create_topic(TopicSpec spec, IdempotentPiecePtr keyed) {
  co_return co_await runtime::call_on<Result<TopicPtr>>(
      shard_, first().shard_,
      [first = &first(), spec = std::move(spec), keyed = std::move(keyed)]() mutable {
        return first->create_topic_here(std::move(spec), std::move(keyed));
      });
}

Task<Result<>> Engine::delete_topic(std::string name, IdempotentPiecePtr keyed) {
  co_return co_await runtime::call_on<Result<>>(
      shard_, first().shard_,
      [first = &first(), name = std::move(name), keyed = std::move(keyed)]() mutable {
        return first->delete_topic_here(std::move(name), std::move(keyed));
      });
}

Task<Result<TopicPtr>> Engine::add_partitions(std::string name, std::uint32_t count,
                                              IdempotentPiecePtr keyed) {
  co_return co_await runtime::call_on<Result<TopicPtr>>(
      shard_, first().shard_,
      [first = &first(), name = std::move(name), count, keyed = std::move(keyed)]() mutable {
        return first->add_partitions_here(std::move(name), count, std::move(keyed));
      });
}

Task<Result<TopicPtr>> Engine::change_settings(std::string name, TopicSettings settings,
                                               std::uint32_t settings_given, std::uint32_t changed,
                                               IdempotentPiecePtr keyed) {
  co_return co_await runtime::call_on<Result<TopicPtr>>(
      shard_, first().shard_,
      [first = &first(), name = std::move(name), settings, settings_given, changed,
       keyed = std::move(keyed)]() mutable {
        return first->change_settings_here(std::move(name), settings, settings_given, changed,
                                           std::move(keyed));
      });
}

Task<Result<TopicPtr>> Engine::create_topic_here(TopicSpec spec, IdempotentPiecePtr keyed) {
  const runtime::Units turn = co_await topic_changes_.acquire(1);
  CO_TRY(check_create(spec));
  auto topic = std::make_shared<Topic>();
  topic->name = std::move(spec.name);
  do topic->id = random_topic_id(random_);
  while (catalog_.find(topic->id) != nullptr);
  topic->settings_given = spec.settings_given & all_settings;
  topic->settings = with_defaults(spec.settings, topic->settings_given);
  add_logs(*topic, spec.partition_count);
  CO_TRY(co_await catalog_writer_.change(PutTopic{topic}, std::move(keyed)));
  co_return topic;
}

Task<Result<>> Engine::delete_topic_here(std::string name, IdempotentPiecePtr keyed) {
  const runtime::Units turn = co_await topic_changes_.acquire(1);
  if (catalog_.find(name) == nullptr) co_return no_topic(name);
  CO_TRY(co_await catalog_writer_.change(RemoveTopic{name}, std::move(keyed)));
  Result<> outcome;
  for (Engine* engine : engines_) {
    auto forgotten = co_await runtime::call_on<Result<>>(
        shard_, engine->shard_, [engine, name] { return engine->groups_->remove_topic(name); });
    if (!forgotten) outcome = std::move(forgotten);
  }
  co_return outcome;
}

Task<Result<TopicPtr>> Engine::add_partitions_here(std::string name, std::uint32_t count,
                                                   IdempotentPiecePtr keyed) {
  const runtime::Units turn = co_await topic_changes_.acquire(1);
  CO_TRY(check_add_partitions(name, count));
  auto topic = std::make_shared<Topic>(*catalog_.find(name));
  add_logs(*topic, count - static_cast<std::uint32_t>(topic->partitions.size()));
  CO_TRY(co_await catalog_writer_.change(PutTopic{topic}, std::move(keyed)));
  co_return topic;
}

Task<Result<TopicPtr>> Engine::change_settings_here(std::string name, TopicSettings settings,
                                                    std::uint32_t settings_given,
                                                    std::uint32_t changed,
                                                    IdempotentPiecePtr keyed) {
  const runtime::Units turn = co_await topic_changes_.acquire(1);
  const TopicPtr before = catalog_.find(name);
  if (before == nullptr) co_return no_topic(name);
  auto topic = std::make_shared<Topic>(*before);
  const std::uint32_t kept = before->settings_given & ~changed;
  topic->settings_given = (kept | (settings_given & changed)) & all_settings;
  topic->settings = overlaid(before->settings, with_defaults(settings, settings_given), changed);
  CO_TRY(check_settings(topic->settings));
  CO_TRY(co_await catalog_writer_.change(PutTopic{topic}, std::move(keyed)));
  co_return topic;
}

std::uint64_t Engine::take_log_sequence(ShardId shard) {
  next_log_sequences_.resize(engines_.size());
  std::uint64_t& next = next_log_sequences_[shard.value()];
  next = std::max(next, catalog_.next_log_number(shard));
  return next++;
}

// Partition p of a topic lives on shard (hash + p) modulo the number of shards.
void Engine::add_logs(Topic& topic, std::uint32_t count) {
  const std::size_t first_shard = crc32c(as_bytes(topic.name)) % engines_.size();
  for (std::uint32_t n = 0; n < count; ++n) {
    const ShardId shard(
        static_cast<std::uint16_t>((first_shard + topic.partitions.size()) % engines_.size()));
    topic.partitions.push_back(partition_log_id(shard, take_log_sequence(shard)));
  }
}

void Engine::open_partitions(const TopicPtr& topic) {
  if (journal_ == nullptr) return;
  for (const LogId id : topic->partitions) {
    if (journal::shard_of(id) != shard_.id()) continue;
    if (const auto known = partition(id)) {
      known->set_topic(topic);
      continue;
    }
    partitions_.emplace(
        id, std::make_shared<Partition>(shard_, *journal_, journal_->ensure(id), topic,
                                        std::move(recovered_producers(id)), *topic_bindings_));
    recovered_producers_.erase(id);
  }
}

void Engine::remove_partitions(const Topic& topic) {
  for (const LogId id : topic.partitions) {
    const auto found = partitions_.find(id);
    if (found == partitions_.end()) continue;
    found->second->mark_removed();
    partitions_.erase(found);
    gate_.spawn(drop_soon(id));
  }
}

// If it fails (a full disk), drop_orphans finds the log again.
Task<void> Engine::drop_soon(LogId log) { (void)co_await drop_log(log); }

}  // namespace koine::core
