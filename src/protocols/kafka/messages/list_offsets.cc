#include "protocols/kafka/messages/list_offsets.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<ListOffsetsRequest> decode(Reader&, Version);
template void encode(Writer&, const ListOffsetsRequest&, Version);

template Result<ListOffsetsResponse> decode(Reader&, Version);
template void encode(Writer&, const ListOffsetsResponse&, Version);

template Result<OffsetForLeaderEpochRequest> decode(Reader&, Version);
template void encode(Writer&, const OffsetForLeaderEpochRequest&, Version);

template Result<OffsetForLeaderEpochResponse> decode(Reader&, Version);
template void encode(Writer&, const OffsetForLeaderEpochResponse&, Version);

}  // namespace koine::kafka
