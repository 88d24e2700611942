// TlsAcceptor: makes the server's side of a TLS connection from a stream whose first bytes are a ClientHello. Immutable and
// shared by all shards; a reload replaces it, and connections that are open keep theirs.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/task.h"
#include "io/reactor.h"
#include "io/stream.h"
#include "server/settings.h"

namespace koine::server {

class TlsAcceptor {
 public:
  TlsAcceptor() = default;
  TlsAcceptor(const TlsAcceptor&) = delete;
  TlsAcceptor& operator=(const TlsAcceptor&) = delete;
  virtual ~TlsAcceptor() = default;

  // On the stream's shard. Shakes hands; closing the stream below ends it with ErrorCode::closed. Errors:
  // unauthenticated (client certificate), io_error, closed.
  virtual Task<Result<std::unique_ptr<io::Stream>>> accept(std::unique_ptr<io::Stream> stream) = 0;
};

// By OpenSSL, from the files that tls.* name. Errors: invalid_argument, naming the file.
Result<std::shared_ptr<TlsAcceptor>> open_tls(const Settings& settings);

}  // namespace koine::server
