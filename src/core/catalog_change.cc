#include "core/catalog_change.h"

#include <fmt/format.h>

#include "core/queues/queue_fields.h"
#include "core/routing/exchange_fields.h"
#include "core/topic_fields.h"

namespace koine::core {
namespace {

constexpr std::uint8_t format_version = 2;

// Stored on disk: never changed.
enum class Kind : std::uint8_t {
  put_topic = 1,
  remove_topic,
  add_queue,
  remove_queue,
  add_exchange,
  remove_exchange,
  add_binding,
  remove_binding,
  forget_transient,
  remember_key,
};

struct Encoder {
  FieldWriter& writer;

  void begin(Kind kind) const { writer.number(static_cast<std::uint8_t>(kind)); }
  void operator()(const PutTopic& change) const {
    begin(Kind::put_topic);
    write_topic(writer, *change.topic);
  }
  void operator()(const RemoveTopic& change) const {
    begin(Kind::remove_topic);
    writer.text(change.name);
  }
  void operator()(const AddQueue& change) const {
    begin(Kind::add_queue);
    write_queue(writer, *change.queue);
  }
  void operator()(const RemoveQueue& change) const {
    begin(Kind::remove_queue);
    writer.number(change.id.value());
  }
  void operator()(const AddExchange& change) const {
    begin(Kind::add_exchange);
    write_exchange(writer, *change.exchange);
  }
  void operator()(const RemoveExchange& change) const {
    begin(Kind::remove_exchange);
    write_name(writer, change.name);
    writer.boolean(change.if_unused);
  }
  void operator()(const AddBinding& change) const {
    begin(Kind::add_binding);
    write_binding(writer, change.binding);
  }
  void operator()(const RemoveBinding& change) const {
    begin(Kind::remove_binding);
    write_binding(writer, change.binding);
  }
  void operator()(const ForgetTransient& /*change*/) const { begin(Kind::forget_transient); }
  void operator()(const RememberKey& change) const {
    begin(Kind::remember_key);
    writer.blob(change.record);
  }
};

Result<CatalogChange> read_remove_exchange(FieldReader& reader) {
  RemoveExchange change;
  TRY(change.name, read_name(reader));
  TRY(change.if_unused, reader.boolean());
  return change;
}

}  // namespace

void write_change(FieldWriter& writer, const CatalogChange& change) {
  std::visit(Encoder{writer}, change);
}

Result<CatalogChange> read_change(FieldReader& reader) {
  TRY(const auto kind, reader.number<std::uint8_t>());
  switch (static_cast<Kind>(kind)) {
    case Kind::put_topic: {
      TRY(TopicPtr topic, read_topic(reader));
      return PutTopic{std::move(topic)};
    }
    case Kind::remove_topic: {
      TRY(std::string name, reader.text());
      return RemoveTopic{std::move(name)};
    }
    case Kind::add_queue: {
      TRY(QueuePtr queue, read_queue(reader));
      return AddQueue{std::move(queue)};
    }
    case Kind::remove_queue: {
      TRY(const auto id, reader.number<std::uint64_t>());
      return RemoveQueue{LogId(id)};
    }
    case Kind::add_exchange: {
      TRY(ExchangePtr exchange, read_exchange(reader));
      return AddExchange{std::move(exchange)};
    }
    case Kind::remove_exchange: return read_remove_exchange(reader);
    case Kind::add_binding: {
      TRY(Binding binding, read_binding(reader));
      return AddBinding{std::move(binding)};
    }
    case Kind::remove_binding: {
      TRY(Binding binding, read_binding(reader));
      return RemoveBinding{std::move(binding)};
    }
    case Kind::forget_transient: return ForgetTransient{};
    case Kind::remember_key: {
      TRY(const ByteView record, reader.blob());
      return RememberKey{{record.begin(), record.end()}};
    }
  }
  return fail(ErrorCode::corrupt, fmt::format("unknown kind {} of catalog change", kind));
}

std::vector<std::byte> encode_changes(std::span<const CatalogChange> changes) {
  FieldWriter writer;
  writer.number(format_version);
  writer.number(static_cast<std::uint32_t>(changes.size()));
  for (const CatalogChange& change : changes) write_change(writer, change);
  return writer.take();
}

Result<std::vector<CatalogChange>> decode_changes(ByteView entry) {
  FieldReader reader(entry);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != format_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("a catalog in format {}, expected {}", version, format_version));
  }
  std::vector<CatalogChange> changes;
  TRY(const std::uint32_t count, reader.count(change_size_min));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(CatalogChange change, read_change(reader));
    changes.push_back(std::move(change));
  }
  TRY(reader.finish());
  return changes;
}

}  // namespace koine::core
