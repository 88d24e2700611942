#include "protocols/amqp/handlers/channel.h"

namespace koine::amqp {

Task<Outcome<>> handle(Scope& scope, ChannelFlow flow) {
  if (!flow.active) co_return refuse(ReplyCode::not_implemented, "active=false");
  scope.answer(ChannelFlowOk{.active = true});
  co_return Outcome<>{};
}

}  // namespace koine::amqp
