#include "core/queues/queue_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/byte_order.h"
#include "core/varint.h"

namespace koine::core {
namespace {

constexpr std::uint8_t format_version = 1;

enum class Record : std::uint8_t {
  log = 1,
  settled = 2,
  failed = 3,
  delivered = 4,
  stopped = 5,
  started = 6,
  seen = 7,
};

class RecordReader {
 public:
  RecordReader(ByteView rest, QueueChangeVisitor& visitor) : rest_(rest), visitor_(visitor) {}

  bool done() const { return rest_.empty(); }

  Result<> next() {
    const auto kind = static_cast<std::uint8_t>(rest_.front());
    rest_ = rest_.subspan(1);
    switch (static_cast<Record>(kind)) {
      case Record::log: return read_log();
      case Record::settled: return read_settled();
      case Record::failed: return read_failed();
      case Record::delivered: {
        TRY(const Offset end, read_offset());
        visitor_.on_delivered(log_, end);
        return {};
      }
      case Record::stopped: visitor_.on_stopped(); return {};
      case Record::started: visitor_.on_started(); return {};
      case Record::seen: return read_seen();
    }
    return fail(ErrorCode::corrupt, fmt::format("queue change of kind {}, expected 1 to 7", kind));
  }

 private:
  Result<Offset> read_offset() {
    TRY(const std::int64_t value, read_varint64(rest_));
    if (value < 0) return fail(ErrorCode::corrupt, fmt::format("queue change at offset {}", value));
    return Offset(value);
  }

  Result<> read_log() {
    if (rest_.size() < sizeof(std::uint64_t))
      return fail(ErrorCode::corrupt, "a queue change ends in the id of a log");
    log_ = LogId(load_le<std::uint64_t>(rest_.data()));
    rest_ = rest_.subspan(sizeof(std::uint64_t));
    return {};
  }

  Result<> read_settled() {
    SettledRun run{.log = log_};
    TRY(run.first, read_offset());
    TRY(run.count, read_varint64(rest_));
    TRY(run.body_bytes, read_varint64(rest_));
    if (run.count <= 0 || run.body_bytes < 0 ||
        run.count > std::numeric_limits<std::int64_t>::max() - run.first.value()) {
      return fail(ErrorCode::corrupt,
                  fmt::format("{} messages of {} bytes settled from offset {} on", run.count,
                              run.body_bytes, run.first.value()));
    }
    visitor_.on_settled(run);
    return {};
  }

  Result<> read_failed() {
    TRY(const Offset offset, read_offset());
    TRY(const std::int64_t count, read_varint64(rest_));
    if (count < 0 || count > std::numeric_limits<std::uint32_t>::max())
      return fail(ErrorCode::corrupt, fmt::format("a message that failed {} times", count));
    visitor_.on_failed(log_, offset, static_cast<std::uint32_t>(count));
    return {};
  }

  Result<> read_seen() {
    SeenKey seen;
    auto& digest = seen.key.digest;
    if (rest_.size() < digest.size())
      return fail(ErrorCode::corrupt, "a queue change ends in a deduplication key");
    std::ranges::copy(rest_.first(digest.size()), digest.begin());
    rest_ = rest_.subspan(digest.size());
    TRY(seen.seen_ms, read_varint64(rest_));
    visitor_.on_seen(log_, seen);
    return {};
  }

  ByteView rest_;
  QueueChangeVisitor& visitor_;
  LogId log_{0};
};

}  // namespace

QueueChangeWriter::QueueChangeWriter() { bytes_.push_back(std::byte{format_version}); }

bool QueueChangeWriter::empty() const { return bytes_.size() == 1; }

void QueueChangeWriter::go_to(LogId log) {
  if (log == log_) return;
  log_ = log;
  kind(static_cast<std::uint8_t>(Record::log));
  const std::size_t at = bytes_.size();
  bytes_.resize(at + sizeof(std::uint64_t));
  store_le(bytes_.data() + at, log.value());
}

void QueueChangeWriter::settled(const SettledRun& run) {
  go_to(run.log);
  kind(static_cast<std::uint8_t>(Record::settled));
  write_varint(bytes_, run.first.value());
  write_varint(bytes_, run.count);
  write_varint(bytes_, run.body_bytes);
}

void QueueChangeWriter::failed(LogId log, Offset offset, std::uint32_t count) {
  go_to(log);
  kind(static_cast<std::uint8_t>(Record::failed));
  write_varint(bytes_, offset.value());
  write_varint(bytes_, count);
}

void QueueChangeWriter::delivered(LogId log, Offset end) {
  go_to(log);
  kind(static_cast<std::uint8_t>(Record::delivered));
  write_varint(bytes_, end.value());
}

void QueueChangeWriter::stopped() { kind(static_cast<std::uint8_t>(Record::stopped)); }

void QueueChangeWriter::started() { kind(static_cast<std::uint8_t>(Record::started)); }

void QueueChangeWriter::seen(LogId queue, const SeenKey& seen) {
  go_to(queue);
  kind(static_cast<std::uint8_t>(Record::seen));
  bytes_.insert(bytes_.end(), seen.key.digest.begin(), seen.key.digest.end());
  write_varint(bytes_, seen.seen_ms);
}

Result<> read_queue_changes(ByteView entry, QueueChangeVisitor& visitor) {
  if (entry.empty()) return fail(ErrorCode::corrupt, "an empty queue change");
  const auto version = static_cast<std::uint8_t>(entry.front());
  if (version != format_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("queue change of version {}, expected {}", version, format_version));
  }
  RecordReader reader(entry.subspan(1), visitor);
  while (!reader.done()) TRY(reader.next());
  return {};
}

}  // namespace koine::core
