#include "core/scram.h"

#include <gtest/gtest.h>

#include "core/scram_server.h"

namespace koine::core {
namespace {

// RFC 7677 3: user "user", password "pencil".
constexpr std::string_view client_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view server_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view client_final =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr std::string_view server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

ScramCredential pencil() {
  return ScramCredential::derive(ScramHash::sha256, "pencil",
                                 *from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
}

UsersPtr users_of_the_rfc() {
  auto users = std::make_shared<Users>();
  users->add("user", pencil());
  return users;
}

ScramServer server_of_the_rfc() {
  return {users_of_the_rfc(), ScramHash::sha256, std::string(server_nonce)};
}

ErrorCode code_of_first(std::string_view message) {
  auto server = server_of_the_rfc();
  const auto answer = server.first(message);
  EXPECT_FALSE(answer);
  return answer ? ErrorCode::closed : answer.error().code();
}

ErrorCode code_of_final(std::string_view message) {
  auto server = server_of_the_rfc();
  EXPECT_TRUE(server.first(client_first));
  const auto answer = server.finish(message);
  EXPECT_FALSE(answer);
  EXPECT_FALSE(server.is_done());
  return answer ? ErrorCode::closed : answer.error().code();
}

TEST(ScramServer, AnswersTheExampleOfRfc7677) {
  auto server = server_of_the_rfc();
  EXPECT_EQ(server.first(client_first).value(), server_first);
  EXPECT_EQ(server.finish(client_final).value(), server_final);
  EXPECT_TRUE(server.is_done());
  EXPECT_EQ(server.user(), "user");
}

TEST(ScramServer, RefusesAWrongProof) {
  std::string wrong(client_final);
  wrong[wrong.size() - 5] = 'A';
  EXPECT_EQ(code_of_final(wrong), ErrorCode::unauthenticated);
}

TEST(ScramServer, RefusesAFinalMessageForAnotherExchange) {
  EXPECT_EQ(code_of_final("c=biws,r=other,p=AAAA"), ErrorCode::invalid_argument);
  std::string other_header(client_final);
  other_header.replace(2, 4, "eSws");
  EXPECT_EQ(code_of_final(other_header), ErrorCode::invalid_argument);
}

TEST(ScramServer, RefusesAMalformedFinalMessage) {
  const std::string start = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  EXPECT_EQ(code_of_final(""), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_final(start), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_final(start + ",p=AAAA"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_final(start + ",p=!"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_final(std::string(client_final) + ",x=1"), ErrorCode::unsupported);
  EXPECT_EQ(code_of_final(std::string(scram_message_bytes_max + 1, 'c')),
            ErrorCode::invalid_argument);
}

TEST(ScramServer, RefusesAMalformedFirstMessage) {
  EXPECT_EQ(code_of_first(""), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_first("n,,"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_first("n,,n=user"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_first("n,,n=,r=abc"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_first("n,,n=us=er,r=abc"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_first("n,,n=user,r="), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_first("n,,n=user,r=a\x01"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_first("x,,n=user,r=abc"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of_first(std::string(scram_message_bytes_max + 1, 'n')),
            ErrorCode::invalid_argument);
}

TEST(ScramServer, RefusesWhatItDoesNotSupport) {
  EXPECT_EQ(code_of_first("p=tls-unique,,n=user,r=abc"), ErrorCode::unsupported);
  EXPECT_EQ(code_of_first("n,,m=x,n=user,r=abc"), ErrorCode::unsupported);
  EXPECT_EQ(code_of_first("n,,n=user,r=abc,tokenauth=true"), ErrorCode::unsupported);
  EXPECT_EQ(code_of_first("n,a=root,n=user,r=abc"), ErrorCode::unsupported);
}

TEST(ScramServer, RefusesMessagesOutOfOrder) {
  auto server = server_of_the_rfc();
  EXPECT_EQ(server.finish(client_final).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(server.first(client_first).error().code(), ErrorCode::invalid_argument);
}

TEST(ScramServer, AcceptsAUserWhoActsForHimself) {
  auto server = server_of_the_rfc();
  EXPECT_TRUE(server.first("n,a=user,n=user,r=abc"));
}

TEST(ScramServer, AnswersAnUnknownUserLikeAKnownOne) {
  auto server = server_of_the_rfc();
  const std::string answer = server.first("n,,n=nobody,r=abc").value();
  auto again = server_of_the_rfc();
  EXPECT_EQ(answer, again.first("n,,n=nobody,r=abc").value());
  EXPECT_TRUE(answer.ends_with(",i=4096"));
  const std::string nonce = "abc" + std::string(server_nonce);
  const std::string proof(44, 'A');
  EXPECT_EQ(server.finish("c=biws,r=" + nonce + ",p=" + proof.substr(0, 43) + "=").error().code(),
            ErrorCode::unauthenticated);
}

TEST(ScramServer, NamesWithCommasAndEqualsSignsAreEscaped) {
  EXPECT_EQ(escape_scram_name("a,b=c"), "a=2Cb=3Dc");
  EXPECT_EQ(unescape_scram_name("a=2Cb=3Dc").value(), "a,b=c");
}

TEST(ScramCredential, IsWrittenAndReadAsRfc5803Says) {
  const ScramCredential credential = pencil();
  const std::string text = credential.to_string();
  EXPECT_TRUE(text.starts_with("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"));
  EXPECT_EQ(ScramCredential::parse(text).value(), credential);
  EXPECT_TRUE(credential.is_made_from("pencil"));
  EXPECT_FALSE(credential.is_made_from("pencils"));
}

TEST(ScramCredential, RefusesWhatIsNotOne) {
  const std::string good = pencil().to_string();
  const auto refused = [](std::string text) {
    const auto parsed = ScramCredential::parse(text);
    return !parsed && parsed.error().code() == ErrorCode::invalid_argument &&
           (text.empty() || !parsed.error().message().contains(text));
  };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("hunter2"));
  EXPECT_TRUE(refused("SCRAM-SHA-1" + good.substr(13)));
  EXPECT_TRUE(refused("SCRAM-SHA-256$1" + good.substr(18)));
  EXPECT_TRUE(refused("SCRAM-SHA-256$x" + good.substr(18)));
  EXPECT_TRUE(refused("SCRAM-SHA-256$4096:*$" + good.substr(44)));
  EXPECT_TRUE(refused("SCRAM-SHA-512" + good.substr(13)));
}

TEST(Base64, RefusesWhatIsNotBase64) {
  EXPECT_EQ(from_base64("YQ==").value(), ByteString{std::byte{'a'}});
  EXPECT_TRUE(from_base64("").value().empty());
  EXPECT_FALSE(from_base64("YQ="));
  EXPECT_FALSE(from_base64("Y==="));
  EXPECT_FALSE(from_base64("YQ=\n"));
  EXPECT_FALSE(from_base64("Y=Q="));
}

TEST(ConstantTime, ComparesSizesAndBytes) {
  EXPECT_TRUE(equal_in_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("ab")));
}

}  // namespace
}  // namespace koine::core
