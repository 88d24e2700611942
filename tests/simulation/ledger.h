// Ledger: what the clients know: everything that was sent, what was answered, and what a reader has seen. It is the
// checker's memory over all lives of the server; a violation of a promise is a sentence in violations().
//
// Batches carry their number as the key of their first record, so that each can be recognized where it is found.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "core/topic.h"

namespace koine::simulation {

using BatchNumber = std::uint64_t;

// A plain one is sent once; an idempotent one again and again until it is answered.
struct SentBatch {
  LogId log;
  Bytes bytes;
  std::uint32_t record_count = 0;
  std::optional<Offset> acknowledged;
  std::optional<Offset> seen;  // by a reader
};

// What is known of one partition of one topic; it goes with the topic.
struct PartitionLedger {
  core::TopicId topic_id;
  std::string topic;
  std::map<Offset, BatchNumber> known;  // acknowledged or seen, by base offset
  Offset start_requested{0};            // records below may be gone
  Offset start_acknowledged{0};         // records below must be gone
  bool gone = false;                    // was found deleted
};

// A partition as it was read.
struct FoundBatch {
  Offset base_offset;
  Bytes body;
};
struct FoundPartition {
  Offset start;
  Offset high_watermark;
  std::vector<FoundBatch> batches;
};

// A group's offset for one partition: each attempt is larger than the one before.
struct GroupOffsetLedger {
  std::int64_t attempted = 0;
  std::int64_t acknowledged = 0;
};

// What a topic may be: after an unanswered change there are several possibilities.
struct TopicState {
  bool exists = false;
  std::optional<core::TopicId> id;  // not known before the creation was answered
  std::vector<LogId> logs;          // those that are known
  std::uint32_t partition_count = 0;
  std::int64_t retention_bytes = core::unlimited;
};

class Ledger {
 public:
  void violation(std::string sentence) { violations_.push_back(std::move(sentence)); }
  const std::vector<std::string>& violations() const { return violations_; }

  // Records.
  BatchNumber next_batch_number() const { return batches_.size(); }
  void sending(LogId log, Bytes bytes, std::uint32_t record_count);
  const SentBatch& batch(BatchNumber number) const { return batches_[number]; }
  void acknowledged(BatchNumber number, Offset base_offset);
  PartitionLedger& partition(LogId log, const core::Topic& topic);
  const std::map<LogId, PartitionLedger>& partitions() const { return partitions_; }
  // A batch that a reader got.
  void saw(LogId log, const FoundBatch& found);
  // All of a partition, when nothing changes it.
  void check_partition(LogId log, const FoundPartition& read);
  void check_absent(LogId log);

  // Topics. `deleting` before the request.
  void deleting(const core::TopicId& id) { deleting_.insert(id); }
  std::vector<TopicState>& topic(const std::string& name) { return topics_[name]; }
  const std::map<std::string, std::vector<TopicState>>& topics() const { return topics_; }
  // The topic as the catalog has it (null: not there); what it is becomes the only possibility.
  void check_topic(const std::string& name, const core::Topic* found);
  // The same after a refusal: what was refused may still come to light in a later life. What it is now comes last.
  void find_topic(const std::string& name, const core::Topic* found);
  // Before records may be given up because of it.
  void note_retention(const core::TopicId& id, std::int64_t retention_bytes);

  // Groups and producer ids.
  std::map<std::string, GroupOffsetLedger>& group_offsets() { return group_offsets_; }
  void check_group_offset(const std::string& group, std::optional<std::int64_t> found);
  void got_producer_id(ProducerId id);

  // Canary: from now on the readers' view misses one acknowledged batch.
  void plant_a_lost_batch() { loses_a_batch_ = true; }

 private:
  std::optional<BatchNumber> recognize(LogId log, const FoundBatch& found);
  void check_start(LogId log, const PartitionLedger& ledger, const FoundPartition& found);
  void check_sequences(LogId log, const FoundPartition& found);

  std::vector<std::string> violations_;
  std::vector<SentBatch> batches_;
  std::map<LogId, PartitionLedger> partitions_;
  std::map<std::string, std::vector<TopicState>> topics_;
  std::set<core::TopicId> deleting_;
  std::map<core::TopicId, std::int64_t>
      retention_bytes_min_;  // the smallest that was ever asked for
  std::map<std::string, GroupOffsetLedger> group_offsets_;
  std::set<ProducerId> producer_ids_;
  bool loses_a_batch_ = false;
};

}  // namespace koine::simulation
