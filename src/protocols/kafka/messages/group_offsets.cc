#include "protocols/kafka/messages/group_offsets.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<OffsetCommitRequest> decode(Reader&, Version);
template void encode(Writer&, const OffsetCommitRequest&, Version);

template Result<OffsetCommitResponse> decode(Reader&, Version);
template void encode(Writer&, const OffsetCommitResponse&, Version);

template Result<OffsetFetchRequest> decode(Reader&, Version);
template void encode(Writer&, const OffsetFetchRequest&, Version);

template Result<OffsetFetchResponse> decode(Reader&, Version);
template void encode(Writer&, const OffsetFetchResponse&, Version);

template Result<OffsetDeleteRequest> decode(Reader&, Version);
template void encode(Writer&, const OffsetDeleteRequest&, Version);

template Result<OffsetDeleteResponse> decode(Reader&, Version);
template void encode(Writer&, const OffsetDeleteResponse&, Version);

}  // namespace koine::kafka
