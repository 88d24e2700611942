// KafkaClient: one connection to a server, over which the command line asks as any Kafka client does: one request at a
// time, in the highest version that both sides have. One node only: whoever answers is taken for the leader of everything.
//
// One reactor, that of the command. The codec is the server's own (protocols/kafka).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "io/network.h"
#include "io/random.h"
#include "io/stream.h"
#include "protocols/kafka/codec.h"
#include "protocols/kafka/error_code.h"
#include "protocols/kafka/header.h"

namespace koine::cli {

struct ClientOptions {
  io::Endpoint server{"127.0.0.1", 7700};
  std::string user;  // empty: no login; else SCRAM-SHA-256
  std::string password;
};

// A response; views in it point into its frame.
template <typename Message>
struct Answer {
  std::vector<std::byte> frame;
  Message message;
};

class KafkaClient {
 public:
  // Takes a connected stream, asks for the server's versions, and logs in if there is a user. Errors: closed,
  // unsupported (no version in common), unauthenticated, corrupt.
  static Task<Result<std::unique_ptr<KafkaClient>>> open(std::unique_ptr<io::Stream> stream,
                                                         io::Random& random, ClientOptions options);

  // Errors: unsupported, closed, corrupt, too_large. The error codes in the answer are the caller's to look at.
  template <typename Response, typename Request>
  Task<Result<Answer<Response>>> call(Request request) {
    CO_TRY(const kafka::Version version, version_of(Request::api));
    kafka::Writer writer;
    const std::int32_t correlation_id = next_correlation_id_++;
    kafka::encode_request_frame(writer, request, version, correlation_id, "koine");
    CO_TRY(auto frame, co_await exchange(writer.take()));
    Answer<Response> answer{std::move(frame), {}};
    kafka::Reader reader(answer.frame);
    CO_TRY(const std::int32_t answered,
           kafka::decode_response_header(reader, Request::api, version));
    if (answered != correlation_id) {
      co_return fail(ErrorCode::corrupt, "the server answered another request");
    }
    CO_TRY(answer.message, kafka::decode<Response>(reader, version));
    co_return answer;
  }

 private:
  explicit KafkaClient(std::unique_ptr<io::Stream> stream) : stream_(std::move(stream)) {}

  Result<kafka::Version> version_of(kafka::ApiKey api) const;
  Task<Result<>> ask_for_versions();
  Task<Result<>> log_in(io::Random& random, ClientOptions options);
  Task<Result<std::string>> authenticate(std::string what, std::string message);
  // Sends a whole frame and reads the next one, without its size.
  Task<Result<std::vector<std::byte>>> exchange(std::vector<std::byte> request);
  Task<Result<>> read_exactly(MutableByteView into);

  std::unique_ptr<io::Stream> stream_;
  std::int32_t next_correlation_id_ = 1;
  std::vector<std::pair<std::int16_t, kafka::VersionRange>> server_versions_;
};

// "orders: UNKNOWN_TOPIC_OR_PARTITION: <message>" unless there was no error.
Result<> check(kafka::KafkaError error, std::string_view what,
               const std::optional<std::string>& message = std::nullopt);

}  // namespace koine::cli
