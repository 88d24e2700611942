// What `koine journal inspect` prints: of each shard's journal a line for every chunk, checkpoint and log, with what is
// wrong indented below it; or the same as JSON objects, one in each line, whose member "kind" says what they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "journal/inspect.h"

namespace koine::cli {

enum class JournalFormat : std::uint8_t { text, json };

// One entry, without a newline.
std::string print_entry(const journal::ChunkReport& chunk, std::uint32_t position,
                        const journal::EntryHeader& header, JournalFormat format);

// All lines of a report, each with its newline. `log`: leave the others out.
std::string print_journal(const journal::JournalReport& report, std::optional<LogId> log,
                          JournalFormat format);

}  // namespace koine::cli
