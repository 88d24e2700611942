#include "core/topic_append.h"

#include <memory>
#include <utility>

#include "core/engine.h"
#include "core/on_owners.h"
#include "core/partition.h"

namespace koine::core {
namespace {

std::unexpected<Error> gone() { return fail(ErrorCode::not_found, "the topic was deleted"); }

Keyed keyed_here(Engine& owner, IdempotentPiecePtr piece) {
  if (piece == nullptr) return {};
  return {.log = &owner.idempotency(), .piece = std::move(piece)};
}

Task<Result<Offset>> append_there(Engine& owner, LogId log, Bytes batch, IdempotentPiecePtr keyed) {
  const auto partition = owner.partition(log);
  if (partition == nullptr) co_return gone();
  CO_TRY(const Appended appended,
         co_await partition->append(std::move(batch), keyed_here(owner, std::move(keyed))));
  if (appended.commit != nullptr) CO_TRY(co_await journal::done(appended.commit));
  co_return appended.base_offset;
}

// All have their place before the first is waited for: mostly they share a commit.
Task<std::vector<Result<Offset>>> append_all(Engine& owner, std::vector<PartitionBatch> batches) {
  std::vector<Result<Offset>> outcomes;
  std::vector<std::shared_ptr<journal::Commit>> commits;
  for (PartitionBatch& each : batches) {
    const auto partition = owner.partition(each.log);
    Result<Appended> appended = gone();
    if (partition != nullptr) {
      appended = co_await partition->append(std::move(each.batch),
                                            keyed_here(owner, std::move(each.keyed)));
    }
    commits.push_back(appended ? appended->commit : nullptr);
    outcomes.push_back(appended ? Result<Offset>(appended->base_offset)
                                : fail(std::move(appended).error()));
  }
  for (std::size_t n = 0; n < commits.size(); ++n) {
    if (commits[n] == nullptr) continue;
    if (auto done = co_await journal::done(commits[n]); !done) {
      outcomes[n] = fail(std::move(done).error());
    }
  }
  co_return outcomes;
}

}  // namespace

Task<Result<Offset>> append_durably(Engine& here, LogId partition, Bytes batch,
                                    IdempotentPiecePtr keyed) {
  Engine* const owner = &here.owner_of(partition);
  if (owner == &here)
    co_return co_await append_there(here, partition, std::move(batch), std::move(keyed));
  co_return co_await runtime::call_on<Result<Offset>>(
      here.shard(), owner->shard(),
      [owner, partition, batch = std::move(batch), keyed = std::move(keyed)]() mutable {
        return append_there(*owner, partition, std::move(batch), std::move(keyed));
      });
}

Task<std::vector<Result<Offset>>> append_durably(Engine& here,
                                                 std::vector<PartitionBatch> batches) {
  co_return co_await on_owners<PartitionBatch, Result<Offset>>(here, std::move(batches),
                                                               append_all);
}

}  // namespace koine::core
