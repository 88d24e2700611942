// JournalStateLog: a StateLog whose entries are entries of one of the journal's state logs.
//
//   commit(entry, apply) -> room -> append -> [ pending: offset, apply ] -> durable -> apply() -> caller resumes
//
// One shard. Made before the journal opens (its user restores its state meanwhile), attached after.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "core/state_log.h"
#include "journal/journal.h"
#include "runtime/shard.h"

namespace koine::core {

class JournalStateLog final : public StateLog, private journal::LogObserver {
 public:
  explicit JournalStateLog(runtime::Shard& shard) : shard_(shard) {}
  ~JournalStateLog() override;

  // Before the first commit; both outlive this object, or until detach().
  void attach(journal::Journal& journal, journal::Log& log);
  // Further commits give closed.
  void detach();

  Task<Result<>> commit(std::vector<std::byte> entry, std::move_only_function<void()> apply,
                        Keyed keyed) override;

 private:
  struct Pending {
    Offset offset;
    std::move_only_function<void()> apply;
  };

  void on_committed(Offset committed) override;
  void on_rolled_back(Offset committed) override;

  runtime::Shard& shard_;
  journal::Journal* journal_ = nullptr;
  journal::Log* log_ = nullptr;
  std::vector<Pending> pending_;  // by offset
};

}  // namespace koine::core
