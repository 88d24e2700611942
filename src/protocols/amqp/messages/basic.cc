#include "protocols/amqp/messages/basic.h"

#include "protocols/amqp/define_codec.h"

namespace koine::amqp {

template Outcome<BasicQos> decode(Reader&);
template void encode(Writer&, const BasicQos&);

template Outcome<BasicQosOk> decode(Reader&);
template void encode(Writer&, const BasicQosOk&);

template Outcome<BasicConsume> decode(Reader&);
template void encode(Writer&, const BasicConsume&);

template Outcome<BasicConsumeOk> decode(Reader&);
template void encode(Writer&, const BasicConsumeOk&);

template Outcome<BasicCancel> decode(Reader&);
template void encode(Writer&, const BasicCancel&);

template Outcome<BasicCancelOk> decode(Reader&);
template void encode(Writer&, const BasicCancelOk&);

template Outcome<BasicPublish> decode(Reader&);
template void encode(Writer&, const BasicPublish&);

template Outcome<BasicReturn> decode(Reader&);
template void encode(Writer&, const BasicReturn&);

template Outcome<BasicDeliver> decode(Reader&);
template void encode(Writer&, const BasicDeliver&);

template Outcome<BasicGet> decode(Reader&);
template void encode(Writer&, const BasicGet&);

template Outcome<BasicGetOk> decode(Reader&);
template void encode(Writer&, const BasicGetOk&);

template Outcome<BasicGetEmpty> decode(Reader&);
template void encode(Writer&, const BasicGetEmpty&);

template Outcome<BasicAck> decode(Reader&);
template void encode(Writer&, const BasicAck&);

template Outcome<BasicReject> decode(Reader&);
template void encode(Writer&, const BasicReject&);

template Outcome<BasicRecoverAsync> decode(Reader&);
template void encode(Writer&, const BasicRecoverAsync&);

template Outcome<BasicRecover> decode(Reader&);
template void encode(Writer&, const BasicRecover&);

template Outcome<BasicRecoverOk> decode(Reader&);
template void encode(Writer&, const BasicRecoverOk&);

template Outcome<BasicNack> decode(Reader&);
template void encode(Writer&, const BasicNack&);

}  // namespace koine::amqp
