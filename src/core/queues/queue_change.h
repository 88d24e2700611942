// QueueChange: what happened to messages of the queues of a shard, as entries of the state log `queues`:
//
//   u8 version 1 | records: u8 kind, then
//     1 log        u64        the log of a queue's level; what follows is of that log
//     2 settled    first offset, count, bytes of all their bodies
//     3 failed     offset, how often by now
//     4 delivered  offset     all below were perhaps delivered; said at a clean stop only
//     5 stopped               the process is about to end cleanly: nothing is delivered any more
//     6 started               it delivers
//     7 seen       16 bytes, milliseconds: a key that the queue got then (deduplication_window.h); of the queue's first log
//
// Numbers without a size are varints (core/varint.h). Records can be applied twice: the second time nothing changes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "core/queues/deduplication_window.h"

namespace koine::core {

// Neighbours of one log.
struct SettledRun {
  LogId log;
  Offset first;
  std::int64_t count = 0;
  std::int64_t body_bytes = 0;
  Offset end() const { return first + count; }
};

class QueueChangeWriter {
 public:
  QueueChangeWriter();

  void settled(const SettledRun& run);
  void failed(LogId log, Offset offset, std::uint32_t count);
  void delivered(LogId log, Offset end);
  void stopped();
  void started();
  void seen(LogId queue, const SeenKey& seen);

  bool empty() const;
  std::size_t size() const { return bytes_.size(); }
  ByteView view() const { return bytes_; }

 private:
  void kind(std::uint8_t kind) { bytes_.push_back(std::byte{kind}); }
  void go_to(LogId log);

  std::vector<std::byte> bytes_;
  LogId log_{0};
};

class QueueChangeVisitor {
 public:
  QueueChangeVisitor() = default;
  QueueChangeVisitor(const QueueChangeVisitor&) = delete;
  QueueChangeVisitor& operator=(const QueueChangeVisitor&) = delete;
  virtual ~QueueChangeVisitor() = default;

  virtual void on_settled(const SettledRun& run) = 0;
  virtual void on_failed(LogId log, Offset offset, std::uint32_t count) = 0;
  virtual void on_delivered(LogId log, Offset end) = 0;
  virtual void on_stopped() = 0;
  virtual void on_started() = 0;
  virtual void on_seen(LogId queue, const SeenKey& seen) = 0;
};

// Errors: corrupt, unsupported (a newer version).
Result<> read_queue_changes(ByteView entry, QueueChangeVisitor& visitor);

}  // namespace koine::core
