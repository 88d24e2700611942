#include "protocols/http/http1/chunked.h"

#include <gtest/gtest.h>

#include <string>

namespace koine::http {
namespace {

struct Decoded {
  int status = 0;  // of the refusal
  std::string body;
  bool is_done = false;
  std::size_t taken = 0;
};

// In pieces of so many bytes.
Decoded decoded(std::string_view text, std::size_t piece = 1000, std::size_t bytes_max = 100) {
  ChunkedDecoder decoder(bytes_max);
  std::vector<std::byte> body;
  Decoded result;
  while (result.taken < text.size() && !decoder.is_done()) {
    const auto taken = decoder.decode(as_bytes(text.substr(result.taken, piece)), body);
    if (!taken) {
      result.status = static_cast<int>(taken.error().status);
      return result;
    }
    result.taken += *taken;
  }
  result.body = as_text(body);
  result.is_done = decoder.is_done();
  return result;
}

TEST(ChunkedDecoder, PutsChunksTogether) {
  const std::string text =
      "5\r\nhello\r\n1;a=\"b\"\r\n \r\n00a\r\n0123456789\r\n0\r\nT: x\r\n\r\nGET";
  for (const std::size_t piece : {1, 2, 3, 7, 1000}) {
    const Decoded result = decoded(text, piece);
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.body, "hello 0123456789");
    EXPECT_TRUE(result.is_done);
    EXPECT_EQ(text.substr(result.taken), "GET");
  }
}

TEST(ChunkedDecoder, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"\r\n", "x\r\n", "-1\r\n", "0x5\r\nhello\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n",
        "5\nhello\r\n", "5\r\nhello\n", "5\r\nhello!\r\n", "5\r\nhell\r\n0\r\n", "5;\x01\r\nhello",
        ";\r\n", "11111111111111111\r\n", "0\r\n folded\r\n\r\n", "0\r\nT: \x01\r\n\r\n", "0\r\n\n",
        "0\r\nT: x\n\r\n", "0\r\n\rx"}) {
    EXPECT_EQ(decoded(text).status, 400) << text;
  }
}

TEST(ChunkedDecoder, IsBounded) {
  EXPECT_EQ(decoded("65\r\n").status, 413);
  EXPECT_EQ(decoded("ffffffffffffffff\r\n").status, 413);
  EXPECT_EQ(decoded("40\r\n" + std::string(64, 'x') + "\r\n25\r\n").status, 413);
  EXPECT_EQ(decoded("1;" + std::string(300, 'x') + "\r\n").status, 400);
  EXPECT_EQ(decoded("0\r\nT: " + std::string(9000, 'x') + "\r\n\r\n").status, 431);
}

}  // namespace
}  // namespace koine::http
