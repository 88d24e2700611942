#include "protocols/kafka/messages/configs.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<DescribeConfigsRequest> decode(Reader&, Version);
template void encode(Writer&, const DescribeConfigsRequest&, Version);

template Result<DescribeConfigsResponse> decode(Reader&, Version);
template void encode(Writer&, const DescribeConfigsResponse&, Version);

template Result<AlterConfigsRequest> decode(Reader&, Version);
template void encode(Writer&, const AlterConfigsRequest&, Version);

template Result<AlterConfigsResponse> decode(Reader&, Version);
template void encode(Writer&, const AlterConfigsResponse&, Version);

template Result<IncrementalAlterConfigsRequest> decode(Reader&, Version);
template void encode(Writer&, const IncrementalAlterConfigsRequest&, Version);

template Result<IncrementalAlterConfigsResponse> decode(Reader&, Version);
template void encode(Writer&, const IncrementalAlterConfigsResponse&, Version);

}  // namespace koine::kafka
