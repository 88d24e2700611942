#include "cli/http_client.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "core/scram.h"
#include "protocols/http/json_reader.h"
#include "protocols/http/message.h"

namespace koine::cli {

namespace {

// A page of a list is far smaller; more than this is not an answer.
constexpr std::size_t head_bytes_max = 64 * KiB;
constexpr std::size_t body_bytes_max = 256 * MiB;

struct Head {
  int status = 0;
  std::size_t body_size = 0;
};

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "HTTP/1.1 200 OK" and fields, each with its line end.
std::optional<Head> read_head(std::string_view text) {
  if (!text.starts_with("HTTP/1.1 ") || text.size() < 12) return std::nullopt;
  const auto status = number_of(text.substr(9, 3));
  if (!status) return std::nullopt;
  Head head{.status = static_cast<int>(*status)};
  text.remove_prefix(text.find("\r\n") + 2);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find("\r\n"));
    text.remove_prefix(line.size() + 2);
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    if (!http::equal_ignoring_case(line.substr(0, colon), "content-length")) continue;
    const auto size = number_of(line.substr(colon + 2));
    if (!size || *size > body_bytes_max) return std::nullopt;
    head.body_size = *size;
  }
  return head;
}

ErrorCode code_of(int status) {
  switch (status) {
    case 401: return ErrorCode::unauthenticated;
    case 403: return ErrorCode::denied;
    case 404: return ErrorCode::not_found;
    case 409: return ErrorCode::conflict;
    default: return ErrorCode::invalid_argument;
  }
}

// The detail of a problem (RFC 9457).
Error error_of(int status, std::string_view body) {
  if (const auto document = http::JsonDocument::parse(as_bytes(body))) {
    if (auto fields = document->root().as_object()) {
      if (const auto detail = fields->optional<std::string_view>("detail"); detail && *detail) {
        return {code_of(status), std::string(**detail)};
      }
    }
  }
  return {code_of(status), fmt::format("the server answered with status {}", status)};
}

}  // namespace

HttpClient::HttpClient(std::unique_ptr<io::Stream> stream, const ClientOptions& options)
    : stream_(std::move(stream)), host_(options.server.to_string()) {
  if (options.user.empty()) return;
  const std::string login = options.user + ":" + options.password;
  authorization_ = fmt::format("Authorization: Basic {}\r\n", core::to_base64(as_bytes(login)));
}

Task<Result<std::string>> HttpClient::call(std::string method, std::string target,
                                           std::string body) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\n{}",
                                    method, target, host_, authorization_);
  if (!body.empty()) request += "Content-Type: application/json\r\n";
  request += fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
  CO_TRY(co_await io::write_all(*stream_, as_bytes(request)));
  std::size_t end = received_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (received_.size() > head_bytes_max) {
      co_return fail(ErrorCode::corrupt, "the server does not speak HTTP");
    }
    CO_TRY(co_await read_more());
    end = received_.find("\r\n\r\n");
  }
  const auto head = read_head(std::string_view(received_).substr(0, end + 2));
  if (!head) co_return fail(ErrorCode::corrupt, "the server does not speak HTTP/1.1");
  const std::size_t size = end + 4 + head->body_size;
  while (received_.size() < size) CO_TRY(co_await read_more());
  std::string answer = received_.substr(end + 4, head->body_size);
  received_.erase(0, size);
  if (head->status >= 400) co_return fail(error_of(head->status, answer));
  co_return answer;
}

Task<Result<>> HttpClient::read_more() {
  std::array<std::byte, 16 * KiB> bytes{};
  while (true) {
    CO_TRY(const io::Moved moved, stream_->try_read(bytes));
    if (moved.end_of_stream) co_return fail(ErrorCode::closed, "the server closed the connection");
    if (moved.bytes > 0) {
      received_ += as_text(ByteView(bytes).first(moved.bytes));
      co_return Result<>{};
    }
    CO_TRY(co_await stream_->wait_readable());
  }
}

}  // namespace koine::cli
