#include "protocols/kafka/messages/sasl.h"

#include "protocols/kafka/define_codec.h"

namespace koine::kafka {

template Result<SaslHandshakeRequest> decode(Reader&, Version);
template void encode(Writer&, const SaslHandshakeRequest&, Version);

template Result<SaslHandshakeResponse> decode(Reader&, Version);
template void encode(Writer&, const SaslHandshakeResponse&, Version);

template Result<SaslAuthenticateRequest> decode(Reader&, Version);
template void encode(Writer&, const SaslAuthenticateRequest&, Version);

template Result<SaslAuthenticateResponse> decode(Reader&, Version);
template void encode(Writer&, const SaslAuthenticateResponse&, Version);

}  // namespace koine::kafka
