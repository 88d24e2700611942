// The saved catalog:
//
//   version 2 | count, what makes it (catalog_change.h) | count, next log number of each shard

#include <fmt/format.h>

#include <utility>

#include "core/catalog.h"

namespace koine::core {
namespace {

constexpr std::uint8_t format_version = 2;

}  // namespace

std::size_t Catalog::content_count() const {
  return topics_.size() + queues_.size() + routing_.exchange_count() + routing_.binding_count();
}

// What bindings join comes before them.
void Catalog::for_each_content(auto visit) const {
  for (const auto& [name, topic] : topics_) visit(PutTopic{topic});
  for (QueuePtr& queue : queues_.all()) visit(AddQueue{std::move(queue)});
  for (ExchangePtr& exchange : routing_.declared_exchanges())
    visit(AddExchange{std::move(exchange)});
  routing_.for_each_binding([&](Binding binding) { visit(AddBinding{std::move(binding)}); });
}

std::vector<CatalogChange> Catalog::contents() const {
  std::vector<CatalogChange> contents;
  contents.reserve(content_count());
  for_each_content([&](CatalogChange content) { contents.push_back(std::move(content)); });
  return contents;
}

std::vector<std::byte> Catalog::save() const {
  FieldWriter writer;
  writer.number(format_version);
  writer.number(static_cast<std::uint32_t>(content_count()));
  for_each_content([&](const CatalogChange& content) { write_change(writer, content); });
  writer.number(static_cast<std::uint32_t>(next_log_numbers_.size()));
  for (const std::uint64_t number : next_log_numbers_) writer.number(number);
  return writer.take();
}

Result<> Catalog::restore(ByteView saved) {
  FieldReader reader(saved);
  TRY(const auto version, reader.number<std::uint8_t>());
  if (version != format_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("a catalog in format {}, expected {}", version, format_version));
  }
  Catalog restored(virtual_hosts_);
  TRY(const std::uint32_t count, reader.count(change_size_min));
  for (std::uint32_t n = 0; n < count; ++n) {
    TRY(const CatalogChange content, read_change(reader));
    TRY(restored.put_back(content));
  }
  TRY(const std::uint32_t shard_count, reader.count(sizeof(std::uint64_t)));
  restored.next_log_numbers_.resize(shard_count);
  for (std::uint64_t& number : restored.next_log_numbers_) {
    TRY(number, reader.number<std::uint64_t>());
  }
  TRY(reader.finish());
  restored.version_ = version_ + 1;
  *this = std::move(restored);
  return {};
}

Result<> Catalog::restore(std::span<const CatalogChange> contents,
                          std::vector<std::uint64_t> next_log_numbers) {
  Catalog restored(virtual_hosts_);
  for (const CatalogChange& content : contents) TRY(restored.put_back(content));
  restored.next_log_numbers_ = std::move(next_log_numbers);
  restored.version_ = version_ + 1;
  *this = std::move(restored);
  return {};
}

// Nothing in what was saved can be refused.
Result<> Catalog::put_back(const CatalogChange& content) {
  if (auto applied = apply(content); !applied) {
    return fail(ErrorCode::corrupt,
                fmt::format("the saved catalog: {}", applied.error().message()));
  }
  return {};
}

}  // namespace koine::core
