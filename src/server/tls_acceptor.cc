#include "server/tls_acceptor.h"

#include <utility>

#include "io/tls.h"

namespace koine::server {

namespace {

class OpenSslAcceptor final : public TlsAcceptor {
 public:
  explicit OpenSslAcceptor(std::shared_ptr<const io::TlsContext> context)
      : context_(std::move(context)) {}

  Task<Result<std::unique_ptr<io::Stream>>> accept(std::unique_ptr<io::Stream> stream) override {
    return shake_hands(context_, std::move(stream));
  }

 private:
  // Holds the context itself: a reload may drop the acceptor meanwhile.
  static Task<Result<std::unique_ptr<io::Stream>>> shake_hands(
      std::shared_ptr<const io::TlsContext> context, std::unique_ptr<io::Stream> stream) {
    auto encrypted = std::make_unique<io::TlsStream>(std::move(context), std::move(stream));
    CO_TRY(co_await encrypted->handshake());
    co_return encrypted;
  }

  std::shared_ptr<const io::TlsContext> context_;
};

}  // namespace

Result<std::shared_ptr<TlsAcceptor>> open_tls(const Settings& settings) {
  auto context = io::TlsContext::open_server({.certificate_file = settings.tls_certificate,
                                              .key_file = settings.tls_key,
                                              .client_ca_file = settings.tls_client_ca,
                                              .protocols = {"h2", "http/1.1"}});
  if (!context) return fail(std::move(context).error().while_doing("tls"));
  return std::make_shared<OpenSslAcceptor>(std::move(*context));
}

}  // namespace koine::server
