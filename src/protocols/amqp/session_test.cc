// A connection from its first byte to its last, as a client sees it.
#include "protocols/amqp/session.h"

#include <gtest/gtest.h>

#include <string>

#include "core/scram.h"
#include "protocols/amqp/session_test_bench.h"

namespace koine::amqp {
namespace {

using namespace std::string_literals;

std::string plain(std::string_view user, std::string_view password) {
  return "\0"s + std::string(user) + "\0"s + std::string(password);
}

BrokerOptions with_user(std::string_view name, std::string_view password) {
  auto users = std::make_shared<core::Users>();
  users->add(name, core::ScramCredential::derive(core::ScramHash::sha256, password,
                                                 as_bytes("0123456789abcdef"),
                                                 core::scram_iterations_min));
  BrokerOptions options;
  options.users = std::move(users);
  return options;
}

TEST(Handshake, SaysWhoTheServerIsAndWhatItCan) {
  TestBroker broker({.version = "1.2.3"});
  TestClient client = broker.connect();
  client.send_bytes(protocol_header);
  const auto start = client.expect<ConnectionStart>(0);
  EXPECT_EQ(start.version_major, 0);
  EXPECT_EQ(start.version_minor, 9);
  EXPECT_EQ(*core::find_field(start.server_properties, "product")->as_text(), "Koine");
  EXPECT_EQ(*core::find_field(start.server_properties, "version")->as_text(), "1.2.3");
  const auto capabilities =
      std::get<core::FieldTable>(core::find_field(start.server_properties, "capabilities")->value);
  EXPECT_EQ(capabilities.size(), 9U);
  EXPECT_EQ(start.mechanisms, "PLAIN AMQPLAIN");
  EXPECT_EQ(start.locales, "en_US");
}

TEST(Handshake, OffersLimitsAndOpens) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.start();
  const auto tune = client.expect<ConnectionTune>(0);
  EXPECT_EQ(tune.channel_max, 2047);
  EXPECT_EQ(tune.frame_max, 131072U);
  EXPECT_EQ(tune.heartbeat, 60);
  client.send(0, ConnectionTuneOk{.channel_max = 10, .frame_max = 4096, .heartbeat = 5});
  client.send(0, ConnectionOpen{.virtual_host = "/"});
  client.expect<ConnectionOpenOk>(0);
  client.send(11, ChannelOpen{});
  const auto close = client.expect<ConnectionClose>(0);
  EXPECT_EQ(close.reply_code, 530);
  EXPECT_EQ(close.reply_text, "NOT_ALLOWED - channel 11 is above the negotiated channel_max (10)");
}

TEST(Handshake, CountsTheChannelsThatAreOpen) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.start();
  client.expect<ConnectionTune>(0);
  client.send(0, ConnectionTuneOk{.channel_max = 1, .frame_max = 4096, .heartbeat = 0});
  client.send(0, ConnectionOpen{.virtual_host = "/"});
  client.expect<ConnectionOpenOk>(0);
  client.call<ChannelOpenOk>(1, ChannelOpen{});
  client.send(2, ChannelOpen{});
  EXPECT_EQ(
      client.expect<ConnectionClose>(0).reply_text,
      "NOT_ALLOWED - number of channels opened (1) has reached the negotiated channel_max (1)");
}

TEST(Handshake, TellsOtherVersionsWhichOneIsSpoken) {
  for (const std::string& header : {"AMQP\0\0\x09\0"s, "AMQP\3\1\0\0"s, "GET / HT"s}) {
    TestBroker broker;
    TestClient client = broker.connect();
    client.send_bytes(as_bytes(header));
    std::string answer;
    while (answer.size() < protocol_header_size) {
      const auto bytes = client.receive_bytes();
      ASSERT_FALSE(bytes.empty());
      answer += bytes;
    }
    EXPECT_EQ(answer, "AMQP\0\0\x09\x01"s);
    EXPECT_TRUE(client.is_ended());
  }
}

TEST(Login, IsByPasswordWhenThereAreUsers) {
  TestBroker broker(with_user("alice", "secret"));
  TestClient client = broker.connect();
  client.start(TestClient::all_capabilities(), plain("alice", "secret"));
  client.expect<ConnectionTune>(0);
}

TEST(Login, IsByAFieldTableToo) {
  TestBroker broker(with_user("alice", "secret"));
  TestClient client = broker.connect();
  std::vector<std::byte> table;
  core::encode_field_table(
      {{"LOGIN", core::FieldValue{"alice"s}}, {"PASSWORD", core::FieldValue{"secret"s}}}, table);
  client.start(TestClient::all_capabilities(), std::string(as_text(ByteView(table).subspan(4))),
               "AMQPLAIN");
  client.expect<ConnectionTune>(0);
}

TEST(Login, ThatIsRefusedIsSaidToClientsThatUnderstand) {
  TestBroker broker(with_user("alice", "secret"));
  for (const std::string& response : {plain("alice", "wrong"), plain("guest", "guest")}) {
    TestClient client = broker.connect();
    client.start(TestClient::all_capabilities(), response);
    const auto close = client.expect<ConnectionClose>(0);
    EXPECT_EQ(close.reply_code, 403);
    EXPECT_EQ(close.reply_text,
              "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For "
              "details see the broker logfile.");
    client.send(0, ConnectionCloseOk{});
    EXPECT_TRUE(client.is_ended());
  }
  TestClient old = broker.connect();
  old.start({}, plain("alice", "wrong"));
  EXPECT_TRUE(old.is_ended());
  EXPECT_EQ(broker.statistics().refused_logins, 3U);
}

TEST(Login, OfGuestIsFromThisMachineOnly) {
  TestBroker broker;
  TestClient client = broker.connect({.first_address = "192.0.2.7:40000"});
  client.start();
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_code, 403);
}

TEST(Login, IsNotNeededWhereItIsAllowed) {
  BrokerOptions options = with_user("alice", "secret");
  options.allows_anonymous = true;
  TestBroker broker(options);
  TestClient guest = broker.connect({.first_address = "192.0.2.7:40000"});
  guest.start();
  guest.expect<ConnectionTune>(0);
  TestClient anonymous = broker.connect({.first_address = "192.0.2.7:40000"});
  anonymous.start(TestClient::all_capabilities(), "", "ANONYMOUS");
  anonymous.expect<ConnectionTune>(0);
}

TEST(Login, WithAnUnknownMechanismOrAMalformedMessageEndsTheConnection) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.start({}, "", "KERBEROS");
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_text,
            "COMMAND_INVALID - unknown authentication mechanism 'KERBEROS'");
  TestClient other = broker.connect();
  other.start({}, "no zeros");
  EXPECT_EQ(other.expect<ConnectionClose>(0).reply_code, 502);
}

TEST(Handshake, RefusesLimitsOutsideOfWhatWasOffered) {
  struct Case {
    ConnectionTuneOk tune_ok;
    std::string text;
  };
  for (const auto& [tune_ok, text] :
       {Case{{.channel_max = 2047, .frame_max = 100},
             "negotiated frame_max = 100 is lower than the minimum allowed value (4096)"},
        Case{{.channel_max = 2047, .frame_max = 0},
             "negotiated frame_max = 0 is higher than the maximum allowed value (131072)"},
        Case{{.channel_max = 3000, .frame_max = 131072},
             "negotiated channel_max = 3000 is higher than the maximum allowed value (2047)"}}) {
    TestBroker broker;
    TestClient client = broker.connect();
    client.start();
    client.expect<ConnectionTune>(0);
    client.send(0, tune_ok);
    const auto close = client.expect<ConnectionClose>(0);
    EXPECT_EQ(close.reply_text, "NOT_ALLOWED - " + text);
    EXPECT_EQ(close.class_id, 10);
    EXPECT_EQ(close.method_id, 31);
  }
}

TEST(Handshake, RefusesAVirtualHostThatIsNotThere) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.start();
  const auto tune = client.expect<ConnectionTune>(0);
  client.send(0, ConnectionTuneOk{.channel_max = tune.channel_max, .frame_max = tune.frame_max});
  client.send(0, ConnectionOpen{.virtual_host = "test"});
  const auto close = client.expect<ConnectionClose>(0);
  EXPECT_EQ(close.reply_code, 530);
  EXPECT_EQ(close.reply_text, "NOT_ALLOWED - vhost test not found");
}

TEST(Handshake, HasADeadline) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.send_bytes(protocol_header);
  client.expect<ConnectionStart>(0);
  broker.run_for(std::chrono::seconds(11));
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(broker.open_connections(), 0U);
}

TEST(Handshake, InAnotherOrderIsRefused) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.send_bytes(protocol_header);
  client.expect<ConnectionStart>(0);
  client.send(0, ConnectionOpen{.virtual_host = "/"});
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_text,
            "CHANNEL_ERROR - unexpected method in connection state starting");
}

TEST(Session, ClosesWhenTheClientSaysSo) {
  TestBroker broker;
  TestClient client = broker.client();
  client.send(0, ConnectionClose{.reply_code = 200, .reply_text = "bye"});
  client.expect<ConnectionCloseOk>(0);
  EXPECT_TRUE(client.is_ended());
  client.close();
  broker.run_for(std::chrono::seconds(2));
  EXPECT_EQ(broker.open_connections(), 0U);
}

TEST(Session, ThatBreaksTheProtocolIsToldHowAndEnds) {
  struct Case {
    std::string bytes;
    std::string text;
  };
  for (
      const auto& [bytes, text] :
      {Case{"\x01\x00\x01\x00\x00\x00\x04\x00\x14\x00\x0A\x00"s, "FRAME_ERROR - "},
       Case{"\x07\x00\x01\x00\x00\x00\x00\xCE"s, "FRAME_ERROR - frame type 7 is unknown"},
       Case{
           "\x02\x00\x01\x00\x00\x00\x0E\x00\x3C\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xCE"s,
           "UNEXPECTED_FRAME - expected method frame, got non method frame instead"},
       Case{"\x03\x00\x01\x00\x00\x00\x01x\xCE"s, "UNEXPECTED_FRAME - "},
       Case{"\x08\x00\x01\x00\x00\x00\x00\xCE"s, "UNEXPECTED_FRAME - a heartbeat on a channel"},
       Case{"\x01\x00\x01\x00\x00\x00\x04\x00\x32\x00\x63\xCE"s,
            "COMMAND_INVALID - unimplemented method 50,99"},
       Case{"\x01\x00\x01\x00\x00\x00\x04\x00\x32\x00\x15\xCE"s,
            "COMMAND_INVALID - unimplemented method queue.bind-ok"},
       Case{"\x01\x00\x05\x00\x00\x00\x04\x00\x32\x00\x0A\xCE"s,
            "CHANNEL_ERROR - expected 'channel.open'"}}) {
    TestBroker broker;
    TestClient client = broker.client();
    client.send_bytes(as_bytes(bytes));
    const auto close = client.expect<ConnectionClose>(0);
    EXPECT_TRUE(close.reply_text.starts_with(text)) << close.reply_text;
    client.send(0, ConnectionCloseOk{});
    EXPECT_TRUE(client.is_ended());
    EXPECT_EQ(broker.statistics().connections_closed_by_error, 1U);
  }
}

TEST(Session, DoesNotWaitForEverForTheAnswerToItsClose) {
  TestBroker broker;
  TestClient client = broker.client();
  client.send(1, ChannelOpen{});
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_text,
            "CHANNEL_ERROR - second 'channel.open' seen");
  broker.run_for(std::chrono::seconds(11));
  EXPECT_EQ(broker.open_connections(), 0U);
}

TEST(Session, SendsHeartbeatsAndEndsWithoutThem) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.open(TestClient::all_capabilities(), 10);
  EXPECT_EQ(client.next(), "heartbeat");
  FrameBuffer heartbeat;
  encode_heartbeat(heartbeat);
  for (int n = 0; n < 10; ++n) {
    ASSERT_TRUE(client.send_bytes(heartbeat.view()));
    broker.run_for(std::chrono::seconds(15));
  }
  EXPECT_EQ(broker.open_connections(), 1U);
  broker.run_for(std::chrono::seconds(21));
  EXPECT_EQ(broker.open_connections(), 0U);
  EXPECT_EQ(broker.statistics().silent_connections, 1U);
  EXPECT_TRUE(broker.log().has("missed heartbeats from the client"));
}

TEST(Session, WithoutHeartbeatsMayBeSilent) {
  TestBroker broker;
  TestClient client = broker.client();
  broker.run_for(std::chrono::hours(24));
  client.open_channel(2);
}

TEST(Session, TellsItsClientWhenTheServerStops) {
  TestBroker broker;
  TestClient client = broker.client();
  broker.drain();
  const auto close = client.expect<ConnectionClose>(0);
  EXPECT_EQ(close.reply_code, 320);
  EXPECT_EQ(close.reply_text,
            "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'");
  client.send(0, ConnectionCloseOk{});
  EXPECT_TRUE(client.is_ended());
}

TEST(Session, TakesAPasswordAgain) {
  TestBroker broker(with_user("alice", "secret"));
  TestClient client = broker.connect();
  client.start(TestClient::all_capabilities(), plain("alice", "secret"));
  const auto tune = client.expect<ConnectionTune>(0);
  client.send(0, ConnectionTuneOk{.channel_max = tune.channel_max, .frame_max = tune.frame_max});
  client.send(0, ConnectionOpen{.virtual_host = "/"});
  client.expect<ConnectionOpenOk>(0);
  client.send(0, ConnectionUpdateSecret{.new_secret = {"secret"}, .reason = "rotated"});
  client.expect<ConnectionUpdateSecretOk>(0);
  client.send(0, ConnectionUpdateSecret{.new_secret = {"other"}, .reason = "rotated"});
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_code, 530);
}

TEST(Channel, IsOpenedAndClosedAndItsNumberUsedAgain) {
  TestBroker broker;
  TestClient client = broker.client();
  client.open_channel(7);
  client.call<ChannelCloseOk>(7, ChannelClose{.reply_code = 200});
  client.open_channel(7);
}

TEST(Channel, ThatFailsDisturbsNoOther) {
  TestBroker broker;
  TestClient client = broker.client();
  client.open_channel(2);
  client.send(1, QueueDeclare{.queue = "no", .passive = true});
  const auto close = client.expect<ChannelClose>(1);
  EXPECT_EQ(close.reply_code, 404);
  EXPECT_EQ(close.reply_text, "NOT_FOUND - no queue 'no' in vhost '/'");
  EXPECT_EQ(close.class_id, 50);
  EXPECT_EQ(close.method_id, 10);
  // What comes before the answer is passed over.
  client.send(1, QueueDeclare{.queue = "yes"});
  client.send(1, ChannelCloseOk{});
  client.call<QueueDeclareOk>(2, QueueDeclare{.queue = "other"});
  EXPECT_EQ(broker.core().queue_count(), 1U);
  client.open_channel(1);
}

TEST(Channel, CannotStopItsDeliveriesByFlow) {
  TestBroker broker;
  TestClient client = broker.client();
  EXPECT_TRUE(client.call<ChannelFlowOk>(1, ChannelFlow{.active = true}).active);
  client.send(1, ChannelFlow{.active = false});
  EXPECT_EQ(client.expect<ConnectionClose>(0).reply_text, "NOT_IMPLEMENTED - active=false");
}

TEST(Session, TakesFramesInWhateverPieces) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    TestBroker broker({}, seed);
    TestClient client = broker.connect({.cut_seed = seed});
    client.open();
    client.open_channel();
    client.declare("q");
    const std::string large(300'000, 'L');
    for (const std::string& body : {std::string(), std::string("small"), large}) {
      client.publish(1, {.routing_key = "q"}, {.body = body, .properties = {}});
      const auto got = client.call<BasicGetOk>(1, BasicGet{.queue = "q", .no_ack = true});
      EXPECT_EQ(got.routing_key, "q");
      EXPECT_EQ(client.expect_content().body, body);
    }
  }
}

}  // namespace
}  // namespace koine::amqp
