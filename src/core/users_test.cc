#include "core/users.h"

#include <gtest/gtest.h>

#include "core/access_token.h"

namespace koine::core {
namespace {

using namespace std::string_view_literals;

ScramCredential credential_of(ScramHash hash, std::string_view password) {
  return ScramCredential::derive(hash, password, as_bytes("0123456789abcdef"),
                                 scram_iterations_min);
}

TEST(Users, APasswordIsCheckedAgainstEitherHash) {
  Users users;
  users.add("alice", credential_of(ScramHash::sha256, "a"));
  users.add("bob", credential_of(ScramHash::sha512, "b"));
  EXPECT_TRUE(users.has_password("alice", "a"));
  EXPECT_TRUE(users.has_password("bob", "b"));
  EXPECT_FALSE(users.has_password("alice", "b"));
  EXPECT_FALSE(users.has_password("carol", "a"));
}

TEST(Users, FindsTheCredentialOfTheHash) {
  Users users;
  users.add("alice", credential_of(ScramHash::sha512, "a"));
  EXPECT_EQ(users.find("alice", ScramHash::sha256), nullptr);
  ASSERT_NE(users.find("alice", ScramHash::sha512), nullptr);
  users.add("alice", credential_of(ScramHash::sha512, "b"));
  EXPECT_TRUE(users.has_password("alice", "b"));
  EXPECT_EQ(users.size(), 1U);
}

TEST(Users, WhatIsMadeUpForUnknownUsersIsStableAndLooksReal) {
  Users users;
  users.add("alice", credential_of(ScramHash::sha256, "a"));
  const ScramCredential first = users.find_or_make_up("nobody", ScramHash::sha256);
  EXPECT_EQ(first, users.find_or_make_up("nobody", ScramHash::sha256));
  EXPECT_NE(first.salt, users.find_or_make_up("somebody", ScramHash::sha256).salt);
  EXPECT_EQ(first.iterations, scram_iterations_min);
  EXPECT_EQ(first.salt.size(), 16U);
}

TEST(PlainMessage, HasThreeParts) {
  const auto plain = PlainMessage::parse("\0alice\0secret"sv).value();
  EXPECT_EQ(plain.user, "alice");
  EXPECT_EQ(plain.password, "secret");
  EXPECT_EQ(PlainMessage::parse("alice\0alice\0secret"sv).value().user, "alice");
}

TEST(PlainMessage, RefusesOtherForms) {
  const auto code = [](std::string_view text) { return PlainMessage::parse(text).error().code(); };
  EXPECT_EQ(code(""), ErrorCode::invalid_argument);
  EXPECT_EQ(code("alice\0secret"sv), ErrorCode::invalid_argument);
  EXPECT_EQ(code("\0\0secret"sv), ErrorCode::invalid_argument);
  EXPECT_EQ(code("\0a\0b\0c"sv), ErrorCode::invalid_argument);
  EXPECT_EQ(code("root\0alice\0secret"sv), ErrorCode::unsupported);
}

TEST(Users, ATokenStandsForItsUser) {
  const std::string token = make_token(as_bytes(std::string(token_bytes, '\xff')));
  EXPECT_EQ(token, "koine_" + std::string(42, '_') + "8");
  const std::string text = token_digest_to_text(digest_of_token(token));
  Users users;
  users.add_token("robot", parse_token_digest(text).value());
  EXPECT_FALSE(users.empty());
  ASSERT_NE(users.find_token(token), nullptr);
  EXPECT_EQ(*users.find_token(token), "robot");
  EXPECT_EQ(users.find_token(token + "x"), nullptr);
  EXPECT_FALSE(users.has_password("robot", ""));
  users.add_token("robot", digest_of_token("another"));
  EXPECT_EQ(users.find_token(token), nullptr);
  for (const std::string_view wrong : {"", "koine_x", "SHA-256$", "SHA-256$AAAA", "SHA-512$AAAA"}) {
    EXPECT_FALSE(parse_token_digest(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace koine::core
