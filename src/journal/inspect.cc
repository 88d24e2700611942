#include "journal/inspect.h"

#include <fmt/format.h>

#include <algorithm>

#include "journal/checkpoint.h"
#include "journal/inspect_chunk.h"
#include "journal/log_table.h"

namespace koine::journal {
namespace {

class Inspector {
 public:
  Inspector(io::Disk& disk, std::string directory, EntryVisitor visit)
      : disk_(disk), visit_(std::move(visit)) {
    report_.directory = std::move(directory);
  }

  Task<Result<JournalReport>> run();

 private:
  Task<Result<>> look_around();
  Task<Result<>> check_identity();
  Task<Result<>> check_checkpoint(std::string name);
  void take_logs(LogTable& logs);
  Task<Result<>> check_chunks();
  std::vector<std::uint64_t> chunks_in_order() const;
  void expect(LogId log, const Extent& extent, const ChunkInspector* chunk);
  void expect_missing_chunks();
  bool is_replayed(std::uint64_t sequence) const {
    return !is_cleaned(sequence) && sequence >= first_to_replay_;
  }
  void count(const ChunkReport& chunk, const EntryHeader& header);
  void report_missing_chunks();
  void report_gaps();

  io::Disk& disk_;
  EntryVisitor visit_;
  JournalReport report_;
  std::optional<std::uint64_t> journal_;
  std::vector<std::string> checkpoint_names_;
  std::map<std::uint64_t, std::string> chunk_names_;
  std::uint64_t first_to_replay_ = 1;
  std::map<LogId, OffsetRanges> found_;     // entries
  std::map<LogId, OffsetRanges> expected_;  // entries that the newest good checkpoint lists
  std::map<LogId, Offset> next_;            // where it saw the logs' ends
  std::map<std::uint64_t, std::vector<std::pair<LogId, Extent>>> extents_;  // its own, by chunk
};

Task<Result<JournalReport>> Inspector::run() {
  CO_TRY(co_await look_around());
  CO_TRY(co_await check_identity());
  // The newest last: it is the one that counts.
  for (const std::string& name : checkpoint_names_) CO_TRY(co_await check_checkpoint(name));
  CO_TRY(co_await check_chunks());
  report_missing_chunks();
  report_gaps();
  co_return std::move(report_);
}

Task<Result<>> Inspector::look_around() {
  CO_TRY(const auto entries, co_await disk_.list(report_.directory));
  for (const auto& entry : entries) {
    if (const auto sequence = parse_chunk_file_name(entry.name))
      chunk_names_.emplace(*sequence, entry.name);
    else if (parse_checkpoint_file_name(entry.name))
      checkpoint_names_.push_back(entry.name);
    else if (entry.name != "identity")
      report_.other_files.push_back(entry.name);
  }
  co_return Result<>{};
}

Task<Result<>> Inspector::check_identity() {
  const auto identity = co_await read_identity(disk_, report_.directory);
  if (!identity) {
    if (identity.error().code() == ErrorCode::io_error) co_return fail(identity.error());
    report_.problems.push_back(fmt::format("identity: {}", identity.error().to_string()));
    co_return Result<>{};
  }
  if (*identity) {
    journal_ = report_.journal = (*identity)->journal;
  } else if (chunk_names_.empty() && checkpoint_names_.empty()) {
    co_return fail(ErrorCode::not_found, fmt::format("{}: there is no journal", report_.directory));
  } else {
    report_.problems.emplace_back("identity: the file is missing");
  }
  co_return Result<>{};
}

Task<Result<>> Inspector::check_checkpoint(std::string name) {
  CO_TRY(const auto file, co_await read_file(disk_, report_.directory + "/" + name));
  CheckpointReport checkpoint{.name = name, .problem = {}};
  ChunkMap chunks;
  LogTable logs;
  const auto loaded =
      decode_checkpoint(file, journal_.value_or(0), report_.directory, chunks, logs);
  if (loaded) {
    checkpoint.first_chunk_to_replay = first_to_replay_ = loaded->first_chunk_to_replay;
    take_logs(logs);
  } else {
    checkpoint.problem = loaded.error().to_string();
  }
  report_.checkpoints.push_back(std::move(checkpoint));
  co_return Result<>{};
}

void Inspector::take_logs(LogTable& logs) {
  report_.logs.clear();
  next_.clear();
  extents_.clear();
  for (const LogId id : logs.ids()) {
    const Log& log = *logs.find(id);
    report_.logs[id].start = log.start_offset();
    next_[id] = log.committed_offset();
    for (const Extent& extent : log.extents())
      extents_[extent.chunk->sequence()].emplace_back(id, extent);
  }
}

void Inspector::expect(LogId log, const Extent& extent, const ChunkInspector* chunk) {
  OffsetRanges& expected = expected_[log];
  const auto items = chunk == nullptr ? std::nullopt : chunk->items_of(extent);
  if (!items) {
    add(expected, {extent.base_offset, extent.end_offset});
    return;
  }
  for (const IndexItem& item : *items)
    add(expected, {item.base_offset, item.base_offset + std::int64_t{item.record_count}});
}

void Inspector::expect_missing_chunks() {
  for (const auto& [sequence, extents] : extents_) {
    if (chunk_names_.contains(sequence)) continue;
    for (const auto& [log, extent] : extents) expect(log, extent, nullptr);
  }
}

// Cleaned chunks first: what they hold is older than what is replayed.
std::vector<std::uint64_t> Inspector::chunks_in_order() const {
  std::vector<std::uint64_t> sequences;
  for (const auto& [sequence, name] : chunk_names_) sequences.push_back(sequence);
  std::ranges::rotate(sequences, std::ranges::find_if(sequences, is_cleaned));
  return sequences;
}

Task<Result<>> Inspector::check_chunks() {
  expect_missing_chunks();
  const auto sequences = chunks_in_order();
  const EntryVisitor visit = [this](const ChunkReport& chunk, std::uint32_t position,
                                    const EntryHeader& header) {
    count(chunk, header);
    if (visit_) visit_(chunk, position, header);
  };
  for (const std::uint64_t sequence : sequences) {
    const bool may_be_open = sequence == sequences.back() && !is_cleaned(sequence);
    ChunkInspector inspector(disk_, report_.directory, chunk_names_[sequence], journal_,
                             may_be_open);
    CO_TRY(auto chunk, co_await inspector.run(visit));
    for (const auto& [log, extent] : extents_[sequence]) expect(log, extent, &inspector);
    report_.chunks.push_back(std::move(chunk));
  }
  co_return Result<>{};
}

void Inspector::count(const ChunkReport& chunk, const EntryHeader& header) {
  // What the checkpoint does not know any more was dropped before it.
  if (!is_replayed(chunk.sequence) && !report_.logs.contains(header.log)) return;
  LogReport& log = report_.logs[header.log];
  if (header.kind != EntryKind::data) {
    if (!is_replayed(chunk.sequence)) return;
    if (header.kind == EntryKind::trim) log.start = std::max(log.start, header.base_offset);
    if (header.kind == EntryKind::drop) {
      log = {.is_dropped = true};
      found_.erase(header.log);
      expected_.erase(header.log);
      next_.erase(header.log);
    }
    return;
  }
  log.is_dropped = false;
  ++log.entries;
  log.body_bytes += header.body_size();
  add(found_[header.log],
      {header.base_offset, header.base_offset + std::int64_t{header.record_count}});
}

void Inspector::report_missing_chunks() {
  std::uint64_t expected = first_to_replay_;
  for (const auto& [sequence, name] : chunk_names_) {
    if (!is_replayed(sequence)) continue;
    if (sequence != expected) {
      report_.problems.push_back(
          fmt::format("chunks {} to {} are missing", expected, sequence - 1));
    }
    expected = sequence + 1;
  }
}

void Inspector::report_gaps() {
  for (auto& [id, log] : report_.logs) {
    if (log.is_dropped) continue;
    const OffsetRanges found = in_order(std::move(found_[id]));
    // Since the checkpoint there are no holes.
    const Offset end = found.empty() ? next_[id] : std::max(next_[id], found.back().end);
    expected_[id].push_back({next_[id], end});
    log.gaps = missing(in_order(std::move(expected_[id])), found, log.start);
    log.offsets = {log.start, std::max(log.start, end)};
  }
}

}  // namespace

bool JournalReport::is_damaged() const {
  return !problems.empty() || std::ranges::any_of(chunks, &ChunkReport::is_damaged) ||
         std::ranges::any_of(checkpoints,
                             [](const CheckpointReport& c) { return !c.problem.empty(); }) ||
         std::ranges::any_of(logs, [](const auto& log) { return !log.second.gaps.empty(); });
}

Task<Result<JournalReport>> inspect(io::Disk& disk, std::string directory, EntryVisitor visit) {
  Inspector inspector(disk, std::move(directory), std::move(visit));
  co_return co_await inspector.run();
}

}  // namespace koine::journal
