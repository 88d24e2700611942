#include "protocols/kafka/messages/api_versions.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<ApiVersionsRequest> decode(Reader&, Version);
template void encode(Writer&, const ApiVersionsRequest&, Version);

template Result<ApiVersionsResponse> decode(Reader&, Version);
template void encode(Writer&, const ApiVersionsResponse&, Version);

}  // namespace koine::kafka
