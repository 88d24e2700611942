#include "protocols/kafka/messages/group_admin.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<ListGroupsRequest> decode(Reader&, Version);
template void encode(Writer&, const ListGroupsRequest&, Version);

template Result<ListGroupsResponse> decode(Reader&, Version);
template void encode(Writer&, const ListGroupsResponse&, Version);

template Result<DescribeGroupsRequest> decode(Reader&, Version);
template void encode(Writer&, const DescribeGroupsRequest&, Version);

template Result<DescribeGroupsResponse> decode(Reader&, Version);
template void encode(Writer&, const DescribeGroupsResponse&, Version);

template Result<DeleteGroupsRequest> decode(Reader&, Version);
template void encode(Writer&, const DeleteGroupsRequest&, Version);

template Result<DeleteGroupsResponse> decode(Reader&, Version);
template void encode(Writer&, const DeleteGroupsResponse&, Version);

}  // namespace koine::kafka
