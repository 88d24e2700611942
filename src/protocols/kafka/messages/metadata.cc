#include "protocols/kafka/messages/metadata.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<MetadataRequest> decode(Reader&, Version);
template void encode(Writer&, const MetadataRequest&, Version);

template Result<MetadataResponse> decode(Reader&, Version);
template void encode(Writer&, const MetadataResponse&, Version);

}  // namespace koine::kafka
