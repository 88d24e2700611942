#include "protocols/amqp/messages/queue.h"

#include "protocols/amqp/define_codec.h"

namespace koine::amqp {

template Outcome<QueueDeclare> decode(Reader&);
template void encode(Writer&, const QueueDeclare&);

template Outcome<QueueDeclareOk> decode(Reader&);
template void encode(Writer&, const QueueDeclareOk&);

template Outcome<QueueBind> decode(Reader&);
template void encode(Writer&, const QueueBind&);

template Outcome<QueueBindOk> decode(Reader&);
template void encode(Writer&, const QueueBindOk&);

template Outcome<QueueUnbind> decode(Reader&);
template void encode(Writer&, const QueueUnbind&);

template Outcome<QueueUnbindOk> decode(Reader&);
template void encode(Writer&, const QueueUnbindOk&);

template Outcome<QueuePurge> decode(Reader&);
template void encode(Writer&, const QueuePurge&);

template Outcome<QueuePurgeOk> decode(Reader&);
template void encode(Writer&, const QueuePurgeOk&);

template Outcome<QueueDelete> decode(Reader&);
template void encode(Writer&, const QueueDelete&);

template Outcome<QueueDeleteOk> decode(Reader&);
template void encode(Writer&, const QueueDeleteOk&);

}  // namespace koine::amqp
