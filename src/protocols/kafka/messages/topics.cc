#include "protocols/kafka/messages/topics.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<CreateTopicsRequest> decode(Reader&, Version);
template void encode(Writer&, const CreateTopicsRequest&, Version);

template Result<CreateTopicsResponse> decode(Reader&, Version);
template void encode(Writer&, const CreateTopicsResponse&, Version);

template Result<DeleteTopicsRequest> decode(Reader&, Version);
template void encode(Writer&, const DeleteTopicsRequest&, Version);

template Result<DeleteTopicsResponse> decode(Reader&, Version);
template void encode(Writer&, const DeleteTopicsResponse&, Version);

template Result<CreatePartitionsRequest> decode(Reader&, Version);
template void encode(Writer&, const CreatePartitionsRequest&, Version);

template Result<CreatePartitionsResponse> decode(Reader&, Version);
template void encode(Writer&, const CreatePartitionsResponse&, Version);

template Result<DeleteRecordsRequest> decode(Reader&, Version);
template void encode(Writer&, const DeleteRecordsRequest&, Version);

template Result<DeleteRecordsResponse> decode(Reader&, Version);
template void encode(Writer&, const DeleteRecordsResponse&, Version);

}  // namespace koine::kafka
