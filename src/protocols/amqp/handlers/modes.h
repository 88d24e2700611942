// The modes of a channel: confirm.select, and transactions. A channel has at most one of them.
#pragma once

#include "base/task.h"
#include "protocols/amqp/messages/confirm.h"
#include "protocols/amqp/messages/tx.h"
#include "protocols/amqp/scope.h"

namespace koine::amqp {

Task<Outcome<>> handle(Scope& scope, ConfirmSelect select);
Task<Outcome<>> handle(Scope& scope, TxSelect select);
// Answers when everything that the transaction published and settled is durable. What is on one shard becomes so in one commit.
Task<Outcome<>> handle(Scope& scope, TxCommit commit);
Task<Outcome<>> handle(Scope& scope, TxRollback rollback);

}  // namespace koine::amqp
