// TLS over any Stream, with OpenSSL: 1.2 and later, certificates from PEM files.
//
//   auto context = TlsContext::open_server({.certificate_file = ..., .key_file = ...});
//   auto stream = std::make_unique<TlsStream>(*context, std::move(plain));
//   co_await stream->handshake();        // a deadline is a timer that calls stream->close()
//
// New certificates are a new context; connections keep theirs. An idle connection holds no record buffers: between
// two calls at most one encrypted record (16 KiB) waits for the stream to take it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/stream.h"

using SSL_CTX = struct ssl_ctx_st;

namespace koine::io {

struct TlsServerOptions {
  std::string certificate_file;  // the chain, the server's own first
  std::string key_file;
  std::string client_ca_file;          // not empty: clients must show a certificate that it signed
  std::vector<std::string> protocols;  // ALPN, the best first; none: not negotiated
};

struct TlsClientOptions {
  std::string ca_file;           // whom to trust; there is no way to trust everybody
  std::string certificate_file;  // empty: the client shows none
  std::string key_file;
  std::vector<std::string> protocols;
};

// Immutable and shared between shards.
class TlsContext {
 public:
  enum class Side : bool { server, client };

  // Errors: invalid_argument, naming the file.
  static Result<std::shared_ptr<const TlsContext>> open_server(const TlsServerOptions& options);
  static Result<std::shared_ptr<const TlsContext>> open_client(const TlsClientOptions& options);

  TlsContext(Side side, std::vector<std::string> protocols);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  SSL_CTX* get() const { return context_; }
  Side side() const { return side_; }
  // In the wire format of ALPN.
  const std::string& protocols() const { return protocols_; }

 private:
  Result<> load_identity(const std::string& certificate_file, const std::string& key_file);
  Result<> require_client_certificates(const std::string& ca_file);

  Side side_;
  std::string protocols_;
  SSL_CTX* context_;
};

class TlsStream final : public Stream {
 public:
  // Clients: `server_name` is the DNS name or the address that the server's certificate must have.
  TlsStream(std::shared_ptr<const TlsContext> context, std::unique_ptr<Stream> stream,
            const std::string& server_name = {});
  ~TlsStream() override;

  // Before anything else, once. Errors: unauthenticated (a certificate was missing or not accepted), corrupt (not
  // TLS, or nothing in common), closed.
  Task<Result<>> handshake();
  // What ALPN chose, or empty.
  std::string protocol() const;

  Task<Result<>> wait_readable() override;
  // An end without close_notify is ErrorCode::closed: somebody may have cut the connection.
  Result<Moved> try_read(MutableByteView into) override;
  void rest() override;
  Task<Result<>> wait_writable() override;
  // A record that the stream did not take whole counts as not moved yet (see Stream::try_write).
  Result<Moved> try_write(std::span<const ByteView> parts) override;
  void shutdown_write() override;
  void close() override;
  std::string local_address() const override;
  std::string peer_address() const override;
  bool is_encrypted() const override { return true; }
  std::string peer_identity() const override;

 private:
  struct State;
  struct Joint;

  static Task<Result<>> run_handshake(std::shared_ptr<State> state);
  static Task<Result<>> run_wait_readable(std::shared_ptr<State> state);
  static Task<Result<>> run_wait_writable(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace koine::io
