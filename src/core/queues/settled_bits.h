// SettledBits: which messages of a log are settled.
//
//        floor        segment                 segment              segment
//   ------|-- . x . . x |  all settled (a flag)  |  . . x x . . . . |   nothing settled behind
//   all settled
//
// A bit for each message of a segment of 4096 in which some are settled and some are not; 16 bytes for any other segment
// between the floor and the last settled message; nothing for what is behind it. Settled in order, it is the floor alone.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/fields.h"
#include "base/ids.h"
#include "base/result.h"

namespace koine::core {

class SettledBits {
 public:
  static constexpr std::int64_t segment_size = 4096;

  SettledBits() = default;
  explicit SettledBits(Offset floor) : floor_(floor) {}
  SettledBits(SettledBits&&) noexcept = default;
  SettledBits& operator=(SettledBits&&) noexcept = default;

  // The first offset that is not settled; it need not exist yet.
  Offset floor() const { return floor_; }
  // Settled ones at or after the floor.
  std::uint64_t count_above_floor() const { return above_floor_; }
  bool contains(Offset offset) const;
  // In [from, to).
  std::uint64_t count(Offset from, Offset to) const;
  // The first at or after `from` that is not settled.
  Offset next_unsettled(Offset from) const;
  // The first in [from, end) that is settled; `end` if none is.
  Offset next_settled(Offset from, Offset end) const;

  // [from, to) is settled. How many of them were not before.
  std::uint64_t settle(Offset from, Offset to);
  // Forgets what is said of offsets from `end` on.
  void truncate(Offset end);

  void save(FieldWriter& writer) const;
  // Errors: corrupt.
  static Result<SettledBits> restore(FieldReader& reader);

  // Allocated, without the object itself.
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t words_per_segment = segment_size / 64;
  using Words = std::array<std::uint64_t, words_per_segment>;
  struct Segment {
    std::unique_ptr<Words> words;  // null: all or nothing is settled
    std::uint32_t count = 0;       // settled ones
    bool is_full() const { return count == segment_size; }
  };

  static std::int64_t number_of(Offset offset) { return offset.value() / segment_size; }
  // Null: nothing is settled there. At or above the floor.
  const Segment* segment_at(Offset offset) const;
  Segment& make_segment(std::int64_t number);
  static std::uint32_t settle_in(Segment& segment, std::int64_t from, std::int64_t to);
  void raise_floor(Offset floor);
  static void save_segment(const Segment& segment, FieldWriter& writer);
  static Result<Segment> restore_segment(FieldReader& reader);

  Offset floor_{0};
  std::uint64_t above_floor_ = 0;
  // From the one with the floor to the last in which something is settled. The first one's bits below the floor are set.
  std::vector<Segment> segments_;
};

}  // namespace koine::core
