#include "protocols/kafka/handlers/fetch_read.h"

#include <algorithm>
#include <utility>

#include "core/partition.h"
#include "protocols/kafka/errors.h"
#include "protocols/kafka/record_slices.h"

namespace koine::kafka {

namespace {

// What may still go into an answer. The first batch goes in whatever its size.
struct Room {
  std::size_t bytes = 0;
  bool is_empty = true;

  std::size_t limit(const Wanted& wanted) const { return std::min(bytes, wanted.bytes_max); }

  // How many of the records fit.
  std::size_t take(const Wanted& wanted, const std::vector<RecordSource>& records) {
    std::size_t left = limit(wanted);
    std::size_t count = 0;
    for (const RecordSource& record : records) {
      const std::size_t size = record.entry.item.body_size;
      if (size > left && !is_empty) break;
      const std::size_t taken = std::min(size, left);
      left -= taken;
      bytes -= std::min(size, bytes);
      is_empty = false;
      ++count;
    }
    return count;
  }
};

Task<Read> read(core::Engine& owner, Wanted wanted, bool is_first, std::size_t bytes_max) {
  Read read;
  const auto partition = owner.partition(wanted.log);
  if (partition == nullptr) {
    read.error = KafkaError::unknown_topic_or_partition;
    co_return read;
  }
  if (wanted.from < partition->start_offset() || wanted.from > partition->high_watermark()) {
    read.error = KafkaError::offset_out_of_range;
    co_return read;
  }
  if (bytes_max > 0 || is_first) {
    auto entries = co_await partition->read(wanted.from, bytes_max);
    if (!entries) {
      read.error = to_kafka_error(entries.error());
      co_return read;
    }
    read.records.reserve(entries->size());
    for (auto& entry : *entries) read.records.push_back({&owner, std::move(entry)});
  }
  read.high_watermark = partition->high_watermark();
  read.start_offset = partition->start_offset();
  co_return read;
}

}  // namespace

std::size_t Read::size() const {
  std::size_t size = 0;
  for (const RecordSource& record : records) size += record.entry.item.body_size;
  return size;
}

Task<std::vector<Read>> read_all(core::Engine& owner, std::vector<Wanted> wanted) {
  std::vector<Read> reads;
  reads.reserve(wanted.size());
  Room room{.bytes = wanted.empty() ? 0 : wanted.front().bytes_max_all};
  for (const Wanted& partition : wanted) {
    Read& done =
        reads.emplace_back(co_await read(owner, partition, room.is_empty, room.limit(partition)));
    done.records.resize(room.take(partition, done.records));
  }
  co_return reads;
}

void keep_limits(core::Engine& here, const std::vector<Wanted>& wanted, std::vector<Read>& reads) {
  Room room{.bytes = wanted.empty() ? 0 : wanted.front().bytes_max_all};
  std::vector<RecordSource> surplus;
  for (std::size_t n = 0; n < reads.size(); ++n) {
    auto& records = reads[n].records;
    const auto kept = static_cast<std::ptrdiff_t>(room.take(wanted[n], records));
    std::move(records.begin() + kept, records.end(), std::back_inserter(surplus));
    records.erase(records.begin() + kept, records.end());
  }
  let_go(here, std::move(surplus));
}

void let_go(core::Engine& here, std::vector<Read>& reads) {
  for (Read& read : reads) let_go(here, std::exchange(read.records, {}));
}

}  // namespace koine::kafka
