#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "io/tls.h"

namespace koine::io {

namespace {

// The largest plain text of a record (RFC 8446 5.1).
constexpr std::size_t record_bytes_max = 16 * 1024;

std::unexpected<Error> closed_here() {
  return fail(ErrorCode::closed, "the connection was closed here");
}

bool is_ip_address(const std::string& name) {
  in6_addr address{};
  return inet_pton(AF_INET, name.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, name.c_str(), &address) == 1;
}

// Ours, or the peer's as its alert says.
bool is_about_certificates(int reason) {
  switch (reason) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return true;
    default: return false;
  }
}

// Copies up to a record from the parts, leaving out the first `skipped` bytes.
std::size_t gather(std::span<const ByteView> parts, std::size_t skipped, MutableByteView into) {
  std::size_t size = 0;
  for (ByteView part : parts) {
    const std::size_t passed = std::min(skipped, part.size());
    skipped -= passed;
    part = part.subspan(passed);
    part = part.first(std::min(part.size(), into.size() - size));
    if (!part.empty()) std::memcpy(into.data() + size, part.data(), part.size());
    size += part.size();
  }
  return size;
}

}  // namespace

// Shared with the tasks that wait, so that the stream may be closed and destroyed meanwhile.
struct TlsStream::State {
  State(std::shared_ptr<const TlsContext> tls_context, std::unique_ptr<Stream> plain_stream)
      : context(std::move(tls_context)),
        stream(std::move(plain_stream)),
        ssl(SSL_new(context->get())) {
    CHECK(ssl != nullptr);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { SSL_free(ssl); }

  Result<> flush();
  // Why OpenSSL gave up.
  std::unexpected<Error> failure();

  std::shared_ptr<const TlsContext> context;
  std::unique_ptr<Stream> stream;
  SSL* ssl;
  std::vector<std::byte> outgoing;  // encrypted, not taken by the stream
  std::size_t uncredited = 0;       // plain bytes in `outgoing` that no try_write has reported
  std::optional<Error> stream_error;
  bool stream_ended = false;
  bool has_read_all = false;  // OpenSSL wants more from the stream
  bool closed = false;
};

Result<> TlsStream::State::flush() {
  ByteView left = outgoing;
  while (!left.empty()) {
    const std::array parts{left};
    TRY(const Moved moved, stream->try_write(parts));
    if (moved.bytes == 0) break;
    left = left.subspan(moved.bytes);
  }
  if (left.empty()) {
    std::vector<std::byte>().swap(outgoing);
  } else {
    outgoing.erase(outgoing.begin(), outgoing.end() - static_cast<std::ptrdiff_t>(left.size()));
  }
  return {};
}

std::unexpected<Error> TlsStream::State::failure() {
  if (closed) return closed_here();
  if (stream_error) return fail(*stream_error);
  if (stream_ended)
    return fail(ErrorCode::closed, "the peer ended the connection without close_notify");
  const long verified = SSL_get_verify_result(ssl);
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  const int number = ERR_GET_REASON(code);
  ERR_clear_error();
  if (verified != X509_V_OK) {
    return fail(ErrorCode::unauthenticated,
                fmt::format("TLS: {}", X509_verify_cert_error_string(verified)));
  }
  return fail(is_about_certificates(number) ? ErrorCode::unauthenticated : ErrorCode::corrupt,
              fmt::format("TLS: {}", reason != nullptr ? reason : "protocol error"));
}

// Joins OpenSSL to the stream without buffers in between: reads go through, and so do writes, whose rest stays in
// `outgoing`.
struct TlsStream::Joint {
  static State& state_of(BIO* bio) { return *static_cast<State*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    State& state = state_of(bio);
    const auto moved = state.stream->try_read(
        std::as_writable_bytes(std::span(into, static_cast<std::size_t>(size))));
    if (!moved) {
      state.stream_error = moved.error();
      return -1;
    }
    if (moved->bytes > 0) return static_cast<int>(moved->bytes);
    if (moved->end_of_stream) {
      state.stream_ended = true;
      return 0;
    }
    BIO_set_retry_read(bio);
    return -1;
  }

  static int write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    State& state = state_of(bio);
    ByteView bytes = std::as_bytes(std::span(from, static_cast<std::size_t>(size)));
    if (state.outgoing.empty()) {
      const std::array parts{bytes};
      const auto moved = state.stream->try_write(parts);
      if (!moved) {
        state.stream_error = moved.error();
        return -1;
      }
      bytes = bytes.subspan(moved->bytes);
    }
    state.outgoing.insert(state.outgoing.end(), bytes.begin(), bytes.end());
    return size;
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return state_of(bio).stream_ended ? 1 : 0;
    return 0;
  }

  static BIO_METHOD* method() {
    static const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> methods = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "koine stream");
      BIO_meth_set_read(made, read);
      BIO_meth_set_write(made, write);
      BIO_meth_set_ctrl(made, control);
      return std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)>(made, BIO_meth_free);
    }();
    return methods.get();
  }

  static void join(State& state) {
    BIO* bio = BIO_new(method());
    CHECK(bio != nullptr);
    BIO_set_data(bio, &state);
    BIO_set_init(bio, 1);
    SSL_set_bio(state.ssl, bio, bio);
  }
};

TlsStream::TlsStream(std::shared_ptr<const TlsContext> context, std::unique_ptr<Stream> stream,
                     const std::string& server_name)
    : state_(std::make_shared<State>(std::move(context), std::move(stream))) {
  Joint::join(*state_);
  if (state_->context->side() == TlsContext::Side::server) {
    SSL_set_accept_state(state_->ssl);
    return;
  }
  SSL_set_connect_state(state_->ssl);
  CHECK(!server_name.empty());
  if (is_ip_address(server_name)) {
    CHECK(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(state_->ssl), server_name.c_str()) == 1);
  } else {
    SSL_set_tlsext_host_name(state_->ssl, server_name.c_str());
    CHECK(SSL_set1_host(state_->ssl, server_name.c_str()) == 1);
  }
}

TlsStream::~TlsStream() { TlsStream::close(); }

Task<Result<>> TlsStream::run_handshake(std::shared_ptr<State> state) {
  for (;;) {
    if (state->closed) co_return closed_here();
    ERR_clear_error();
    const int status = SSL_do_handshake(state->ssl);
    const int reason = SSL_get_error(state->ssl, status);
    if (status != 1 && reason != SSL_ERROR_WANT_READ) {
      auto why = state->failure();
      (void)state->flush();  // The alert says the same to the peer.
      co_return why;
    }
    auto written = run_wait_writable(state);
    if (!state->outgoing.empty()) CO_TRY(co_await written);
    if (status == 1) co_return Result<>{};
    CO_TRY(co_await state->stream->wait_readable());
  }
}

Task<Result<>> TlsStream::run_wait_readable(std::shared_ptr<State> state) {
  if (state->closed) co_return closed_here();
  if (!state->has_read_all && SSL_has_pending(state->ssl) == 1) co_return Result<>{};
  CO_TRY(co_await state->stream->wait_readable());
  state->has_read_all = false;
  co_return Result<>{};
}

Task<Result<>> TlsStream::run_wait_writable(std::shared_ptr<State> state) {
  do {
    CO_TRY(co_await state->stream->wait_writable());
    CO_TRY(state->flush());
  } while (!state->outgoing.empty());
  co_return Result<>{};
}

Task<Result<>> TlsStream::handshake() { return run_handshake(state_); }

Task<Result<>> TlsStream::wait_readable() { return run_wait_readable(state_); }

void TlsStream::rest() { state_->stream->rest(); }

Task<Result<>> TlsStream::wait_writable() { return run_wait_writable(state_); }

Result<Moved> TlsStream::try_read(MutableByteView into) {
  State& state = *state_;
  if (state.closed) return closed_here();
  ERR_clear_error();
  std::size_t size = 0;
  const int status = SSL_read_ex(state.ssl, into.data(), into.size(), &size);
  if (status == 1) return Moved{.bytes = size};
  switch (SSL_get_error(state.ssl, status)) {
    case SSL_ERROR_WANT_READ: state.has_read_all = true; return Moved{};
    case SSL_ERROR_ZERO_RETURN: return Moved{.bytes = 0, .end_of_stream = true};
    default: return state.failure();
  }
}

Result<Moved> TlsStream::try_write(std::span<const ByteView> parts) {
  State& state = *state_;
  if (state.closed) return closed_here();
  std::size_t offered = 0;
  for (const ByteView part : parts) offered += part.size();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled as needed.
  std::array<std::byte, record_bytes_max> record;
  Moved moved;
  for (;;) {
    TRY(state.flush());
    if (!state.outgoing.empty()) return moved;
    moved.bytes += std::exchange(state.uncredited, 0);
    CHECK(moved.bytes <= offered);
    if (moved.bytes == offered) return moved;

    const std::size_t size = gather(parts, moved.bytes, record);
    ERR_clear_error();
    std::size_t written = 0;
    if (SSL_write_ex(state.ssl, record.data(), size, &written) != 1) return state.failure();
    state.uncredited = written;
  }
}

void TlsStream::shutdown_write() {
  if (state_->closed) return;
  ERR_clear_error();
  SSL_shutdown(state_->ssl);
  (void)state_->flush();
  state_->stream->shutdown_write();
}

void TlsStream::close() {
  if (state_->closed) return;
  state_->closed = true;
  state_->stream->close();
}

std::string TlsStream::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(state_->ssl, &name, &size);
  return {name, name + size};
}

std::string TlsStream::local_address() const { return state_->stream->local_address(); }

std::string TlsStream::peer_address() const { return state_->stream->peer_address(); }

std::string TlsStream::peer_identity() const {
  X509* const certificate = SSL_get0_peer_certificate(state_->ssl);
  if (certificate == nullptr || SSL_get_verify_result(state_->ssl) != X509_V_OK) return {};
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  if (size < 0) return {};
  std::string name(text, text + size);
  OPENSSL_free(text);
  return name;
}

}  // namespace koine::io
