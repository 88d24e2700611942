#include "protocols/amqp/messages/connection.h"

#include "protocols/amqp/define_codec.h"

namespace koine::amqp {

template Outcome<ConnectionStart> decode(Reader&);
template void encode(Writer&, const ConnectionStart&);

template Outcome<ConnectionStartOk> decode(Reader&);
template void encode(Writer&, const ConnectionStartOk&);

template Outcome<ConnectionSecure> decode(Reader&);
template void encode(Writer&, const ConnectionSecure&);

template Outcome<ConnectionSecureOk> decode(Reader&);
template void encode(Writer&, const ConnectionSecureOk&);

template Outcome<ConnectionTune> decode(Reader&);
template void encode(Writer&, const ConnectionTune&);

template Outcome<ConnectionTuneOk> decode(Reader&);
template void encode(Writer&, const ConnectionTuneOk&);

template Outcome<ConnectionOpen> decode(Reader&);
template void encode(Writer&, const ConnectionOpen&);

template Outcome<ConnectionOpenOk> decode(Reader&);
template void encode(Writer&, const ConnectionOpenOk&);

template Outcome<ConnectionClose> decode(Reader&);
template void encode(Writer&, const ConnectionClose&);

template Outcome<ConnectionCloseOk> decode(Reader&);
template void encode(Writer&, const ConnectionCloseOk&);

template Outcome<ConnectionBlocked> decode(Reader&);
template void encode(Writer&, const ConnectionBlocked&);

template Outcome<ConnectionUnblocked> decode(Reader&);
template void encode(Writer&, const ConnectionUnblocked&);

template Outcome<ConnectionUpdateSecret> decode(Reader&);
template void encode(Writer&, const ConnectionUpdateSecret&);

template Outcome<ConnectionUpdateSecretOk> decode(Reader&);
template void encode(Writer&, const ConnectionUpdateSecretOk&);

}  // namespace koine::amqp
