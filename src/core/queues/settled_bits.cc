#include "core/queues/settled_bits.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"

namespace koine::core {
namespace {

constexpr std::int64_t word_bits = 64;

// Of a segment as it is saved. Toggles: the positions at which settled and unsettled ones change places, from unsettled on.
enum class SavedSegment : std::uint8_t { nothing = 0, full = 1, toggles = 2, bits = 3 };
// More take more room than the bits.
constexpr std::size_t toggles_max = 128;
constexpr std::size_t saved_segment_size_min = 1;

// Calls visit(word, mask of its bits) for the bits [from, to) of an array of words.
template <typename Visitor>
void each_word(std::int64_t from, std::int64_t to, Visitor visit) {
  while (from < to) {
    const auto bit = static_cast<unsigned>(from % word_bits);
    const std::int64_t end = std::min(to, from - bit + word_bits);
    const auto width = static_cast<unsigned>(end - from);
    const std::uint64_t ones = width == word_bits ? ~0ULL : (1ULL << width) - 1;
    visit(static_cast<std::size_t>(from / word_bits), ones << bit);
    from = end;
  }
}

}  // namespace

const SettledBits::Segment* SettledBits::segment_at(Offset offset) const {
  const auto index = static_cast<std::size_t>(number_of(offset) - number_of(floor_));
  return index < segments_.size() ? &segments_[index] : nullptr;
}

SettledBits::Segment& SettledBits::make_segment(std::int64_t number) {
  const std::int64_t first = number_of(floor_);
  const auto index = static_cast<std::size_t>(number - first);
  if (segments_.empty()) {
    segments_.emplace_back();
    settle_in(segments_.front(), 0, floor_.value() % segment_size);
  }
  if (segments_.size() <= index) segments_.resize(index + 1);
  return segments_[index];
}

// Positions in the segment.
std::uint32_t SettledBits::settle_in(Segment& segment, std::int64_t from, std::int64_t to) {
  if (from >= to || segment.is_full()) return 0;
  if (from == 0 && to == segment_size) {
    segment.words.reset();
    return segment_size - std::exchange(segment.count, segment_size);
  }
  if (segment.words == nullptr) segment.words = std::make_unique<Words>();
  std::uint32_t added = 0;
  each_word(from, to, [&](std::size_t word, std::uint64_t mask) {
    std::uint64_t& bits = (*segment.words)[word];
    added += static_cast<std::uint32_t>(std::popcount(mask & ~bits));
    bits |= mask;
  });
  segment.count += added;
  if (segment.is_full()) segment.words.reset();
  return added;
}

bool SettledBits::contains(Offset offset) const {
  if (offset < floor_) return true;
  if (above_floor_ == 0) return false;
  const Segment* segment = segment_at(offset);
  if (segment == nullptr) return false;
  if (segment->words == nullptr) return segment->is_full();
  const auto at = static_cast<std::size_t>(offset.value() % segment_size);
  return ((*segment->words)[at / word_bits] >> (at % word_bits) & 1U) != 0;
}

std::uint64_t SettledBits::count(Offset from, Offset to) const {
  if (from >= to) return 0;
  const Offset above = std::clamp(floor_, from, to);
  auto settled = static_cast<std::uint64_t>(above - from);
  for (Offset at = above; at < to && above_floor_ > 0;) {
    const Segment* segment = segment_at(at);
    if (segment == nullptr) break;
    const Offset begin{number_of(at) * segment_size};
    const Offset end = std::min(to, begin + segment_size);
    if (segment->is_full()) {
      settled += static_cast<std::uint64_t>(end - at);
    } else if (segment->words != nullptr) {
      each_word(at - begin, end - begin, [&](std::size_t word, std::uint64_t mask) {
        settled += static_cast<std::uint64_t>(std::popcount((*segment->words)[word] & mask));
      });
    }
    at = end;
  }
  return settled;
}

Offset SettledBits::next_unsettled(Offset from) const {
  if (from <= floor_) return floor_;
  if (above_floor_ == 0) return from;
  for (Offset at = from;;) {
    const Segment* segment = segment_at(at);
    if (segment == nullptr || segment->count == 0) return at;
    const Offset begin{number_of(at) * segment_size};
    if (!segment->is_full()) {
      for (std::int64_t bit = at - begin; bit < segment_size;) {
        const auto bits = (*segment->words)[static_cast<std::size_t>(bit / word_bits)];
        const auto shift = static_cast<unsigned>(bit % word_bits);
        const auto settled = std::countr_one(bits >> shift);
        if (settled < word_bits - static_cast<int>(shift)) return begin + (bit + settled);
        bit += word_bits - shift;
      }
    }
    at = begin + segment_size;
  }
}

Offset SettledBits::next_settled(Offset from, Offset end) const {
  if (from >= end || from < floor_) return std::min(from, end);
  if (above_floor_ == 0) return end;
  for (Offset at = from; at < end;) {
    const Segment* segment = segment_at(at);
    if (segment == nullptr) return end;
    if (segment->is_full()) return at;
    const Offset begin{number_of(at) * segment_size};
    if (segment->words != nullptr) {
      for (std::int64_t bit = at - begin; bit < segment_size;) {
        const auto bits = (*segment->words)[static_cast<std::size_t>(bit / word_bits)];
        const auto shift = static_cast<unsigned>(bit % word_bits);
        if (bits >> shift != 0)
          return std::min(end, begin + (bit + std::countr_zero(bits >> shift)));
        bit += word_bits - shift;
      }
    }
    at = begin + segment_size;
  }
  return end;
}

std::uint64_t SettledBits::settle(Offset from, Offset to) {
  from = std::max(from, floor_);
  if (from >= to) return 0;
  if (from == floor_ && segments_.empty()) {
    floor_ = to;
    return static_cast<std::uint64_t>(to - from);
  }
  std::uint64_t added = 0;
  for (Offset at = from; at < to;) {
    const Offset begin{number_of(at) * segment_size};
    const Offset end = std::min(to, begin + segment_size);
    added += settle_in(make_segment(number_of(at)), at - begin, end - begin);
    at = end;
  }
  above_floor_ += added;
  if (from == floor_) raise_floor(next_unsettled(to));
  return added;
}

void SettledBits::raise_floor(Offset floor) {
  above_floor_ -= static_cast<std::uint64_t>(floor - floor_);
  const std::int64_t passed = number_of(floor) - number_of(floor_);
  floor_ = floor;
  if (above_floor_ == 0) {
    segments_ = std::vector<Segment>();
  } else if (passed > 0) {
    segments_.erase(segments_.begin(), segments_.begin() + passed);
  }
}

void SettledBits::truncate(Offset end) {
  if (end <= floor_) {
    *this = SettledBits(end);
    return;
  }
  const auto last = static_cast<std::size_t>(number_of(end) - number_of(floor_));
  if (last >= segments_.size()) return;
  Segment kept;
  const Offset begin{number_of(end) * segment_size};
  for (Offset at = begin; at < end; at = at + 1) {
    if (contains(at)) settle_in(kept, at - begin, at - begin + 1);
  }
  segments_.resize(last);
  segments_.push_back(std::move(kept));
  above_floor_ = 0;
  for (const Segment& segment : segments_) above_floor_ += segment.count;
  above_floor_ -= static_cast<std::uint64_t>(floor_.value() % segment_size);
  if (above_floor_ == 0) segments_ = std::vector<Segment>();
}

void SettledBits::save_segment(const Segment& segment, FieldWriter& writer) {
  const auto kind = [&](SavedSegment saved) { writer.number(static_cast<std::uint8_t>(saved)); };
  if (segment.words == nullptr)
    return kind(segment.is_full() ? SavedSegment::full : SavedSegment::nothing);
  std::vector<std::uint16_t> toggles;
  std::uint64_t before = 0;  // the bit before the word
  for (std::size_t word = 0; word < words_per_segment && toggles.size() <= toggles_max; ++word) {
    const std::uint64_t bits = (*segment.words)[word];
    for (std::uint64_t changes = bits ^ (bits << 1U | before); changes != 0;
         changes &= changes - 1) {
      toggles.push_back(static_cast<std::uint16_t>(word * word_bits + std::countr_zero(changes)));
    }
    before = bits >> (word_bits - 1);
  }
  if (toggles.size() <= toggles_max) {
    kind(SavedSegment::toggles);
    writer.number(static_cast<std::uint8_t>(toggles.size()));
    for (const std::uint16_t toggle : toggles) writer.number(toggle);
    return;
  }
  kind(SavedSegment::bits);
  for (const std::uint64_t bits : *segment.words) writer.number(bits);
}

Result<SettledBits::Segment> SettledBits::restore_segment(FieldReader& reader) {
  Segment segment;
  TRY(const auto kind, reader.number<std::uint8_t>());
  switch (static_cast<SavedSegment>(kind)) {
    case SavedSegment::nothing: return segment;
    case SavedSegment::full: segment.count = segment_size; return segment;
    case SavedSegment::toggles: {
      TRY(const auto count, reader.number<std::uint8_t>());
      std::int64_t from = -1;
      for (int n = 0; n < count; ++n) {
        TRY(const std::int64_t toggle, reader.number<std::uint16_t>());
        if (from >= 0) settle_in(segment, from, std::min(toggle, segment_size));
        from = from >= 0 ? -1 : toggle;
      }
      if (from >= 0) settle_in(segment, from, segment_size);
      return segment;
    }
    case SavedSegment::bits:
      segment.words = std::make_unique<Words>();
      for (std::uint64_t& bits : *segment.words) {
        TRY(bits, reader.number<std::uint64_t>());
        segment.count += static_cast<std::uint32_t>(std::popcount(bits));
      }
      if (segment.is_full() || segment.count == 0) segment.words.reset();
      return segment;
  }
  return fail(ErrorCode::corrupt, fmt::format("settled messages saved as kind {}", kind));
}

void SettledBits::save(FieldWriter& writer) const {
  writer.number(floor_.value());
  writer.number(static_cast<std::uint32_t>(segments_.size()));
  for (const Segment& segment : segments_) save_segment(segment, writer);
}

Result<SettledBits> SettledBits::restore(FieldReader& reader) {
  TRY(const auto floor, reader.number<std::int64_t>());
  if (floor < 0) return fail(ErrorCode::corrupt, fmt::format("settled up to offset {}", floor));
  SettledBits bits{Offset(floor)};
  TRY(const std::uint32_t count, reader.count(saved_segment_size_min));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(bits.segments_.emplace_back(), restore_segment(reader));
    bits.above_floor_ += bits.segments_.back().count;
  }
  if (count == 0) return bits;
  const std::int64_t below = floor % segment_size;
  if (settle_in(bits.segments_.front(), 0, below) != 0)
    return fail(ErrorCode::corrupt, "a message below the first unsettled one is not settled");
  bits.above_floor_ -= static_cast<std::uint64_t>(below);
  if (bits.contains(bits.floor_))
    return fail(ErrorCode::corrupt, "the first unsettled message is settled");
  return bits;
}

std::size_t SettledBits::memory_bytes() const {
  const auto with_words =
      std::ranges::count_if(segments_, [](const Segment& s) { return s.words != nullptr; });
  return segments_.capacity() * sizeof(Segment) +
         static_cast<std::size_t>(with_words) * sizeof(Words);
}

}  // namespace koine::core
