#include "core/catalog_writer.h"

#include <optional>
#include <utility>

namespace koine::core {
namespace {

// A batch becomes one entry of the journal, which may be a quarter of the smallest chunk (1 MiB); one change may be as large
// as a queue with its arguments (core/queues/queue_spec_check.h) on top.
constexpr std::size_t batch_bytes_max = 128 * 1024;

std::size_t size_of(const CatalogChange& change) {
  FieldWriter writer;
  write_change(writer, change);
  return writer.size();
}

}  // namespace

struct CatalogWriter::Batch {
  explicit Batch(io::Reactor& reactor) : ended(reactor) {}

  std::shared_ptr<CatalogBatch> content = std::make_shared<CatalogBatch>();
  std::size_t size = 0;
  bool has_ended = false;
  runtime::Signal ended;
};

Task<Result<>> CatalogWriter::change(CatalogChange change, IdempotentPiecePtr keyed,
                                     std::int64_t result) {
  if (gate_.is_closed()) co_return fail(ErrorCode::closed, "the server is stopping");
  std::size_t size = size_of(change);
  std::optional<CatalogChange> key;
  if (keyed != nullptr) {
    key = RememberKey{encode_record(
        {.piece = *keyed, .made_ms = reactor_.wall_clock_ms(), .result = result, .rejected = {}})};
    size += size_of(*key);
  }
  if (waiting_.empty() || waiting_.back()->size + size > batch_bytes_max)
    waiting_.push_back(std::make_shared<Batch>(reactor_));
  const std::shared_ptr<Batch> batch = waiting_.back();
  const std::size_t position = batch->content->changes.size();
  batch->size += size;
  batch->content->changes.push_back(std::move(change));
  if (key) batch->content->changes.push_back(std::move(*key));
  if (!is_writing_) gate_.spawn(write());
  while (!batch->has_ended) co_await batch->ended.wait();
  co_return batch->content->outcomes[position];
}

Task<void> CatalogWriter::write() {
  is_writing_ = true;
  while (!waiting_.empty()) {
    const std::shared_ptr<Batch> batch = std::move(waiting_.front());
    waiting_.pop_front();
    co_await write(*batch);
    batch->has_ended = true;
    batch->ended.notify_all();
  }
  is_writing_ = false;
}

Task<void> CatalogWriter::write(Batch& batch) {
  CatalogBatch& content = *batch.content;
  co_await audience_.announce(batch.content);
  const auto committed = co_await log_.commit(
      encode_changes(content.changes),
      [this, content = batch.content] { content->outcomes = audience_.apply(*content); }, {});
  co_await audience_.tell(batch.content);
  if (!committed) content.outcomes.assign(content.changes.size(), committed);
}

}  // namespace koine::core
