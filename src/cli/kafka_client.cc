#include "cli/kafka_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/scram_client.h"
#include "core/scram.h"
#include "protocols/kafka/frame.h"
#include "protocols/kafka/messages/api_versions.h"
#include "protocols/kafka/messages/sasl.h"
#include "server/version.h"

namespace koine::cli {

namespace {

// A fetch asks for far less; more than this is not an answer.
constexpr std::size_t response_bytes_max = 256 * MiB;

}  // namespace

Task<Result<std::unique_ptr<KafkaClient>>> KafkaClient::open(std::unique_ptr<io::Stream> stream,
                                                             io::Random& random,
                                                             ClientOptions options) {
  std::unique_ptr<KafkaClient> client(new KafkaClient(std::move(stream)));
  CO_TRY(co_await client->ask_for_versions());
  if (!options.user.empty()) CO_TRY(co_await client->log_in(random, std::move(options)));
  co_return client;
}

Result<kafka::Version> KafkaClient::version_of(kafka::ApiKey api) const {
  // Version 0 of ApiVersions is answered by every server, and asked first.
  if (server_versions_.empty()) return kafka::Version{0};
  const auto ours = std::ranges::find(kafka::supported_apis(), api, &kafka::Api::key);
  const auto theirs = std::ranges::find(server_versions_, static_cast<std::int16_t>(api),
                                        &std::pair<std::int16_t, kafka::VersionRange>::first);
  if (theirs != server_versions_.end()) {
    const kafka::Version version = std::min(ours->accepted.max, theirs->second.max);
    if (version >= std::max(ours->accepted.min, theirs->second.min)) return version;
  }
  return fail(ErrorCode::unsupported,
              fmt::format("the server has no version of {} that this client has", ours->name));
}

Task<Result<>> KafkaClient::ask_for_versions() {
  CO_TRY(const auto answer, co_await call<kafka::ApiVersionsResponse>(kafka::ApiVersionsRequest{
                                .client_software_name = "koine",
                                .client_software_version = std::string(server::version)}));
  CO_TRY(check(answer.message.error_code, "ApiVersions"));
  for (const auto& api : answer.message.api_keys) {
    server_versions_.push_back({api.api_key, {api.min_version, api.max_version}});
  }
  co_return Result<>{};
}

Task<Result<>> KafkaClient::log_in(io::Random& random, ClientOptions options) {
  constexpr auto hash = core::ScramHash::sha256;
  CO_TRY(const auto handshake,
         co_await call<kafka::SaslHandshakeResponse>(
             kafka::SaslHandshakeRequest{.mechanism = std::string(core::mechanism_of(hash))}));
  CO_TRY(check(handshake.message.error_code, "login of " + options.user));
  std::array<std::byte, 24> nonce{};
  random.fill(nonce);
  ScramClient scram(hash, options.user, options.password, core::to_base64(nonce));
  const std::string what = "login of " + options.user;
  CO_TRY(const std::string server_first, co_await authenticate(what, scram.first()));
  CO_TRY(const std::string client_final, scram.answer(server_first));
  CO_TRY(const std::string server_final, co_await authenticate(what, client_final));
  co_return scram.verify(server_final);
}

Task<Result<std::string>> KafkaClient::authenticate(std::string what, std::string message) {
  CO_TRY(const auto answer, co_await call<kafka::SaslAuthenticateResponse>(
                                kafka::SaslAuthenticateRequest{.auth_bytes = as_bytes(message)}));
  const auto checked = check(answer.message.error_code, what, answer.message.error_message);
  if (!checked) co_return fail(ErrorCode::unauthenticated, checked.error().message());
  co_return std::string(as_text(answer.message.auth_bytes));
}

Task<Result<std::vector<std::byte>>> KafkaClient::exchange(std::vector<std::byte> request) {
  CO_TRY(co_await io::write_all(*stream_, request));
  std::array<std::byte, kafka::frame_prefix_size> prefix{};
  CO_TRY(co_await read_exactly(prefix));
  CO_TRY(const auto size, kafka::frame_size(prefix, response_bytes_max));
  std::vector<std::byte> frame(size.value_or(0));
  CO_TRY(co_await read_exactly(frame));
  co_return frame;
}

Task<Result<>> KafkaClient::read_exactly(MutableByteView into) {
  while (!into.empty()) {
    CO_TRY(const io::Moved moved, stream_->try_read(into));
    if (moved.end_of_stream) co_return fail(ErrorCode::closed, "the server closed the connection");
    into = into.subspan(moved.bytes);
    if (moved.bytes == 0) CO_TRY(co_await stream_->wait_readable());
  }
  co_return Result<>{};
}

Result<> check(kafka::KafkaError error, std::string_view what,
               const std::optional<std::string>& message) {
  if (error == kafka::KafkaError::none) return {};
  std::string sentence = fmt::format("{}: {}", what, kafka::name_of(error));
  if (message && !message->empty()) sentence += ": " + *message;
  return fail(ErrorCode::invalid_argument, std::move(sentence));
}

}  // namespace koine::cli
