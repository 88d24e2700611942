#include "cli/scram_client.h"

#include <gtest/gtest.h>

#include "core/scram_server.h"

namespace koine::cli {
namespace {

constexpr auto hash = core::ScramHash::sha512;

core::ScramServer server_with(std::string_view user, std::string_view password) {
  auto users = std::make_shared<core::Users>();
  users->add(user,
             core::ScramCredential::derive(hash, password, as_bytes("salt and pepper"), 4096));
  return {users, hash, "0123456789abcdef01234567"};
}

TEST(ScramClient, LogsInToOurServer) {
  auto server = server_with("a,b=c", "secret");
  ScramClient client(hash, "a,b=c", "secret", "nonce");
  const std::string server_first = server.first(client.first()).value();
  const std::string server_final = server.finish(client.answer(server_first).value()).value();
  EXPECT_TRUE(client.verify(server_final));
  EXPECT_EQ(server.user(), "a,b=c");
}

TEST(ScramClient, IsRefusedWithAWrongPassword) {
  auto server = server_with("alice", "secret");
  ScramClient client(hash, "alice", "guess", "nonce");
  const std::string server_first = server.first(client.first()).value();
  EXPECT_EQ(server.finish(client.answer(server_first).value()).error().code(),
            ErrorCode::unauthenticated);
}

TEST(ScramClient, AnswersTheExampleOfRfc7677) {
  ScramClient client(core::ScramHash::sha256, "user", "pencil", "rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(client.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  const std::string answer = client
                                 .answer(
                                     "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                                     "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
                                 .value();
  EXPECT_TRUE(answer.ends_with(",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
  EXPECT_TRUE(client.verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
}

TEST(ScramClient, RefusesAServerThatIsNotTheRightOne) {
  ScramClient client(hash, "alice", "secret", "nonce");
  const auto code = [&](std::string_view text) { return client.answer(text).error().code(); };
  EXPECT_EQ(code(""), ErrorCode::corrupt);
  EXPECT_EQ(code("r=other,s=YQ==,i=4096"), ErrorCode::corrupt);
  EXPECT_EQ(code("r=nonce,s=YQ==,i=4096"), ErrorCode::corrupt);
  EXPECT_EQ(code("r=nonceX,s=*,i=4096"), ErrorCode::corrupt);
  EXPECT_EQ(code("r=nonceX,s=YQ==,i=1"), ErrorCode::corrupt);
  EXPECT_EQ(code("r=nonceX,s=YQ==,i=x"), ErrorCode::corrupt);
  EXPECT_EQ(code("r=nonceX,i=4096,s=YQ=="), ErrorCode::corrupt);
  EXPECT_EQ(client.verify("v=").error().code(), ErrorCode::unauthenticated);
  EXPECT_EQ(client.verify("e=other-error").error().code(), ErrorCode::unauthenticated);
}

}  // namespace
}  // namespace koine::cli
