#include "cli/journal_format.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace koine::cli {

namespace {

using journal::EntryKind;

std::string_view name_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::data: return "data";
    case EntryKind::trim: return "trim";
    case EntryKind::drop: return "drop";
    case EntryKind::seal: return "seal";
  }
  return "unknown";
}

std::string_view status_of(const journal::ChunkReport& chunk) {
  if (chunk.is_damaged()) return "damaged";
  return chunk.has_torn_tail ? "ok, with a torn tail" : "ok";
}

std::string chunk_as_text(const journal::ChunkReport& chunk) {
  std::string text = fmt::format("  {}  {}  {} bytes, {} entries of {} logs in {} bytes  {}\n",
                                 chunk.name, chunk.is_sealed ? "sealed" : "open", chunk.file_bytes,
                                 chunk.entries, chunk.logs, chunk.entry_bytes, status_of(chunk));
  for (const auto& range : chunk.damaged) {
    text += fmt::format("    {} damaged bytes at {}\n", range.size, range.position);
  }
  for (const std::string& problem : chunk.problems) text += fmt::format("    {}\n", problem);
  return text;
}

std::string log_as_text(LogId id, const journal::LogReport& log) {
  if (log.is_dropped) return fmt::format("  log {:#x}  dropped\n", id.value());
  std::string text = fmt::format("  log {:#x}  offsets {} to {}, {} entries in {} bytes  {}\n",
                                 id.value(), log.offsets.first.value(), log.offsets.end.value(),
                                 log.entries, log.body_bytes, log.gaps.empty() ? "ok" : "damaged");
  for (const auto& gap : log.gaps) {
    text += fmt::format("    offsets {} to {} are lost\n", gap.first.value(), gap.end.value() - 1);
  }
  return text;
}

std::string as_text(const journal::JournalReport& report, std::optional<LogId> only) {
  std::string text =
      fmt::format("{}: journal {:016x}, {} chunks, {} logs  {}\n", report.directory, report.journal,
                  report.chunks.size(), report.logs.size(), report.is_damaged() ? "damaged" : "ok");
  for (const std::string& problem : report.problems) text += fmt::format("    {}\n", problem);
  for (const auto& chunk : report.chunks) text += chunk_as_text(chunk);
  for (const auto& checkpoint : report.checkpoints) {
    text += fmt::format("  {}  ", checkpoint.name);
    text += checkpoint.problem.empty()
                ? fmt::format("replay from chunk {}  ok\n", checkpoint.first_chunk_to_replay)
                : fmt::format("damaged\n    {}\n", checkpoint.problem);
  }
  for (const auto& [id, log] : report.logs) {
    if (!only || *only == id) text += log_as_text(id, log);
  }
  for (const std::string& name : report.other_files) text += fmt::format("  {}  not read\n", name);
  return text;
}

std::string join(const std::vector<std::string>& items) {
  return fmt::format("[{}]", fmt::join(items, ","));
}

std::string strings_as_json(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(json_string(text));
  return join(items);
}

std::string chunk_as_json(const journal::ChunkReport& chunk) {
  std::vector<std::string> damaged;
  for (const auto& range : chunk.damaged) {
    damaged.push_back(fmt::format(R"({{"position":{},"size":{}}})", range.position, range.size));
  }
  return fmt::format(
      R"({{"kind":"chunk","name":{},"sealed":{},"file_bytes":{},"entries":{},"entry_bytes":{},)"
      R"("logs":{},"torn_tail":{},"damaged":{},"problems":{}}})"
      "\n",
      json_string(chunk.name), chunk.is_sealed, chunk.file_bytes, chunk.entries, chunk.entry_bytes,
      chunk.logs, chunk.has_torn_tail, join(damaged), strings_as_json(chunk.problems));
}

std::string log_as_json(LogId id, const journal::LogReport& log) {
  std::vector<std::string> gaps;
  for (const auto& gap : log.gaps) {
    gaps.push_back(fmt::format(R"({{"first":{},"end":{}}})", gap.first.value(), gap.end.value()));
  }
  return fmt::format(
      R"({{"kind":"log","log":{},"first":{},"end":{},"entries":{},"body_bytes":{},"dropped":{},)"
      R"("lost":{}}})"
      "\n",
      id.value(), log.offsets.first.value(), log.offsets.end.value(), log.entries, log.body_bytes,
      log.is_dropped, join(gaps));
}

std::string as_json(const journal::JournalReport& report, std::optional<LogId> only) {
  std::string text = fmt::format(
      R"({{"kind":"journal","directory":{},"journal":"{:016x}","damaged":{},"problems":{},)"
      R"("other_files":{}}})"
      "\n",
      json_string(report.directory), report.journal, report.is_damaged(),
      strings_as_json(report.problems), strings_as_json(report.other_files));
  for (const auto& chunk : report.chunks) text += chunk_as_json(chunk);
  for (const auto& checkpoint : report.checkpoints) {
    text +=
        fmt::format(R"({{"kind":"checkpoint","name":{},"first_chunk_to_replay":{},"problem":{}}})"
                    "\n",
                    json_string(checkpoint.name), checkpoint.first_chunk_to_replay,
                    json_string(checkpoint.problem));
  }
  for (const auto& [id, log] : report.logs) {
    if (!only || *only == id) text += log_as_json(id, log);
  }
  return text;
}

}  // namespace

std::string print_entry(const journal::ChunkReport& chunk, std::uint32_t position,
                        const journal::EntryHeader& header, JournalFormat format) {
  if (format == JournalFormat::json) {
    return fmt::format(
        R"({{"kind":"entry","chunk":{},"position":{},"type":"{}","log":{},"offset":{},)"
        R"("records":{},"bytes":{},"shared_by":{},"timestamp_max":{}}})",
        json_string(chunk.name), position, name_of(header.kind), header.log.value(),
        header.base_offset.value(), header.record_count, header.body_size(), header.target_count,
        header.timestamp_max);
  }
  const std::string shared =
      header.target_count > 1 ? fmt::format("  shared by {} logs", header.target_count) : "";
  return fmt::format("{} {:>10}  {}  log {:#x}  offset {}  {} records  {} bytes  time {}{}",
                     chunk.name, position, name_of(header.kind), header.log.value(),
                     header.base_offset.value(), header.record_count, header.body_size(),
                     header.timestamp_max, shared);
}

std::string print_journal(const journal::JournalReport& report, std::optional<LogId> log,
                          JournalFormat format) {
  return format == JournalFormat::json ? as_json(report, log) : as_text(report, log);
}

}  // namespace koine::cli
