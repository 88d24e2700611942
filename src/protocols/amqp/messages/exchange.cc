#include "protocols/amqp/messages/exchange.h"

#include "protocols/amqp/define_codec.h"

namespace koine::amqp {

template Outcome<ExchangeDeclare> decode(Reader&);
template void encode(Writer&, const ExchangeDeclare&);

template Outcome<ExchangeDeclareOk> decode(Reader&);
template void encode(Writer&, const ExchangeDeclareOk&);

template Outcome<ExchangeDelete> decode(Reader&);
template void encode(Writer&, const ExchangeDelete&);

template Outcome<ExchangeDeleteOk> decode(Reader&);
template void encode(Writer&, const ExchangeDeleteOk&);

template Outcome<ExchangeBind> decode(Reader&);
template void encode(Writer&, const ExchangeBind&);

template Outcome<ExchangeBindOk> decode(Reader&);
template void encode(Writer&, const ExchangeBindOk&);

template Outcome<ExchangeUnbind> decode(Reader&);
template void encode(Writer&, const ExchangeUnbind&);

template Outcome<ExchangeUnbindOk> decode(Reader&);
template void encode(Writer&, const ExchangeUnbindOk&);

}  // namespace koine::amqp
