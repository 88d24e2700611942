#include "protocols/kafka/messages/fetch.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<FetchRequest> decode(Reader&, Version);
template void encode(Writer&, const FetchRequest&, Version);

template Result<FetchResponse> decode(Reader&, Version);
template void encode(Writer&, const FetchResponse&, Version);

}  // namespace koine::kafka
