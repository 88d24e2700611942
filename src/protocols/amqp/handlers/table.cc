#include "protocols/amqp/handlers/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "protocols/amqp/codec.h"
#include "protocols/amqp/handlers/basic.h"
#include "protocols/amqp/handlers/channel.h"
#include "protocols/amqp/handlers/exchange.h"
#include "protocols/amqp/handlers/modes.h"
#include "protocols/amqp/handlers/queue.h"
#include "protocols/amqp/method_table.h"

namespace koine::amqp {

namespace {

struct Operation {
  MethodId method;
  Outcome<Task<Outcome<>>> (*begin)(Scope& scope, Reader& reader);
};

template <typename Method>
Outcome<Task<Outcome<>>> decode_and_handle(Scope& scope, Reader& reader) {
  TRY(Method method, decode<Method>(reader));
  return handle(scope, std::move(method));
}

template <typename... Methods>
constexpr auto operations_of() {
  return std::to_array<Operation>({{Methods::id, decode_and_handle<Methods>}...});
}

constexpr auto operations =
    operations_of<ChannelFlow, ExchangeDeclare, ExchangeDelete, ExchangeBind, ExchangeUnbind,
                  QueueDeclare, QueueBind, QueueUnbind, QueuePurge, QueueDelete, BasicQos,
                  BasicConsume, BasicCancel, BasicGet, BasicRecover, BasicRecoverAsync,
                  ConfirmSelect, TxSelect, TxCommit, TxRollback>();

}  // namespace

Outcome<Task<Outcome<>>> begin(Scope& scope, MethodId method, Reader& reader) {
  const auto found = std::ranges::find(operations, method, &Operation::method);
  if (found != operations.end()) return found->begin(scope, reader);
  if (find_method(method) == nullptr) {
    return refuse(ReplyCode::command_invalid, fmt::format("unimplemented {}", name_of(method)));
  }
  return refuse(ReplyCode::command_invalid,
                fmt::format("unimplemented method {}", name_of(method)));
}

}  // namespace koine::amqp
