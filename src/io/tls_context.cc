#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "io/tls.h"

namespace koine::io {

namespace {

// Sessions resumed by ticket must come from the same kind of server.
constexpr std::string_view session_context = "koine";

std::string last_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  std::string text = reason != nullptr ? reason : "unknown error";
  ERR_clear_error();
  return text;
}

std::unexpected<Error> file_failure(std::string_view what, const std::string& file) {
  return fail(ErrorCode::invalid_argument, fmt::format("{} {}: {}", what, file, last_error()));
}

// An encrypted key is an error, not a question on the terminal.
int no_password(char*, int, int, void*) { return 0; }

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void* argument) {
  const std::string& ours = static_cast<const TlsContext*>(argument)->protocols();
  const int found =
      SSL_select_next_proto(const_cast<unsigned char**>(chosen), chosen_size,
                            reinterpret_cast<const unsigned char*>(ours.data()),
                            static_cast<unsigned>(ours.size()), offered, offered_size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

std::string on_wire(const std::vector<std::string>& protocols) {
  std::string text;
  for (const std::string& protocol : protocols) {
    CHECK(!protocol.empty() && protocol.size() < 256);
    text += static_cast<char>(protocol.size());
    text += protocol;
  }
  return text;
}

}  // namespace

TlsContext::TlsContext(Side side, std::vector<std::string> protocols)
    : side_(side),
      protocols_(on_wire(protocols)),
      context_(SSL_CTX_new(side == Side::server ? TLS_server_method() : TLS_client_method())) {
  CHECK(context_ != nullptr);
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context_, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
  // One system call for a record instead of two.
  SSL_CTX_set_read_ahead(context_, 1);
  // Tickets keep a session's state at the client; a cache here would grow with the number of clients.
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(context_, no_password);
  // OpenSSL's characters are unsigned.
  const auto* const bytes = reinterpret_cast<const unsigned char*>(protocols_.data());
  if (side == Side::server) {
    SSL_CTX_set_session_id_context(context_,
                                   reinterpret_cast<const unsigned char*>(session_context.data()),
                                   static_cast<unsigned>(session_context.size()));
    if (!protocols_.empty()) SSL_CTX_set_alpn_select_cb(context_, choose_protocol, this);
  } else if (!protocols_.empty()) {
    SSL_CTX_set_alpn_protos(context_, bytes, static_cast<unsigned>(protocols_.size()));
  }
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<> TlsContext::load_identity(const std::string& certificate_file,
                                   const std::string& key_file) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context_, certificate_file.c_str()) != 1) {
    return file_failure("certificate file", certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context_, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return file_failure("key file", key_file);
  }
  return {};
}

Result<> TlsContext::require_client_certificates(const std::string& ca_file) {
  auto* const names = SSL_load_client_CA_file(ca_file.c_str());
  if (names == nullptr) return file_failure("client CA file", ca_file);
  SSL_CTX_set_client_CA_list(context_, names);
  if (SSL_CTX_load_verify_file(context_, ca_file.c_str()) != 1)
    return file_failure("client CA file", ca_file);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

Result<std::shared_ptr<const TlsContext>> TlsContext::open_server(const TlsServerOptions& options) {
  auto context = std::make_shared<TlsContext>(Side::server, options.protocols);
  TRY(context->load_identity(options.certificate_file, options.key_file));
  if (!options.client_ca_file.empty())
    TRY(context->require_client_certificates(options.client_ca_file));
  return context;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::open_client(const TlsClientOptions& options) {
  auto context = std::make_shared<TlsContext>(Side::client, options.protocols);
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context->get(), options.ca_file.c_str()) != 1) {
    return file_failure("CA file", options.ca_file);
  }
  SSL_CTX_set_verify(context->get(), SSL_VERIFY_PEER, nullptr);
  if (!options.certificate_file.empty())
    TRY(context->load_identity(options.certificate_file, options.key_file));
  return context;
}

}  // namespace koine::io
