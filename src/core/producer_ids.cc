#include "core/producer_ids.h"

#include <fmt/format.h>

#include "base/fields.h"

namespace koine::core {

Task<Result<ProducerId>> ProducerIds::next() {
  const runtime::Units turn = co_await reserving_.acquire(1);
  if (next_ == reserved_) {
    const std::int64_t reserved = reserved_ + block_size;
    FieldWriter writer;
    writer.number(reserved);
    CO_TRY(co_await log_.commit(writer.take(), [this, reserved] { reserved_ = reserved; }, {}));
  }
  co_return ProducerId(next_++);
}

std::vector<std::byte> ProducerIds::save() const {
  FieldWriter writer;
  writer.number(reserved_);
  return writer.take();
}

Result<> ProducerIds::restore(ByteView saved) {
  FieldReader reader(saved);
  TRY(const auto reserved, reader.number<std::int64_t>());
  TRY(reader.finish());
  if (reserved < reserved_) {
    return fail(ErrorCode::corrupt,
                fmt::format("producer ids up to {} after {}", reserved, reserved_));
  }
  next_ = reserved_ = reserved;
  return {};
}

}  // namespace koine::core
