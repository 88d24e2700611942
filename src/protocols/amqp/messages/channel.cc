#include "protocols/amqp/messages/channel.h"

#include "protocols/amqp/define_codec.h"

namespace koine::amqp {

template Outcome<ChannelOpen> decode(Reader&);
template void encode(Writer&, const ChannelOpen&);

template Outcome<ChannelOpenOk> decode(Reader&);
template void encode(Writer&, const ChannelOpenOk&);

template Outcome<ChannelFlow> decode(Reader&);
template void encode(Writer&, const ChannelFlow&);

template Outcome<ChannelFlowOk> decode(Reader&);
template void encode(Writer&, const ChannelFlowOk&);

template Outcome<ChannelClose> decode(Reader&);
template void encode(Writer&, const ChannelClose&);

template Outcome<ChannelCloseOk> decode(Reader&);
template void encode(Writer&, const ChannelCloseOk&);

}  // namespace koine::amqp
