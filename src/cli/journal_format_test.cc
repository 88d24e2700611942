#include "cli/journal_format.h"

#include <gtest/gtest.h>

namespace koine::cli {
namespace {

journal::JournalReport damaged_report() {
  journal::JournalReport report;
  report.directory = "/data/shard-0";
  report.journal = 0xabc;
  report.problems = {"chunks 3 to 4 are missing"};
  report.chunks.push_back({.name = "chunk-0000000000000001",
                           .sequence = 1,
                           .file_bytes = 8192,
                           .entry_bytes = 640,
                           .entries = 7,
                           .logs = 2,
                           .is_sealed = true,
                           .damaged = {{4096, 64}},
                           .problems = {"the \"index\""}});
  report.checkpoints.push_back(
      {.name = "checkpoint-0000000000000002", .first_chunk_to_replay = 2, .problem = {}});
  report.logs[LogId(0x7d0)] = {.entries = 7,
                               .body_bytes = 300,
                               .start = Offset(1),
                               .offsets = {Offset(1), Offset(9)},
                               .gaps = {{Offset(3), Offset(5)}}};
  report.logs[LogId(0x7d1)] = {.is_dropped = true};
  report.other_files = {"chunk-0000000000000009.set-aside"};
  return report;
}

TEST(JournalFormat, TextNamesEverythingThatIsWrong) {
  EXPECT_EQ(print_journal(damaged_report(), std::nullopt, JournalFormat::text),
            "/data/shard-0: journal 0000000000000abc, 1 chunks, 2 logs  damaged\n"
            "    chunks 3 to 4 are missing\n"
            "  chunk-0000000000000001  sealed  8192 bytes, 7 entries of 2 logs in 640 bytes  "
            "damaged\n"
            "    64 damaged bytes at 4096\n"
            "    the \"index\"\n"
            "  checkpoint-0000000000000002  replay from chunk 2  ok\n"
            "  log 0x7d0  offsets 1 to 9, 7 entries in 300 bytes  damaged\n"
            "    offsets 3 to 4 are lost\n"
            "  log 0x7d1  dropped\n"
            "  chunk-0000000000000009.set-aside  not read\n");
}

TEST(JournalFormat, JsonHasOneObjectInEachLine) {
  EXPECT_EQ(
      print_journal(damaged_report(), LogId(0x7d0), JournalFormat::json),
      R"({"kind":"journal","directory":"/data/shard-0","journal":"0000000000000abc","damaged":true,)"
      R"("problems":["chunks 3 to 4 are missing"],)"
      R"("other_files":["chunk-0000000000000009.set-aside"]})"
      "\n"
      R"({"kind":"chunk","name":"chunk-0000000000000001","sealed":true,"file_bytes":8192,)"
      R"("entries":7,"entry_bytes":640,"logs":2,"torn_tail":false,)"
      R"("damaged":[{"position":4096,"size":64}],"problems":["the \"index\""]})"
      "\n"
      R"({"kind":"checkpoint","name":"checkpoint-0000000000000002","first_chunk_to_replay":2,)"
      R"("problem":""})"
      "\n"
      R"({"kind":"log","log":2000,"first":1,"end":9,"entries":7,"body_bytes":300,"dropped":false,)"
      R"("lost":[{"first":3,"end":5}]})"
      "\n");
}

TEST(JournalFormat, AnEntryIsOneLine) {
  journal::ChunkReport chunk;
  chunk.name = "chunk-0000000000000001";
  journal::EntryHeader header;
  header.length = journal::entry_header_size + 5;
  header.log = LogId(2000);
  header.base_offset = Offset(4);
  header.record_count = 2;
  header.timestamp_max = 99;
  EXPECT_EQ(print_entry(chunk, 4096, header, JournalFormat::text),
            "chunk-0000000000000001       4096  data  log 0x7d0  offset 4  2 records  5 bytes  "
            "time 99");
  EXPECT_EQ(
      print_entry(chunk, 4096, header, JournalFormat::json),
      R"({"kind":"entry","chunk":"chunk-0000000000000001","position":4096,"type":"data","log":2000,)"
      R"("offset":4,"records":2,"bytes":5,"shared_by":1,"timestamp_max":99})");
  header.target_count = 3;
  header.length += 2 * journal::entry_target_size;
  EXPECT_EQ(print_entry(chunk, 4096, header, JournalFormat::text),
            "chunk-0000000000000001       4096  data  log 0x7d0  offset 4  2 records  5 bytes  "
            "time 99  shared by 3 logs");
}

}  // namespace
}  // namespace koine::cli
