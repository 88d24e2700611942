// Response: one answer on its way to the socket: its bytes, and the journal entries whose bodies fill its holes. Made by
// a handler's encoding, sent by response_writer.h. Holds no record data: only where the journal has it.
//
//   bytes    [ length . header . topic . partition . size | throttle . . . ]
//   holes                                                 ^ 65536 bytes
//   records                                               entry, entry, entry: 65536 bytes together
#pragma once

#include <cstddef>
#include <vector>

#include "core/engine.h"
#include "journal/journal.h"
#include "protocols/kafka/wire.h"

namespace koine::kafka {

// An entry of the journal whose body goes into a hole.
struct RecordSource {
  core::Engine* owner = nullptr;  // of its shard
  journal::EntryRef entry;
};

struct Response {
  std::vector<std::byte> bytes;  // empty: nothing is answered (acks=0)
  std::vector<Hole> holes;
  std::vector<RecordSource> records;  // in the order of the holes, which they fill exactly
  bool closes_connection = false;     // after it was sent
};

}  // namespace koine::kafka
