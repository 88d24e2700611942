#include "core/topic_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/engine.h"
#include "core/on_owners.h"
#include "core/partition.h"
#include "core/partition_wait.h"
#include "runtime/shard.h"

namespace koine::core {
namespace {

// What one batch may become when it is decompressed.
constexpr std::size_t decompressed_bytes_max = 64 * MiB;

std::unexpected<Error> deleted(const Topic& topic) {
  return fail(ErrorCode::not_found, fmt::format("topic {} was deleted", topic.name));
}

// Where to begin in one partition.
struct Sought {
  LogId log;
  ReadStart::At at = ReadStart::At::end;
  WallTimeMs time_ms = 0;
  Offset offset;
};
struct Found {
  Result<> outcome;
  Offset offset;
  Offset start;
  Offset high_watermark;
};

Task<Found> find(Engine& owner, Sought sought) {
  Found found;
  const auto partition = owner.partition(sought.log);
  if (partition == nullptr) {
    found.outcome = fail(ErrorCode::not_found);
    co_return found;
  }
  std::optional<Offset> at_time;
  if (sought.at == ReadStart::At::time) {
    auto first = co_await partition->find_by_time(sought.time_ms);
    if (!first) {
      found.outcome = fail(std::move(first).error());
      co_return found;
    }
    if (*first) at_time = (*first)->offset;
  }
  found.start = partition->start_offset();
  found.high_watermark = partition->high_watermark();
  switch (sought.at) {
    case ReadStart::At::start: found.offset = found.start; break;
    case ReadStart::At::end: found.offset = found.high_watermark; break;
    case ReadStart::At::time: found.offset = at_time.value_or(found.high_watermark); break;
    case ReadStart::At::position: found.offset = sought.offset; break;
  }
  co_return found;
}

Task<std::vector<Found>> find_all(Engine& owner, std::vector<Sought> sought) {
  std::vector<Found> all;
  all.reserve(sought.size());
  for (const Sought& each : sought) all.push_back(co_await find(owner, each));
  co_return all;
}

// What another shard read: whole batches, one after another.
struct Piece {
  std::vector<std::byte> batches;
  Offset start;
  Offset high_watermark;
  bool is_in_range = true;
};

bool is_in_range(const Partition& partition, Offset offset) {
  return offset >= partition.start_offset() && offset <= partition.high_watermark();
}

// Copies: a block of the cache must not be held by somebody on another shard, who may be slow.
Task<Result<Piece>> copy_there(Engine& owner, LogId log, Offset from, std::size_t bytes_max) {
  const auto partition = owner.partition(log);
  if (partition == nullptr) co_return fail(ErrorCode::not_found);
  Piece piece;
  piece.is_in_range = is_in_range(*partition, from);
  if (piece.is_in_range) {
    CO_TRY(const auto entries, co_await partition->read(from, bytes_max));
    for (const journal::EntryRef& entry : entries) {
      CO_TRY(const Bytes batch, co_await journal::load_whole(owner.journal(), entry));
      const ByteView bytes = batch.view();
      piece.batches.insert(piece.batches.end(), bytes.begin(), bytes.end());
    }
  }
  piece.start = partition->start_offset();
  piece.high_watermark = partition->high_watermark();
  co_return piece;
}

}  // namespace

// Batches that were loaded, and how far they were read.
struct TopicReader::Loaded {
  explicit Loaded(std::size_t its_source) : source(its_source) {}

  std::size_t source;
  std::vector<std::byte> copied;  // owns what came from another shard
  Bytes bytes;                    // or shares what lies here
  ByteView rest;                  // batches that were not begun
  std::optional<RecordReader> reader;
};

// Gives the records of batches to a sink, as far as it takes them, and moves the position.
class TopicReader::Taking {
 public:
  explicit Taking(RecordSink& sink) : sink_(sink) {}

  Result<> take(Loaded& loaded, TopicPosition::Next& next) {
    while (loaded.reader || !loaded.rest.empty()) {
      if (!loaded.reader) {
        TRY(const ByteView batch, take_batch(loaded.rest));
        TRY(auto reader, RecordReader::open(batch, decompressed_bytes_max));
        loaded.reader.emplace(std::move(reader));
      }
      TRY(take_batch_of(*loaded.reader, next));
      if (is_stopped_) return {};
      loaded.reader.reset();
    }
    return {};
  }

  std::size_t taken() const { return taken_; }
  bool is_stopped() const { return is_stopped_; }
  void count(std::size_t bytes) { bytes_ += bytes; }
  std::size_t bytes() const { return bytes_; }

 private:
  Result<> take_batch_of(RecordReader& reader, TopicPosition::Next& next) {
    while (true) {
      TRY(const bool is_there, reader.next(record_));
      if (!is_there) break;
      if (record_.offset < next.offset) continue;
      next.offset = record_.offset + 1;
      ++taken_;
      if (sink_.take(next.partition, record_) == RecordSink::Next::stop) {
        is_stopped_ = true;
        return {};
      }
    }
    next.offset = std::max(next.offset, reader.header().end_offset());
    return {};
  }

  RecordSink& sink_;
  Record record_;
  std::size_t taken_ = 0;
  std::size_t bytes_ = 0;  // of batches
  bool is_stopped_ = false;
};

TopicReader::TopicReader(Engine& here, TopicPtr topic, std::vector<PartitionId> partitions)
    : here_(here),
      topic_(std::move(topic)),
      reads_all_(partitions.empty()),
      catalog_version_(here.catalog().version()) {
  if (reads_all_) {
    for (std::size_t n = 0; n < topic_->partitions.size(); ++n) add_source(n, Offset{0});
    return;
  }
  std::ranges::sort(partitions);
  partitions.erase(std::ranges::unique(partitions).begin(), partitions.end());
  for (const PartitionId partition : partitions) {
    add_source(static_cast<std::size_t>(partition.value()), Offset{0});
  }
}

TopicReader::~TopicReader() = default;

void TopicReader::release() { loaded_ = nullptr; }

std::size_t TopicReader::kept_bytes() const {
  if (loaded_ == nullptr) return 0;
  return loaded_->copied.size() + loaded_->bytes.size() + loaded_->reader->decompressed_bytes();
}

void TopicReader::add_source(std::size_t partition, Offset from) {
  sources_.push_back({.log = topic_->partitions[partition], .high_watermark = from});
  position_.next.push_back(
      {.partition = PartitionId(static_cast<std::int32_t>(partition)), .offset = from});
}

void TopicReader::find_added_partitions() {
  const std::uint64_t version = here_.catalog().version();
  if (version == std::exchange(catalog_version_, version)) return;
  TopicPtr now = here_.catalog().find(topic_->id);
  if (now == nullptr) return;
  topic_ = std::move(now);
  if (!reads_all_) return;
  for (std::size_t n = sources_.size(); n < topic_->partitions.size(); ++n) {
    add_source(n, Offset{0});
  }
}

Task<Result<>> TopicReader::seek(ReadStart start) {
  release();
  std::vector<Sought> sought;
  for (std::size_t n = 0; n < sources_.size(); ++n) {
    Sought each{.log = sources_[n].log, .at = start.at, .time_ms = start.time_ms};
    if (start.at == ReadStart::At::position) {
      const TopicPosition::Next* const next = start.position.find(position_.next[n].partition);
      if (next == nullptr) each.at = ReadStart::At::start;
      if (next != nullptr) each.offset = next->offset;
    }
    sought.push_back(each);
  }
  const auto found = co_await on_owners(here_, std::move(sought), &find_all);
  bool is_all_there = true;
  first_left_ = position_;
  for (std::size_t n = 0; n < found.size(); ++n) {
    const Found& each = found[n];
    if (!each.outcome && each.outcome.error().code() == ErrorCode::not_found) {
      co_return deleted(*topic_);
    }
    if (!each.outcome) co_return fail(each.outcome.error());
    position_.next[n].offset = each.offset;
    sources_[n].high_watermark = each.high_watermark;
    first_left_.next[n].offset = std::clamp(each.offset, each.start, each.high_watermark);
    is_all_there = is_all_there && first_left_.next[n].offset == each.offset;
  }
  if (is_all_there) co_return Result<>{};
  co_return fail(ErrorCode::out_of_range,
                 fmt::format("topic {} has not everything from that position on", topic_->name));
}

std::unexpected<Error> TopicReader::lost(std::size_t n, Offset first_left) {
  first_left_ = position_;
  first_left_.next[n].offset = first_left;
  return fail(ErrorCode::out_of_range,
              fmt::format("offset {} of partition {} of topic {} is not there; the next one is {}",
                          position_.next[n].offset.value(), position_.next[n].partition.value(),
                          topic_->name, first_left.value()));
}

Task<Result<>> TopicReader::read_here(std::size_t n, Taking* taking, std::size_t bytes_max) {
  const auto partition = here_.partition(sources_[n].log);
  if (partition == nullptr) co_return deleted(*topic_);
  TopicPosition::Next& next = position_.next[n];
  if (!is_in_range(*partition, next.offset)) {
    co_return lost(n,
                   std::clamp(next.offset, partition->start_offset(), partition->high_watermark()));
  }
  CO_TRY(const auto entries, co_await partition->read(next.offset, bytes_max));
  for (const journal::EntryRef& entry : entries) {
    // Dropped before the next one is waited for (journal::load_whole).
    auto loaded = std::make_unique<Loaded>(n);
    CO_TRY(loaded->bytes, co_await journal::load_whole(here_.journal(), entry));
    loaded->rest = loaded->bytes.view();
    taking->count(loaded->bytes.size());
    CO_TRY(taking->take(*loaded, next));
    if (!taking->is_stopped()) continue;
    loaded_ = std::move(loaded);
    break;
  }
  sources_[n].high_watermark = partition->high_watermark();
  co_return Result<>{};
}

Task<Result<>> TopicReader::read_there(std::size_t n, Taking* taking, std::size_t bytes_max) {
  Engine& owner = here_.owner_of(sources_[n].log);
  TopicPosition::Next& next = position_.next[n];
  auto piece = co_await runtime::call_on<Result<Piece>>(
      here_.shard(), owner.shard(), [&owner, log = sources_[n].log, from = next.offset, bytes_max] {
        return copy_there(owner, log, from, bytes_max);
      });
  if (!piece && piece.error().code() == ErrorCode::not_found) co_return deleted(*topic_);
  if (!piece) co_return fail(piece.error());
  if (!piece->is_in_range) {
    co_return lost(n, std::clamp(next.offset, piece->start, piece->high_watermark));
  }
  auto loaded = std::make_unique<Loaded>(n);
  loaded->copied = std::move(piece->batches);
  loaded->rest = loaded->copied;
  taking->count(loaded->copied.size());
  CO_TRY(taking->take(*loaded, next));
  if (taking->is_stopped()) loaded_ = std::move(loaded);
  sources_[n].high_watermark = piece->high_watermark;
  co_return Result<>{};
}

Task<Result<>> TopicReader::read_source(std::size_t n, Taking* taking, std::size_t bytes_max) {
  const bool is_here = &here_.owner_of(sources_[n].log) == &here_;
  return is_here ? read_here(n, taking, bytes_max) : read_there(n, taking, bytes_max);
}

Result<> TopicReader::finish_loaded(Taking& taking) {
  if (loaded_ == nullptr) return {};
  const Result<> outcome = taking.take(*loaded_, position_.next[loaded_->source]);
  if (!outcome || !taking.is_stopped()) release();
  return outcome;
}

Task<Result<std::size_t>> TopicReader::read(RecordSink& sink, std::size_t bytes_max,
                                            Unfinished unfinished) {
  find_added_partitions();
  Taking taking(sink);
  Result<> outcome = finish_loaded(taking);
  for (std::size_t left = sources_.size(); outcome && left > 0 && !taking.is_stopped(); --left) {
    if (taking.bytes() >= bytes_max) break;
    const std::size_t n = std::exchange(turn_, (turn_ + 1) % sources_.size());
    outcome = co_await read_source(n, &taking, bytes_max - taking.bytes());
  }
  if (unfinished == Unfinished::given_up) release();
  // What was taken before is reported first; the error comes again.
  if (!outcome && taking.taken() == 0) co_return fail(outcome.error());
  co_return taking.taken();
}

Task<void> TopicReader::wait(runtime::Signal& interruption, MonotonicTime deadline) {
  std::vector<WatchedPartition> watched;
  watched.reserve(sources_.size());
  for (std::size_t n = 0; n < sources_.size(); ++n) {
    watched.push_back({.log = sources_[n].log,
                       .from = position_.next[n].offset,
                       .high_watermark = sources_[n].high_watermark});
  }
  return wait_for_change(here_, std::move(watched), interruption, deadline);
}

}  // namespace koine::core
