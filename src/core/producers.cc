#include "core/producers.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/fields.h"

namespace koine::core {
namespace {

constexpr std::int32_t sequence_max = std::numeric_limits<std::int32_t>::max();
constexpr std::uint8_t saved_version = 1;
constexpr std::size_t saved_batch_size = 8 + 4 + 4 + 2;
constexpr std::size_t saved_producer_size_min = 8 + 8 + 4 + saved_batch_size;

Producers::Batch remembered(const BatchHeader& batch, Offset base_offset) {
  return {.base_offset = base_offset,
          .first_sequence = batch.base_sequence,
          .last_sequence = sequence_after(batch.base_sequence, batch.last_offset_delta),
          .epoch = batch.producer_epoch};
}

Result<Producers::Batch> read_batch(FieldReader& reader) {
  Producers::Batch batch;
  TRY(const auto offset, reader.number<std::int64_t>());
  batch.base_offset = Offset(offset);
  TRY(batch.first_sequence, reader.number<std::int32_t>());
  TRY(batch.last_sequence, reader.number<std::int32_t>());
  TRY(batch.epoch, reader.number<std::int16_t>());
  return batch;
}

Result<Producers::Producer> read_producer(FieldReader& reader) {
  Producers::Producer producer;
  TRY(const auto id, reader.number<std::int64_t>());
  producer.id = ProducerId(id);
  TRY(producer.used_ms, reader.number<std::int64_t>());
  TRY(const std::uint32_t count, reader.count(saved_batch_size));
  if (count == 0) return fail(ErrorCode::corrupt, fmt::format("producer {} without a batch", id));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const auto batch, read_batch(reader));
    producer.batches.push_back(batch);
  }
  return producer;
}

}  // namespace

std::int32_t sequence_after(std::int32_t sequence, std::int32_t distance) {
  if (sequence > sequence_max - distance) return distance - (sequence_max - sequence) - 1;
  return sequence + distance;
}

Result<std::optional<Offset>> Producers::check(const BatchHeader& batch) const {
  const auto found = by_id_.find(batch.producer_id);
  // Kafka takes any first sequence of a producer that it does not know: it may have been forgotten.
  if (found == by_id_.end()) {
    const auto refused = refused_.find(batch.producer_id);
    if (refused == refused_.end() || refused->second.epoch != batch.producer_epoch ||
        refused->second.first_sequence == batch.base_sequence) {
      return std::nullopt;
    }
    return fail(ErrorCode::conflict, fmt::format("producer {} sent sequence {}, expected {} again",
                                                 batch.producer_id.value(), batch.base_sequence,
                                                 refused->second.first_sequence));
  }
  const Producer& producer = *found->second;
  const Batch& last = producer.batches.back();
  if (batch.producer_epoch < last.epoch) {
    return fail(ErrorCode::denied,
                fmt::format("producer {} with epoch {} is fenced by epoch {}", producer.id.value(),
                            batch.producer_epoch, last.epoch));
  }
  if (batch.producer_epoch > last.epoch) {
    if (batch.base_sequence == 0) return std::nullopt;
    return fail(ErrorCode::conflict,
                fmt::format("producer {} begins epoch {} with sequence {}, expected 0",
                            producer.id.value(), batch.producer_epoch, batch.base_sequence));
  }
  const Batch same = remembered(batch, Offset{0});
  for (const Batch& known : producer.batches) {
    if (known.epoch == same.epoch && known.first_sequence == same.first_sequence &&
        known.last_sequence == same.last_sequence) {
      return known.base_offset;
    }
  }
  const std::int32_t expected = sequence_after(last.last_sequence, 1);
  if (batch.base_sequence != expected) {
    return fail(ErrorCode::conflict,
                fmt::format("producer {} sent sequence {}, expected {}", producer.id.value(),
                            batch.base_sequence, expected));
  }
  return std::nullopt;
}

void Producers::refused(ProducerId id, std::int16_t epoch, std::int32_t first_sequence,
                        WallTimeMs now_ms) {
  if (by_id_.contains(id)) return;
  if (refused_.size() >= count_max_) refused_.clear();
  const Refused refused{.epoch = epoch, .first_sequence = first_sequence, .refused_ms = now_ms};
  const auto [at, is_new] = refused_.try_emplace(id, refused);
  if (!is_new && at->second.epoch < epoch) at->second = refused;
}

void Producers::record(const BatchHeader& batch, Offset base_offset, WallTimeMs now_ms) {
  refused_.erase(batch.producer_id);
  auto found = by_id_.find(batch.producer_id);
  if (found == by_id_.end()) {
    by_use_.push_back({.id = batch.producer_id, .batches = {}});
    found = by_id_.emplace(batch.producer_id, std::prev(by_use_.end())).first;
  } else {
    by_use_.splice(by_use_.end(), by_use_, found->second);
  }
  Producer& producer = *found->second;
  producer.used_ms = now_ms;
  producer.batches.push_back(remembered(batch, base_offset));
  trim_durable(producer);
  forget_surplus();
}

void Producers::trim_durable(Producer& producer) const {
  const auto in_flight =
      std::ranges::lower_bound(producer.batches, committed_, {}, &Batch::base_offset);
  const auto durable = in_flight - producer.batches.begin();
  const auto surplus = durable - static_cast<std::ptrdiff_t>(remembered_batches);
  if (surplus > 0)
    producer.batches.erase(producer.batches.begin(), producer.batches.begin() + surplus);
}

bool Producers::has_in_flight(const Producer& producer) const {
  return producer.batches.back().base_offset >= committed_;
}

void Producers::forget_surplus() {
  for (auto at = by_use_.begin(); by_id_.size() > count_max_ && at != by_use_.end();) {
    if (has_in_flight(*at)) {
      ++at;
      continue;
    }
    by_id_.erase(at->id);
    at = by_use_.erase(at);
  }
}

void Producers::roll_back(Offset committed) {
  committed_ = committed;
  for (auto at = by_use_.begin(); at != by_use_.end();) {
    const Batch first = at->batches.front();
    std::erase_if(at->batches, [&](const Batch& batch) { return batch.base_offset >= committed; });
    if (!at->batches.empty()) {
      ++at;
      continue;
    }
    by_id_.erase(at->id);
    refused(at->id, first.epoch, first.first_sequence, at->used_ms);
    at = by_use_.erase(at);
  }
}

void Producers::expire(WallTimeMs before_ms) {
  std::erase_if(refused_, [&](const auto& item) { return item.second.refused_ms < before_ms; });
  for (auto at = by_use_.begin(); at != by_use_.end() && at->used_ms < before_ms;) {
    if (has_in_flight(*at)) {
      ++at;
      continue;
    }
    by_id_.erase(at->id);
    at = by_use_.erase(at);
  }
}

std::vector<std::byte> Producers::save() const {
  FieldWriter writer;
  writer.number(saved_version);
  writer.number(committed_.value());
  writer.number(static_cast<std::uint32_t>(by_use_.size()));
  for (const Producer& producer : by_use_) {
    writer.number(producer.id.value());
    writer.number(producer.used_ms);
    const std::size_t skipped =
        producer.batches.size() - std::min(producer.batches.size(), remembered_batches);
    writer.number(static_cast<std::uint32_t>(producer.batches.size() - skipped));
    for (const Batch& batch : std::span(producer.batches).subspan(skipped)) {
      writer.number(batch.base_offset.value());
      writer.number(batch.first_sequence);
      writer.number(batch.last_sequence);
      writer.number(batch.epoch);
    }
  }
  return writer.take();
}

Result<> Producers::restore(ByteView saved) {
  FieldReader reader(saved);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != saved_version) {
    return fail(ErrorCode::corrupt,
                fmt::format("producers in format {}, expected {}", version, saved_version));
  }
  by_use_.clear();
  by_id_.clear();
  TRY(const auto committed, reader.number<std::int64_t>());
  committed_ = Offset(committed);
  TRY(const std::uint32_t count, reader.count(saved_producer_size_min));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(auto producer, read_producer(reader));
    const ProducerId id = producer.id;
    by_use_.push_back(std::move(producer));
    if (!by_id_.emplace(id, std::prev(by_use_.end())).second) {
      return fail(ErrorCode::corrupt, fmt::format("producer {} is there twice", id.value()));
    }
  }
  forget_surplus();
  return reader.finish();
}

void Producers::replay(const BatchHeader& batch, Offset base_offset, WallTimeMs now_ms) {
  committed_ = base_offset + batch.record_count;
  if (batch.has_producer()) record(batch, base_offset, now_ms);
}

}  // namespace koine::core
