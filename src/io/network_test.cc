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

TEST(IsLoopback, IsAnAddressOfThisMachineOrItsName) {
  for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "localhost"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"", "0.0.0.0", "10.0.0.1", "::", "::2", "[::1]", "127.example.org",
                           "127.0.0.1.example.org", "localhost.example.org", "1127.0.0.1"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

TEST(IsOnThisMachine, IsAPeerWithSuchAnAddress) {
  EXPECT_TRUE(is_on_this_machine("127.0.0.1:50312"));
  EXPECT_TRUE(is_on_this_machine("[::1]:50312"));
  EXPECT_FALSE(is_on_this_machine("10.0.0.1:50312"));
  EXPECT_FALSE(is_on_this_machine("127.0.0.1"));
  EXPECT_FALSE(is_on_this_machine("pipe"));
}

}  // namespace
}  // namespace koine::io
