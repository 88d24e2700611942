// TopicReader: reads a topic record by record, from any shard, for protocols that deliver records one by one: event streams,
// WebSocket, long polls, AMQP's streams.
//
//   TopicReader reader(engine, topic, partitions);
//   CO_TRY(co_await reader.seek(start));
//   while (...) {
//     CO_TRY(const auto taken, co_await reader.read(sink, bytes_max));      as many as the sink has room for
//     if (taken == 0) co_await reader.wait(interruption, deadline);         no more there now
//   }
//
// The one who reads decides the pace: between two reads the reader holds offsets, no data, so a thousand readers that wait
// or can't keep up cost their objects. Partitions take turns; within one the order is that of its offsets. A reader of all
// partitions also reads those that are added later.
//
// One shard; the engine outlives it. Not while a read or a wait is under way: any other call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "base/units.h"
#include "core/record_reader.h"
#include "core/topic.h"
#include "core/topic_position.h"
#include "runtime/signal.h"

namespace koine::core {

class Engine;

// Where to begin.
struct ReadStart {
  enum class At : std::uint8_t { start, end, time, position };
  At at = At::end;
  WallTimeMs time_ms = 0;  // the first record that is at least as late, in each partition
  TopicPosition position;  // a partition that is not named is read from its start
};

// What is read, one at a time; called on the reader's shard.
class RecordSink {
 public:
  RecordSink() = default;
  RecordSink(const RecordSink&) = delete;
  RecordSink& operator=(const RecordSink&) = delete;
  virtual ~RecordSink() = default;

  enum class Next : bool { stop, go_on };
  // The record's memory ends with the call. It is taken, whatever is returned; stop: no more in this read. The reader's
  // position() is the one after this record already.
  virtual Next take(PartitionId partition, const Record& record) = 0;
};

class TopicReader {
 public:
  // No partitions: all of them. Those that are named exist.
  TopicReader(Engine& here, TopicPtr topic, std::vector<PartitionId> partitions = {});
  TopicReader(const TopicReader&) = delete;
  TopicReader& operator=(const TopicReader&) = delete;
  ~TopicReader();

  // Before the first read. Errors: out_of_range (see read; only at a position), not_found (the topic was deleted), corrupt,
  // io_error.
  Task<Result<>> seek(ReadStart start);

  // Gives the sink what is there, up to about `bytes_max` of batches or until it stops; how many it took. 0: there is nothing
  // more now. Errors: out_of_range (retention has removed the next record, or a position is past the end: see first_left()),
  // not_found (the topic was deleted), corrupt (a damaged batch: it stays the next), io_error.
  // What is left of a batch in which the sink stopped is given up, and loaded and decompressed again by the next read; or, if kept,
  // stays for it until release(): the caller bounds how many readers do.
  enum class Unfinished : bool { given_up, kept };
  Task<Result<std::size_t>> read(RecordSink& sink, std::size_t bytes_max,
                                 Unfinished unfinished = Unfinished::given_up);
  // What is kept of an unfinished batch.
  std::size_t kept_bytes() const;
  void release();

  // Returns when there may be more to read, at the deadline, or when `interruption` is notified.
  Task<void> wait(runtime::Signal& interruption, MonotonicTime deadline);

  const Topic& topic() const { return *topic_; }
  const TopicPosition& position() const { return position_; }
  // After out_of_range: the position with what is there taken for what is not. Goes on there after seek().
  const TopicPosition& first_left() const { return first_left_; }

 private:
  struct Source {
    LogId log;
    Offset high_watermark;  // as it was seen last
  };
  class Taking;
  struct Loaded;

  void add_source(std::size_t partition, Offset from);
  void find_added_partitions();
  Task<Result<>> read_source(std::size_t n, Taking* taking, std::size_t bytes_max);
  Task<Result<>> read_here(std::size_t n, Taking* taking, std::size_t bytes_max);
  Task<Result<>> read_there(std::size_t n, Taking* taking, std::size_t bytes_max);
  Result<> finish_loaded(Taking& taking);
  std::unexpected<Error> lost(std::size_t n, Offset first_left);

  Engine& here_;
  TopicPtr topic_;
  bool reads_all_;
  std::uint64_t catalog_version_;
  std::vector<Source> sources_;  // in the order of position_.next
  TopicPosition position_;
  TopicPosition first_left_;
  std::size_t turn_ = 0;            // whose turn it is
  std::unique_ptr<Loaded> loaded_;  // a batch in which a read stopped
};

}  // namespace koine::core
