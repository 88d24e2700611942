#include "protocols/kafka/messages/produce.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<ProduceRequest> decode(Reader&, Version);
template void encode(Writer&, const ProduceRequest&, Version);

template Result<ProduceResponse> decode(Reader&, Version);
template void encode(Writer&, const ProduceResponse&, Version);

template Result<InitProducerIdRequest> decode(Reader&, Version);
template void encode(Writer&, const InitProducerIdRequest&, Version);

template Result<InitProducerIdResponse> decode(Reader&, Version);
template void encode(Writer&, const InitProducerIdResponse&, Version);

}  // namespace koine::kafka
