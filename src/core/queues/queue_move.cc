#include "core/queues/queue_move.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/fields.h"
#include "core/queues/queue_fields.h"

namespace koine::core {

namespace {

std::string text_of(const FieldTable& table, std::string_view name) {
  const FieldValue* const value = find_field(table, name);
  const std::string* const text = value != nullptr ? value->as_text() : nullptr;
  return text != nullptr ? *text : std::string();
}

// As somebody would type it.
std::string shown(const FieldValue& value) {
  if (const std::string* const text = value.as_text()) return *text;
  if (const auto number = value.as_integer()) return fmt::format("{}", *number);
  if (const bool* const flag = std::get_if<bool>(&value.value)) return *flag ? "true" : "false";
  return {};
}

}  // namespace

std::optional<LastDeath> last_death_of(const FieldTable& headers) {
  const FieldValue* const deaths = find_field(headers, "x-death");
  const auto* const array = deaths != nullptr ? std::get_if<FieldArray>(&deaths->value) : nullptr;
  if (array == nullptr || array->empty()) return std::nullopt;
  const auto* const death = std::get_if<FieldTable>(&array->front().value);
  if (death == nullptr) return std::nullopt;
  LastDeath last{.queue = text_of(*death, "queue"),
                 .reason = text_of(*death, "reason"),
                 .exchange = text_of(*death, "exchange"),
                 .routing_key = {}};
  const FieldValue* const keys = find_field(*death, "routing-keys");
  const auto* const list = keys != nullptr ? std::get_if<FieldArray>(&keys->value) : nullptr;
  if (list != nullptr && !list->empty()) last.routing_key = shown(list->front());
  return last;
}

bool MoveFilter::matches(std::string_view key, const FieldTable& message_headers,
                         const std::optional<LastDeath>& death) const {
  if (routing_key && *routing_key != key) return false;
  if (reason && (!death || death->reason != *reason)) return false;
  return std::ranges::all_of(headers, [&](const auto& wanted) {
    const FieldValue* const value = find_field(message_headers, wanted.first);
    return value != nullptr && shown(*value) == wanted.second;
  });
}

namespace {

constexpr std::size_t destination_size_min = 4 + 8;

std::vector<std::byte> encode(const MoveProgress& progress) {
  FieldWriter writer;
  writer.number(static_cast<std::uint32_t>(progress.ends.size()));
  for (const Offset end : progress.ends) writer.number(end.value());
  write_queue_position(writer, progress.next);
  writer.boolean(progress.is_done);
  for (const std::uint64_t count : {progress.looked_at, progress.matched, progress.moved,
                                    progress.unroutable, progress.refused}) {
    writer.number(count);
  }
  writer.number(static_cast<std::uint32_t>(progress.destinations.size()));
  for (const auto& [name, count] : progress.destinations) {
    writer.text(name);
    writer.number(count);
  }
  return writer.take();
}

Result<MoveProgress> decode(ByteView note) {
  FieldReader reader(note);
  MoveProgress progress;
  TRY(const std::uint32_t levels, reader.count(sizeof(std::int64_t)));
  for (std::uint32_t n = 0; n < levels; ++n) {
    TRY(const auto end, reader.number<std::int64_t>());
    progress.ends.emplace_back(end);
  }
  TRY(progress.next, read_queue_position(reader));
  if (progress.next.level >= levels) return fail(ErrorCode::corrupt, "a move of no level");
  TRY(progress.is_done, reader.boolean());
  for (std::uint64_t* count : {&progress.looked_at, &progress.matched, &progress.moved,
                               &progress.unroutable, &progress.refused}) {
    TRY(*count, reader.number<std::uint64_t>());
  }
  TRY(const std::uint32_t destinations, reader.count(destination_size_min));
  for (std::uint32_t n = 0; n < destinations; ++n) {
    TRY(std::string name, reader.text());
    TRY(progress.destinations[std::move(name)], reader.number<std::uint64_t>());
  }
  TRY(reader.finish());
  return progress;
}

}  // namespace

IdempotentPiecePtr KeyedMove::progress(const MoveProgress& progress) const {
  auto said = std::make_shared<IdempotentPiece>(*piece);
  said->is_progress = true;
  said->note = encode(progress);
  return said;
}

Result<MoveProgress> resume_move(std::span<const IdempotencyRecord> records, KeyedMove& move) {
  MoveProgress progress;
  for (const IdempotencyRecord& record : records) {
    if (KnownCopies::is_piece_of(record)) TRY(move.copies.add(record));
    const bool is_own = record.piece.is_progress && record.piece.number == move.piece->number;
    if (is_own) {
      TRY(progress, decode(record.piece.note));
    }
  }
  return progress;
}

}  // namespace koine::core
