// The parsers of HTTP/1.1: whatever the bytes are, and in whatever pieces they come, the same is found in them.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/check.h"
#include "protocols/http/http1/chunked.h"
#include "protocols/http/http1/head.h"
#include "protocols/http/router.h"

namespace koine::http {
namespace {

void fuzz_head(std::string_view input) {
  std::size_t scanned = 0;
  const auto whole = find_head_end(input, scanned);
  std::size_t step_scanned = 0;
  for (std::size_t size = 0; size <= input.size(); ++size) {
    const auto end = find_head_end(input.substr(0, size), step_scanned);
    if (end && !*end) continue;
    CHECK(end.has_value() == whole.has_value());
    if (end) {
      CHECK(*end == *whole);
      break;
    }
    return;
  }
  if (!whole || !*whole) return;
  Request request;
  const auto framing = parse_head(input.substr(0, **whole), request);
  if (!framing) return;
  CHECK(!(framing->is_chunked && framing->content_length > 0));
  CHECK(request.headers.size() <= 100);
  std::string decoded;
  decode_percent(request.path, Plus::literal, decoded);
  CHECK(decoded.size() <= request.path.size());
}

void fuzz_chunks(ByteView input) {
  constexpr std::size_t bytes_max = 1000;
  ChunkedDecoder whole(bytes_max);
  std::vector<std::byte> whole_body;
  const auto taken = whole.decode(input, whole_body);
  CHECK(whole_body.size() <= bytes_max);
  ChunkedDecoder pieces(bytes_max);
  std::vector<std::byte> body;
  std::size_t at = 0;
  for (; at < input.size() && !pieces.is_done(); ++at) {
    if (!pieces.decode(input.subspan(at, 1), body)) break;
  }
  CHECK(pieces.is_done() == whole.is_done());
  if (taken) {
    CHECK(body == whole_body && at == *taken);
  }
}

}  // namespace
}  // namespace koine::http

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  koine::http::fuzz_head(koine::as_text(input));
  koine::http::fuzz_chunks(input);
  return 0;
}
