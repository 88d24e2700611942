#include "protocols/http/http1/head.h"

#include <gtest/gtest.h>

#include <string>

#include "protocols/http/broker_options.h"

namespace koine::http {
namespace {

struct Parsed {
  Request request;
  Framing framing;
};

// The status of the refusal; 0: none.
int status_of(std::string_view text, Parsed* parsed = nullptr) {
  std::size_t scanned = 0;
  const auto end = find_head_end(text, scanned);
  if (!end) return static_cast<int>(end.error().status);
  EXPECT_TRUE(end->has_value()) << text;
  if (!*end) return -1;
  Parsed local;
  Parsed& into = parsed != nullptr ? *parsed : local;
  const auto framing = parse_head(text.substr(0, **end), into.request);
  if (!framing) return static_cast<int>(framing.error().status);
  into.framing = *framing;
  return 0;
}

std::string with_field(std::string_view field) {
  return "POST /x HTTP/1.1\r\nHost: x\r\n" + std::string(field) + "\r\n\r\n";
}

TEST(Head, HasMethodTargetAndFields) {
  const std::string text =
      "GET /a%20b?c=d&e HTTP/1.1\r\nHost: koine:8080\r\nX-Y: \t 1 2 \t\r\nx-y: 3\r\n\r\n";
  Parsed parsed;
  ASSERT_EQ(status_of(text, &parsed), 0);
  EXPECT_EQ(parsed.request.method, Method::get);
  EXPECT_EQ(parsed.request.path, "/a%20b");
  EXPECT_EQ(parsed.request.query, "c=d&e");
  EXPECT_EQ(parsed.request.authority, "koine:8080");
  EXPECT_EQ(parsed.request.headers.find("X-y"), "1 2");
  EXPECT_EQ(parsed.request.headers.size(), 3U);
  EXPECT_TRUE(parsed.framing.keeps_alive);
  EXPECT_FALSE(parsed.framing.has_body());
}

TEST(Head, AnAbsoluteTargetTakesThePlaceOfHost) {
  Parsed parsed;
  const std::string text = "GET http://other:1?q HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_EQ(status_of(text, &parsed), 0);
  EXPECT_EQ(parsed.request.authority, "other:1");
  EXPECT_EQ(parsed.request.path, "/");
  EXPECT_EQ(parsed.request.query, "q");
}

TEST(Head, ComesByteByByte) {
  const std::string text = "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\nnext";
  std::size_t scanned = 0;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto end = find_head_end(std::string_view(text).substr(0, size), scanned);
    ASSERT_TRUE(end.has_value());
    if (size < text.size() - 4) {
      EXPECT_FALSE(end->has_value()) << size;
    } else if (size == text.size() - 4) {
      EXPECT_EQ(*end, size);
      return;
    }
  }
}

TEST(Head, RequestLinesThatAreNone) {
  for (const std::string_view line :
       {"GET", "GET /", "GET / ", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1",
        "GET /a b HTTP/1.1", "GET / http/1.1", "GET / HTTP/1.11", "GET x HTTP/1.1",
        "GET * HTTP/1.1", "G@T / HTTP/1.1", "GET /\x80 HTTP/1.1", "GET /# HTTP/1.1",
        "GET http:// HTTP/1.1", "GET http://a@b/ HTTP/1.1", "GET /\x01 HTTP/1.1"}) {
    EXPECT_EQ(status_of(std::string(line) + "\r\nHost: x\r\n\r\n"), 400) << line;
  }
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET / HTTP/1.2\r\nHost: x\r\n\r\n"), 505);
  EXPECT_EQ(status_of("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), 0);
}

TEST(Head, LinesEndWithCrLfAndNothingElse) {
  for (const std::string_view text :
       {"GET / HTTP/1.1\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\n\r\n", "\nGET /",
        "GET / HTTP/1.1\r\nHost: x\r\n\n", "\r\n\r\nGET / HTTP/1.1\r\n\r\n"}) {
    EXPECT_EQ(status_of(text), 400) << text;
  }
  EXPECT_EQ(status_of(with_field("A: b\rc")), 400);
  EXPECT_EQ(status_of(with_field(std::string_view("A: b\0c", 6))), 400);
}

TEST(Head, FieldsThatAreNone) {
  for (const std::string_view field :
       {"A", "A : b", " A: b", "\tA: b", ": b", "A\x01: b", "A: b\r\n folded", "A: \x7f", "A[]: b",
        "Host: x", "Content-Length : 0"}) {
    EXPECT_EQ(status_of(with_field(field)), 400) << field;
  }
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 0);
}

TEST(Head, LengthsThatTwoServersCouldReadDifferently) {
  for (const std::string_view field :
       {"Content-Length: ", "Content-Length: +1", "Content-Length: -1", "Content-Length: 0x1",
        "Content-Length: 1, 1", "Content-Length: 1\r\nContent-Length: 1", "Content-Length: 1 1",
        "Content-Length: 99999999999999999999", "Content-Length: 9223372036854775808",
        "Content-Length: 1\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 0",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"}) {
    EXPECT_EQ(status_of(with_field(field)), 400) << field;
  }
  for (const std::string_view field :
       {"Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: xchunked",
        "Transfer-Encoding:", "Transfer-Encoding: \"chunked\""}) {
    EXPECT_EQ(status_of(with_field(field)), 501) << field;
  }
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(Head, SaysHowTheBodyEndsAndTheConnectionGoesOn) {
  Parsed parsed;
  ASSERT_EQ(status_of(with_field("Content-Length: 007\r\nExpect: 100-Continue"), &parsed), 0);
  EXPECT_EQ(parsed.framing.content_length, 7U);
  EXPECT_TRUE(parsed.framing.expects_continue);
  ASSERT_EQ(status_of(with_field("Transfer-Encoding: Chunked\r\nConnection: x, Close"), &parsed),
            0);
  EXPECT_TRUE(parsed.framing.is_chunked);
  EXPECT_FALSE(parsed.framing.keeps_alive);
  ASSERT_EQ(status_of("GET / HTTP/1.0\r\n\r\n", &parsed), 0);
  EXPECT_FALSE(parsed.framing.keeps_alive);
  ASSERT_EQ(status_of("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &parsed), 0);
  EXPECT_TRUE(parsed.framing.keeps_alive);
  EXPECT_EQ(status_of(with_field("Expect: a pony")), 417);
}

TEST(Head, AnUpgradeIsOneWhenConnectionNamesIt) {
  Parsed parsed;
  const std::string upgrade = with_field("Upgrade: websocket\r\nConnection: keep-alive, Upgrade");
  ASSERT_EQ(status_of(upgrade, &parsed), 0);
  EXPECT_EQ(parsed.request.upgrade, "websocket");
  ASSERT_EQ(status_of(with_field("Upgrade: websocket"), &parsed), 0);
  EXPECT_EQ(parsed.request.upgrade, "");
}

TEST(Head, IsBounded) {
  EXPECT_EQ(
      status_of("GET /" + std::string(target_bytes_max, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n"),
      414);
  EXPECT_EQ(status_of("GET /" + std::string(head_bytes_max, 'x')), 414);
  EXPECT_EQ(status_of(with_field("A: " + std::string(head_bytes_max, 'x'))), 431);
  std::string many;
  for (std::size_t n = 0; n < header_count_max; ++n) many += "A: b\r\n";
  EXPECT_EQ(status_of(with_field(many + "A: b")), 431);
}

}  // namespace
}  // namespace koine::http
