#include "protocols/kafka/messages/cluster.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<DescribeClusterRequest> decode(Reader&, Version);
template void encode(Writer&, const DescribeClusterRequest&, Version);

template Result<DescribeClusterResponse> decode(Reader&, Version);
template void encode(Writer&, const DescribeClusterResponse&, Version);

template Result<DescribeLogDirsRequest> decode(Reader&, Version);
template void encode(Writer&, const DescribeLogDirsRequest&, Version);

template Result<DescribeLogDirsResponse> decode(Reader&, Version);
template void encode(Writer&, const DescribeLogDirsResponse&, Version);

template Result<DescribeProducersRequest> decode(Reader&, Version);
template void encode(Writer&, const DescribeProducersRequest&, Version);

template Result<DescribeProducersResponse> decode(Reader&, Version);
template void encode(Writer&, const DescribeProducersResponse&, Version);

}  // namespace koine::kafka
