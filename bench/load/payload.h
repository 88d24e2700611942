// What the records hold: a sequence number in the first eight bytes, then bytes that do not compress.
// The sequence number is how a consumer finds a record that is lost or comes twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "generator.h"

inline std::string random_bytes(size_t count) {
  std::mt19937_64 random{20260101};
  std::string bytes(count, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

inline void stamp(std::string& payload, uint64_t sequence) {
  std::memcpy(payload.data(), &sequence, sizeof sequence);
}

inline uint64_t stamp_of(void const* payload, size_t bytes) {
  uint64_t sequence = 0;
  if (bytes < sizeof sequence) fail("a record came back with " + std::to_string(bytes) + " bytes");
  std::memcpy(&sequence, payload, sizeof sequence);
  return sequence;
}

// Remembers, in one bit each, which of the records 0 to count-1 have been seen.
class SeenRecords {
 public:
  explicit SeenRecords(size_t count) : seen_(count, false) {}

  void add(uint64_t sequence) {
    if (sequence >= seen_.size()) fail("record " + std::to_string(sequence) + " was never sent");
    if (seen_[sequence]) fail("record " + std::to_string(sequence) + " came twice");
    seen_[sequence] = true;
    ++count_;
  }

  bool has(uint64_t sequence) const { return seen_[sequence]; }
  size_t count() const { return count_; }
  bool complete() const { return count_ == seen_.size(); }

 private:
  std::vector<bool> seen_;
  size_t count_ = 0;
};
