#include "protocols/kafka/handlers/sasl_authenticate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "core/scram.h"
#include "protocols/kafka/messages/metadata.h"
#include "protocols/kafka/messages/sasl.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TestBrokerOptions with_alice() {
  auto users = std::make_shared<core::Users>();
  const auto salt = as_bytes("0123456789abcdef");
  for (const auto hash : {core::ScramHash::sha256, core::ScramHash::sha512}) {
    users->add("alice",
               core::ScramCredential::derive(hash, "secret", salt, core::scram_iterations_min));
  }
  TestBrokerOptions options;
  options.broker.users = users;
  return options;
}

const std::string alices_token("\0alice\0secret", 13);
const std::string wrong_token("\0alice\0guess", 12);

class SaslAuthenticate : public testing::Test {
 protected:
  SaslHandshakeResponse choose(std::string mechanism) {
    return client().call<SaslHandshakeResponse>(SaslHandshakeRequest{std::move(mechanism)}, 1);
  }
  SaslAuthenticateResponse authenticate(std::string_view token) {
    return client().call<SaslAuthenticateResponse>(SaslAuthenticateRequest{as_bytes(token)}, 2);
  }
  // As a frame of its own, without headers.
  std::optional<Bytes> exchange_bare(std::string_view token) {
    Writer frame;
    frame.bytes(as_bytes(token));
    return client().send_bytes(frame.view()) ? client().receive_frame() : std::nullopt;
  }
  bool is_let_in() {
    if (!client().send(MetadataRequest{}, 1)) return false;
    const auto frame = client().receive_frame();
    return frame.has_value();
  }

  // Another connection takes the place of the one that there is.
  void reconnect() { connection_ = std::make_unique<TestClient>(broker_.connect()); }
  TestClient& client() { return *connection_; }

  TestBroker broker_{with_alice()};
  std::unique_ptr<TestClient> connection_ = std::make_unique<TestClient>(broker_.connect());
};

// The client's side of SCRAM (RFC 5802 3).
std::string client_final(core::ScramHash hash, std::string_view password,
                         const std::string& first_bare, const std::string& server_first) {
  const auto value = [&](std::string_view name) {
    const std::size_t begin = server_first.find(name) + name.size();
    return server_first.substr(begin, server_first.find(',', begin) - begin);
  };
  const auto salt = core::from_base64(value(",s=")).value();
  const auto rounds = static_cast<std::uint32_t>(std::stoul(value(",i=")));
  const auto salted = core::salted_password(hash, password, salt, rounds);
  const auto client_key = core::hmac(hash, salted, as_bytes("Client Key"));
  const std::string without_proof = "c=biws,r=" + value("r=");
  const std::string signed_text = first_bare + "," + server_first + "," + without_proof;
  auto proof = core::hmac(hash, core::hash_of(hash, client_key), as_bytes(signed_text));
  std::ranges::transform(proof, client_key, proof.begin(), std::bit_xor());
  return without_proof + ",p=" + core::to_base64(proof);
}

TEST_F(SaslAuthenticate, OffersItsMechanisms) {
  const auto chosen = choose("PLAIN");
  EXPECT_EQ(chosen.error_code, KafkaError::none);
  EXPECT_THAT(chosen.mechanisms, ElementsAre("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"));
}

TEST_F(SaslAuthenticate, LogsInWithPlain) {
  choose("PLAIN");
  EXPECT_EQ(authenticate(alices_token).error_code, KafkaError::none);
  EXPECT_TRUE(is_let_in());
}

TEST_F(SaslAuthenticate, LogsInWithScram) {
  for (const auto hash : {core::ScramHash::sha256, core::ScramHash::sha512}) {
    reconnect();
    choose(std::string(core::mechanism_of(hash)));
    const std::string bare = "n=alice,r=client-nonce";
    const auto first = authenticate("n,," + bare);
    ASSERT_EQ(first.error_code, KafkaError::none);
    const std::string server_first(as_text(first.auth_bytes));
    const auto last = authenticate(client_final(hash, "secret", bare, server_first));
    EXPECT_EQ(last.error_code, KafkaError::none);
    EXPECT_TRUE(as_text(last.auth_bytes).starts_with("v="));
    EXPECT_TRUE(is_let_in());
  }
}

TEST_F(SaslAuthenticate, RefusesAWrongPassword) {
  choose("PLAIN");
  const auto refused = authenticate(wrong_token);
  EXPECT_EQ(refused.error_code, KafkaError::sasl_authentication_failed);
  EXPECT_THAT(refused.error_message.value_or(""), HasSubstr("wrong password"));
  EXPECT_TRUE(client().is_ended());
  EXPECT_TRUE(broker_.log().has("a login failed"));
  EXPECT_FALSE(broker_.log().has("guess"));
}

TEST_F(SaslAuthenticate, RefusesAWrongProof) {
  choose("SCRAM-SHA-256");
  const std::string bare = "n=alice,r=client-nonce";
  const std::string server_first(as_text(authenticate("n,," + bare).auth_bytes));
  const auto last =
      authenticate(client_final(core::ScramHash::sha256, "guess", bare, server_first));
  EXPECT_EQ(last.error_code, KafkaError::sasl_authentication_failed);
  EXPECT_TRUE(client().is_ended());
}

TEST_F(SaslAuthenticate, RefusesWhatIsNoToken) {
  for (const std::string mechanism : {"PLAIN", "SCRAM-SHA-256"}) {
    reconnect();
    choose(mechanism);
    EXPECT_EQ(authenticate("?").error_code, KafkaError::sasl_authentication_failed);
    EXPECT_TRUE(client().is_ended());
  }
}

TEST_F(SaslAuthenticate, RefusesOtherMechanisms) {
  const auto chosen = choose("GSSAPI");
  EXPECT_EQ(chosen.error_code, KafkaError::unsupported_sasl_mechanism);
  EXPECT_EQ(chosen.mechanisms.size(), 3U);
  EXPECT_TRUE(client().is_ended());
}

TEST_F(SaslAuthenticate, RefusesATokenWithoutAHandshake) {
  EXPECT_EQ(authenticate(alices_token).error_code, KafkaError::illegal_sasl_state);
}

TEST_F(SaslAuthenticate, RefusesToChooseTwice) {
  choose("PLAIN");
  EXPECT_EQ(choose("SCRAM-SHA-256").error_code, KafkaError::illegal_sasl_state);
  EXPECT_TRUE(client().is_ended());
}

TEST_F(SaslAuthenticate, RefusesToLogInTwice) {
  choose("PLAIN");
  authenticate(alices_token);
  EXPECT_EQ(choose("PLAIN").error_code, KafkaError::illegal_sasl_state);
  EXPECT_TRUE(is_let_in());
}

TEST_F(SaslAuthenticate, TakesBareTokensAfterTheFirstHandshake) {
  client().call<SaslHandshakeResponse>(SaslHandshakeRequest{"SCRAM-SHA-256"}, 0);
  const std::string bare = "n=alice,r=client-nonce";
  const auto first = exchange_bare("n,," + bare);
  ASSERT_TRUE(first.has_value());
  const auto last = exchange_bare(
      client_final(core::ScramHash::sha256, "secret", bare, std::string(first->text())));
  ASSERT_TRUE(last.has_value());
  EXPECT_TRUE(last->text().starts_with("v="));
  EXPECT_TRUE(is_let_in());
}

TEST_F(SaslAuthenticate, EndsTheConnectionOnAWrongBareToken) {
  client().call<SaslHandshakeResponse>(SaslHandshakeRequest{"PLAIN"}, 0);
  EXPECT_FALSE(exchange_bare(wrong_token).has_value());
  EXPECT_TRUE(client().is_ended());
}

TEST(SaslHandshake, RefusesWhereNobodyCanLogIn) {
  TestBroker broker;
  TestClient client = broker.connect();
  const auto chosen = client.call<SaslHandshakeResponse>(SaslHandshakeRequest{"PLAIN"}, 1);
  EXPECT_EQ(chosen.error_code, KafkaError::illegal_sasl_state);
}

}  // namespace
}  // namespace koine::kafka
