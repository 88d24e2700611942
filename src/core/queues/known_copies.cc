#include "core/queues/known_copies.h"

#include <algorithm>
#include <memory>

#include "base/fields.h"
#include "core/queues/queue_fields.h"

namespace koine::core {

bool KnownCopies::is_piece_of(const IdempotencyRecord& record) {
  const IdempotentPiece& piece = record.piece;
  return piece.is_progress && (piece.number == asked_piece || piece.number == sent_piece);
}

Result<> KnownCopies::add(const IdempotencyRecord& record) {
  FieldReader reader(record.piece.note);
  TRY(const auto shard, reader.number<std::uint16_t>());
  for (std::uint32_t n = 0; reader.left() >= queue_position_size; ++n) {
    TRY(const QueuePosition position, read_queue_position(reader));
    // Where nobody was asked, a full queue is a message's end.
    const bool was_refused =
        record.piece.number == asked_piece && std::ranges::binary_search(record.rejected, n);
    if (!was_refused) copies_.emplace(ShardId(shard), position);
  }
  return reader.finish();
}

bool KnownCopies::has(QueuePosition position) const {
  return std::ranges::any_of(copies_, [&](const auto& copy) { return copy.second == position; });
}

IdempotentPiecePtr KnownCopies::piece(const IdempotentPiece& of, std::uint32_t number,
                                      ShardId shard,
                                      std::span<const QueuePosition> positions) const {
  auto piece = std::make_shared<IdempotentPiece>(of);
  piece->number = number;
  piece->is_answer = false;
  piece->is_progress = true;
  FieldWriter note;
  note.number(shard.value());
  for (const QueuePosition position : positions) write_queue_position(note, position);
  for (const auto& [there, position] : copies_) {
    const bool has_room = note.size() + queue_position_size <= idempotency_note_bytes_max;
    if (there == shard && has_room) write_queue_position(note, position);
  }
  piece->note = note.take();
  return piece;
}

}  // namespace koine::core
