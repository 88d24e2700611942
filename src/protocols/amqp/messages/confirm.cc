#include "protocols/amqp/messages/confirm.h"

#include "protocols/amqp/define_codec.h"

namespace koine::amqp {

template Outcome<ConfirmSelect> decode(Reader&);
template void encode(Writer&, const ConfirmSelect&);

template Outcome<ConfirmSelectOk> decode(Reader&);
template void encode(Writer&, const ConfirmSelectOk&);

}  // namespace koine::amqp
