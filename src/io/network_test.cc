#include "io/network.h"

#include <gtest/gtest.h>

namespace koine::io {
namespace {

TEST(Endpoint, ParsesAndPrints) {
  for (const char* text : {"127.0.0.1:9092", "localhost:0", "[::1]:65535", "0.0.0.0:80"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint.has_value()) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
  EXPECT_EQ(Endpoint::parse("[::1]:80")->host, "::1");
}

TEST(Endpoint, RefusesWhatIsNotHostAndPort) {
  for (const char* text : {"", "host", ":80", "host:", "host:x", "host:80x", "host:65536",
                           "host:-1", "::1:80", "[]:80", "[::1:80", "::1]:80"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_FALSE(endpoint.has_value()) << text;
    EXPECT_EQ(endpoint.error().code(), ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace koine::io
