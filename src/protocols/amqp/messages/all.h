// Every method, for those who treat all alike.
#pragma once

#include "protocols/amqp/messages/basic.h"
#include "protocols/amqp/messages/channel.h"
#include "protocols/amqp/messages/confirm.h"
#include "protocols/amqp/messages/connection.h"
#include "protocols/amqp/messages/exchange.h"
#include "protocols/amqp/messages/queue.h"
#include "protocols/amqp/messages/tx.h"

namespace koine::amqp {

template <typename... Methods>
struct MethodList {};

using AllMethods = MethodList<
    ConnectionStart, ConnectionStartOk, ConnectionSecure, ConnectionSecureOk, ConnectionTune,
    ConnectionTuneOk, ConnectionOpen, ConnectionOpenOk, ConnectionClose, ConnectionCloseOk,
    ConnectionBlocked, ConnectionUnblocked, ConnectionUpdateSecret, ConnectionUpdateSecretOk,
    ChannelOpen, ChannelOpenOk, ChannelFlow, ChannelFlowOk, ChannelClose, ChannelCloseOk,
    ExchangeDeclare, ExchangeDeclareOk, ExchangeDelete, ExchangeDeleteOk, ExchangeBind,
    ExchangeBindOk, ExchangeUnbind, ExchangeUnbindOk, QueueDeclare, QueueDeclareOk, QueueBind,
    QueueBindOk, QueueUnbind, QueueUnbindOk, QueuePurge, QueuePurgeOk, QueueDelete, QueueDeleteOk,
    BasicQos, BasicQosOk, BasicConsume, BasicConsumeOk, BasicCancel, BasicCancelOk, BasicPublish,
    BasicReturn, BasicDeliver, BasicGet, BasicGetOk, BasicGetEmpty, BasicAck, BasicReject,
    BasicRecoverAsync, BasicRecover, BasicRecoverOk, BasicNack, ConfirmSelect, ConfirmSelectOk,
    TxSelect, TxSelectOk, TxCommit, TxCommitOk, TxRollback, TxRollbackOk>;

}  // namespace koine::amqp
