// Catalog: what exists and where. The list of topics, copied to every shard so that routing never leaves a shard.
//
// Shard 0 owns it: a change is committed to shard 0's journal, applied there, and then sent to every other shard;
// the caller gets its answer when all shards know. Others only read their copy. Entry format: see catalog.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "core/topic.h"

namespace koine::core {

// Immutable: a change replaces the topic.
using TopicPtr = std::shared_ptr<const Topic>;

// One durable change, also what is sent to the other shards.
struct CatalogChange {
  enum class Kind : std::uint8_t { put_topic = 1, remove_topic = 2 };
  Kind kind = Kind::put_topic;
  TopicPtr topic;
  // The next log number of each shard that this change used up (journal::number_of), for never giving one out twice.
  std::vector<std::uint64_t> next_log_numbers;

  std::vector<std::byte> encode() const;
  // Errors: corrupt.
  static Result<CatalogChange> decode(ByteView bytes);
};

class Catalog {
 public:
  TopicPtr find(std::string_view name) const;
  TopicPtr find(const TopicId& id) const;
  // The topic that a log belongs to, or null.
  TopicPtr owner_of(LogId log) const;
  // Sorted by name.
  const std::map<std::string, TopicPtr, std::less<>>& topics() const { return topics_; }

  void apply(const CatalogChange& change);

  // The number that the next log on the shard gets.
  std::uint64_t next_log_number(ShardId shard) const;
  // Over all topics.
  std::size_t partition_count() const { return by_log_.size(); }

  std::vector<std::byte> save() const;
  // Replaces everything. Errors: corrupt.
  Result<> restore(ByteView saved);

 private:
  void put(const TopicPtr& topic);
  void remove(const Topic& topic);

  std::map<std::string, TopicPtr, std::less<>> topics_;
  std::map<TopicId, TopicPtr> by_id_;
  std::unordered_map<LogId, TopicPtr> by_log_;
  std::vector<std::uint64_t> next_log_numbers_;  // by shard
};

}  // namespace koine::core
