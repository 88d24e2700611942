// For tests: the observer of a log whose records are acknowledged one by one, in any order, as a queue's are. What it was
// told counts as durable: it survives the journals that are opened one after another.
#pragma once

#include <cstdint>
#include <set>

#include "journal/journal.h"

namespace koine::journal {

class TestQueue final : public LogObserver {
 public:
  void ack(Offset offset) { acked_.insert(offset.value()); }
  bool is_acked(Offset offset) const { return acked_.contains(offset.value()); }

  void on_committed(Offset) override {}
  void on_rolled_back(Offset) override {}
  std::uint64_t needed_records(Offset from, Offset to) const override {
    const auto acked =
        std::distance(acked_.lower_bound(from.value()), acked_.lower_bound(to.value()));
    return static_cast<std::uint64_t>((to - from) - acked);
  }

 private:
  std::set<std::int64_t> acked_;
};

}  // namespace koine::journal
