#include "protocols/kafka/response_writer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/check.h"
#include "protocols/kafka/record_slices.h"

namespace koine::kafka {

namespace {

// Entries whose slices are asked for at once: no write takes more.
std::span<const RecordSource> next_records(const Response& response, std::size_t first) {
  const std::span records(response.records);
  return records.subspan(first, std::min(parts_per_write_max, records.size() - first));
}

}  // namespace

ResponseWriter::Segment ResponseWriter::segment_at(const Response& response, const Cursor& cursor) {
  if (cursor.hole < response.holes.size()) {
    const Hole& hole = response.holes[cursor.hole];
    if (cursor.in_bytes == hole.position) {
      return {.size = hole.size - cursor.in_hole, .is_records = true};
    }
    return {.size = hole.position - cursor.in_bytes};
  }
  return {.size = response.bytes.size() - cursor.in_bytes};
}

bool ResponseWriter::is_at_end(const Response& response, const Cursor& cursor) {
  return cursor.in_bytes == response.bytes.size() && cursor.hole == response.holes.size();
}

void ResponseWriter::advance(const Response& response, Cursor& cursor, std::size_t bytes) {
  while (bytes > 0) {
    const Segment segment = segment_at(response, cursor);
    const std::size_t step = std::min(bytes, segment.size);
    CHECK(step > 0);
    if (segment.is_records) {
      advance_records(response, cursor, step);
      cursor.in_hole += step;
      if (step == segment.size) {
        ++cursor.hole;
        cursor.in_hole = 0;
      }
    } else {
      cursor.in_bytes += step;
    }
    bytes -= step;
  }
}

void ResponseWriter::advance_records(const Response& response, Cursor& cursor, std::size_t bytes) {
  while (bytes > 0) {
    const std::uint32_t body_size = response.records[cursor.record].entry.item.body_size;
    const std::size_t step = std::min<std::size_t>(bytes, body_size - cursor.in_record);
    cursor.in_record += static_cast<std::uint32_t>(step);
    if (cursor.in_record == body_size) {
      ++cursor.record;
      cursor.in_record = 0;
    }
    bytes -= step;
  }
}

// Goes on to the end of the segment. False: something is not cached here.
Result<bool> ResponseWriter::add_cached(const Response& response, Cursor& cursor,
                                        Gathered& gathered) const {
  const Segment segment = segment_at(response, cursor);
  if (!segment.is_records) {
    gathered.parts.push_back(ByteView(response.bytes).subspan(cursor.in_bytes, segment.size));
    gathered.size += segment.size;
    advance(response, cursor, segment.size);
    return true;
  }
  core::Engine& here = resources_.engine;
  const std::size_t first = gathered.slices.size();
  const SliceLimits limits{.count_max = parts_per_write_max - gathered.parts.size(),
                           .bytes_max = std::min(segment.size, bytes_per_write_max)};
  const std::size_t taken = take_cached(here, next_records(response, cursor.record),
                                        cursor.in_record, limits, gathered.slices);
  for (std::size_t n = first; n < gathered.slices.size(); ++n) {
    gathered.parts.push_back(gathered.slices[n].view());
  }
  gathered.size += taken;
  advance(response, cursor, taken);
  return taken == segment.size;
}

Task<Result<>> ResponseWriter::add_loaded(const Response& response, Cursor cursor,
                                          Gathered& gathered) {
  core::Engine* const owner = response.records[cursor.record].owner;
  const std::size_t in_hole = segment_at(response, cursor).size;
  std::vector<RecordSource> records;
  std::size_t size = 0;
  for (const RecordSource& record : next_records(response, cursor.record)) {
    if (record.owner != owner || size >= in_hole || size >= bytes_per_write_max) break;
    records.push_back(record);
    size += record.entry.item.body_size - (records.size() == 1 ? cursor.in_record : 0);
  }
  const SliceLimits limits{.count_max = parts_per_write_max, .bytes_max = bytes_per_write_max};
  CO_TRY(gathered.slices,
         co_await take_on_owner(resources_.engine, std::move(records), cursor.in_record, limits));
  for (const Bytes& slice : gathered.slices) {
    gathered.parts.push_back(slice.view());
    gathered.size += slice.size();
  }
  co_return Result<>{};
}

Task<Result<ResponseWriter::Gathered>> ResponseWriter::gather(const Response& response,
                                                              Cursor cursor) {
  Gathered gathered;
  while (!gathered.is_full() && !is_at_end(response, cursor)) {
    CO_TRY(const bool went_on, add_cached(response, cursor, gathered));
    if (!went_on) break;
  }
  if (gathered.parts.empty()) CO_TRY(co_await add_loaded(response, cursor, gathered));
  co_return gathered;
}

Task<Result<>> ResponseWriter::send(Response response) {
  Cursor cursor;
  Result<> outcome;
  while (!is_at_end(response, cursor)) {
    std::size_t sent = 0;
    {
      auto gathered = co_await gather(response, cursor);
      if (!gathered) {
        outcome = fail(std::move(gathered).error().while_doing("reading records for a response"));
        break;
      }
      const auto moved = stream_.try_write(gathered->parts);
      if (!moved) {
        outcome = fail(moved.error());
        break;
      }
      sent = moved->bytes;
    }
    if (sent > 0) {
      advance(response, cursor, sent);
      resources_.statistics.bytes_sent += sent;
      watchdog_.touch();
      continue;
    }
    // The slices are gone.
    outcome = co_await stream_.wait_writable();
    if (!outcome) break;
  }
  let_go(resources_.engine, std::move(response.records));
  co_return outcome;
}

}  // namespace koine::kafka
