#include "protocols/kafka/messages/group_membership.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<FindCoordinatorRequest> decode(Reader&, Version);
template void encode(Writer&, const FindCoordinatorRequest&, Version);

template Result<FindCoordinatorResponse> decode(Reader&, Version);
template void encode(Writer&, const FindCoordinatorResponse&, Version);

template Result<JoinGroupRequest> decode(Reader&, Version);
template void encode(Writer&, const JoinGroupRequest&, Version);

template Result<JoinGroupResponse> decode(Reader&, Version);
template void encode(Writer&, const JoinGroupResponse&, Version);

template Result<SyncGroupRequest> decode(Reader&, Version);
template void encode(Writer&, const SyncGroupRequest&, Version);

template Result<SyncGroupResponse> decode(Reader&, Version);
template void encode(Writer&, const SyncGroupResponse&, Version);

template Result<HeartbeatRequest> decode(Reader&, Version);
template void encode(Writer&, const HeartbeatRequest&, Version);

template Result<HeartbeatResponse> decode(Reader&, Version);
template void encode(Writer&, const HeartbeatResponse&, Version);

template Result<LeaveGroupRequest> decode(Reader&, Version);
template void encode(Writer&, const LeaveGroupRequest&, Version);

template Result<LeaveGroupResponse> decode(Reader&, Version);
template void encode(Writer&, const LeaveGroupResponse&, Version);

}  // namespace koine::kafka
