#include "protocols/amqp/messages/tx.h"

#include "protocols/amqp/define_codec.h"

namespace koine::amqp {

template Outcome<TxSelect> decode(Reader&);
template void encode(Writer&, const TxSelect&);

template Outcome<TxSelectOk> decode(Reader&);
template void encode(Writer&, const TxSelectOk&);

template Outcome<TxCommit> decode(Reader&);
template void encode(Writer&, const TxCommit&);

template Outcome<TxCommitOk> decode(Reader&);
template void encode(Writer&, const TxCommitOk&);

template Outcome<TxRollback> decode(Reader&);
template void encode(Writer&, const TxRollback&);

template Outcome<TxRollbackOk> decode(Reader&);
template void encode(Writer&, const TxRollbackOk&);

}  // namespace koine::amqp
