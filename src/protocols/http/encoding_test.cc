#include "protocols/http/encoding.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/compression.h"

namespace koine::http {
namespace {

TEST(Encoding, IsWhatTheClientTakesAndWeHave) {
  EXPECT_EQ(choose_encoding("gzip, deflate, br, zstd"), "zstd");
  EXPECT_EQ(choose_encoding("GZIP;q=0.5, br"), "gzip");
  EXPECT_EQ(choose_encoding("zstd;q=0, gzip;q=0.0"), "");
  EXPECT_EQ(choose_encoding("br, identity"), "");
  EXPECT_EQ(choose_encoding(""), "");
}

Response answered(std::string_view type, std::string body, std::string_view accept = "gzip") {
  Request request;
  request.headers.add("Accept-Encoding", accept);
  Response response = Response::text(type, std::move(body));
  encode_body(request, response);
  return response;
}

bool is_encoded(const Response& response) {
  return std::ranges::any_of(response.headers,
                             [](const auto& field) { return field.name == "Content-Encoding"; });
}

TEST(Encoding, CompressesWhereItHelps) {
  const std::string text(10'000, 'x');
  const Response response = answered("application/json", text);
  EXPECT_TRUE(is_encoded(response));
  const auto& body = std::get<std::string>(response.body);
  EXPECT_LT(body.size(), 200U);
  const auto decoded = core::decompress(core::Compression::gzip, as_bytes(body), 1 * MiB);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(as_text(*decoded), text);
  EXPECT_FALSE(is_encoded(answered("application/json", text, "br")));
  EXPECT_FALSE(is_encoded(answered("application/octet-stream", text)));
  EXPECT_FALSE(is_encoded(answered("text/event-stream", text)));
  EXPECT_FALSE(is_encoded(answered("application/json", "short")));
  EXPECT_FALSE(is_encoded(answered("text/plain", std::string(2 * MiB, 'x'))));
}

TEST(EntityTag, SparesTheClientWhatItHas) {
  const std::string tag = entity_tag_of("body");
  EXPECT_NE(tag, entity_tag_of("Body"));
  const auto status = [&](std::string_view known, Method method = Method::get) {
    Request request;
    request.method = method;
    request.headers.add("If-None-Match", known);
    Response response = Response::json("body").with("ETag", tag);
    apply_conditions(request, response);
    return static_cast<int>(response.status);
  };
  EXPECT_EQ(status(tag), 304);
  EXPECT_EQ(status("\"x\", W/" + tag), 304);
  EXPECT_EQ(status("*"), 304);
  EXPECT_EQ(status("\"x\""), 200);
  EXPECT_EQ(status(tag, Method::post), 200);
}

}  // namespace
}  // namespace koine::http
