// RecordPublish: turns the messages of a batch that are for topics into record batches: of those for the same partition one, if
// its topic allows one so large. The form of the records: core/message_record.h.
//
// The entries go into the journal with those of the queues (QueuePublish), in one append. Reused: keeps its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "core/batch_builder.h"
#include "core/message_record.h"
#include "core/partition.h"
#include "core/queues/publish_batch.h"
#include "core/queues/queue_publish.h"
#include "journal/journal.h"

namespace koine::core {

class RecordPublish {
 public:
  // Null: no such partition here.
  using Find = std::function<std::shared_ptr<Partition>(LogId)>;

  // The records of those messages that were not refused for all; the entries view this object, until clear().
  Result<std::span<const journal::Append>> plan(const PublishBatch& batch,
                                                QueuePublish::Range range,
                                                std::span<const std::uint32_t> rejected,
                                                WallTimeMs now_ms, const Find& find);
  void clear();

 private:
  struct Draft {
    std::shared_ptr<Partition> partition;
    BatchBuilder builder;
  };
  struct Ready {
    std::shared_ptr<Partition> partition;
    Bytes batch;
    std::uint32_t record_count = 0;
    journal::Part part;
  };

  Result<> add(const PublishBatch& batch, const PublishBatch::Item& item, const Find& find);
  Draft* draft_for(LogId target, const Find& find);
  Result<> finish(Draft& draft);
  Result<std::span<const journal::Append>> entries();

  WallTimeMs now_ms_ = 0;
  std::vector<Draft> drafts_;
  std::vector<Ready> ready_;
  std::vector<journal::Append> entries_;
  RecordOfMessage record_;
};

}  // namespace koine::core
