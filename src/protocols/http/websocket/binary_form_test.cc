// koine.binary.v1: its bytes, and a socket that speaks it.
#include "protocols/http/websocket/binary_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/queues/lease_client.h"
#include "protocols/http/websocket/binary_commands.h"
#include "protocols/http/websocket/test_binary.h"
#include "protocols/http/websocket/test_socket.h"

namespace koine::http {
namespace {

using testing::HasSubstr;

const core::LeaseId lease{LogId(0x0102'0304'0506'0708ULL), {9, Offset(10)}, 11};
const std::vector<core::RecordHeader> headers = {{"h", as_bytes("v")}, {"null", std::nullopt}};

MessageDraft draft(std::string_view body, std::int64_t delay_ms = 0) {
  return *MessageDraft::from_encoded({}, as_bytes(body), delay_ms);
}

std::vector<SocketCommand> commands() {
  std::vector<SocketCommand> all;
  all.emplace_back(SubscribeTopic{.id = 1,
                                  .credit = 2,
                                  .topic = "orders",
                                  .at = core::ReadStart::At::position,
                                  .after = "3f9a1c02.0-42",
                                  .partitions = {0, 2},
                                  .filter = {.key = "k", .headers = {{"type", "a"}}}});
  all.emplace_back(SubscribeTopic{
      .id = 1, .topic = "t", .at = core::ReadStart::At::time, .time_ms = 7, .filter = {}});
  all.emplace_back(
      SubscribeQueue{.id = 2, .credit = 5, .vhost = "v", .queue = "email", .lease_ms = 1000});
  all.emplace_back(AddCredit{.id = 3, .credit = 4});
  all.emplace_back(Unsubscribe{.id = 5});
  all.emplace_back(PublishRecord{.seq = 6,
                                 .topic = "orders",
                                 .draft = RecordDraft::from_parts({.key = as_bytes("k"),
                                                                   .value = as_bytes("value"),
                                                                   .headers = headers,
                                                                   .partition = 3,
                                                                   .timestamp_ms = 9})});
  all.emplace_back(PublishRecord{.seq = 6, .topic = "orders", .draft = {}});
  all.emplace_back(
      PublishMessage{.seq = 7, .vhost = "/", .queue = "email", .draft = draft("body", 5)});
  all.emplace_back(PublishMessage{.seq = 8,
                                  .vhost = "/",
                                  .exchange = "shop",
                                  .routing_key = "order.new",
                                  .is_mandatory = true,
                                  .draft = draft("body")});
  for (const auto kind : {core::Settlement::Kind::ack, core::Settlement::Kind::requeue,
                          core::Settlement::Kind::dead_letter}) {
    all.emplace_back(EndLeases{.seq = 9, .kind = kind, .leases = {lease, lease}});
  }
  all.emplace_back(ExtendLeases{.seq = 10, .lease_ms = 1000, .leases = {lease}});
  all.emplace_back(PingCommand{.seq = 11});
  return all;
}

TEST(BinaryForm, CommandsAreReadAsTheyWereWritten) {
  for (const SocketCommand& command : commands()) {
    const std::string bytes = write_binary(command);
    const auto read = read_binary_command(as_bytes(bytes));
    ASSERT_TRUE(read) << read.error().detail();
    EXPECT_EQ(read->index(), command.index());
    EXPECT_EQ(write_binary(*read), bytes);
  }
}

TEST(BinaryForm, WhatIsShortOrLongIsRefused) {
  for (const SocketCommand& command : commands()) {
    const std::string bytes = write_binary(command);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(read_binary_command(as_bytes(bytes).first(size))) << command.index();
    }
    EXPECT_FALSE(read_binary_command(as_bytes(bytes + "x"))) << command.index();
  }
}

TEST(BinaryForm, WhatItSaysOfWhomItIsAbout) {
  const auto of = [](const SocketCommand& command) {
    return subject_of(as_bytes(write_binary(command)));
  };
  EXPECT_EQ(of(Unsubscribe{.id = 5}).kind, CommandSubject::Kind::id);
  EXPECT_EQ(of(PingCommand{.seq = 11}).kind, CommandSubject::Kind::seq);
  EXPECT_EQ(of(PingCommand{.seq = 11}).number, 11);
  EXPECT_EQ(subject_of(as_bytes("\1")).kind, CommandSubject::Kind::none);
}

TEST(BinaryForm, IsStrict) {
  const auto problem_of = [](const std::string& bytes) {
    const auto read = read_binary_command(as_bytes(bytes));
    return read ? std::string("none") : read.error().detail();
  };
  const auto begin = &BinaryCommandWriter::begin;
  EXPECT_THAT(problem_of(std::string("\0\0\0\0\1", 5)), HasSubstr("type: found 0"));
  EXPECT_THAT(problem_of(std::string("\15\0\0\0\1", 5)), HasSubstr("type: found 13"));
  EXPECT_THAT(
      problem_of(
          begin(ClientSays::subscribe_topic, 1).number(0).text("t").number(std::uint8_t{4}).out()),
      HasSubstr("from: found 4"));
  EXPECT_THAT(
      problem_of(begin(ClientSays::subscribe_queue, 1).number(0).number(1).text("\xFF").out()),
      HasSubstr("UTF-8"));
  EXPECT_THAT(problem_of(begin(ClientSays::ack, 1).number(0x7FFF'FFFF).out()),
              HasSubstr("ends within a list"));
  EXPECT_THAT(problem_of(begin(ClientSays::publish_to_exchange, 1).number(std::uint8_t{2}).out()),
              HasSubstr("flags: found 2"));
  // Properties: one that is transient; what is no table.
  const auto with_properties = [&](std::string_view properties) {
    BinaryWriter writer = begin(ClientSays::publish_to_queue, 1);
    writer.text("").text("q").number(0).text(properties).text("body");
    return problem_of(writer.out());
  };
  EXPECT_EQ(with_properties(""), "none");
  EXPECT_EQ(with_properties(std::string_view("\x10\0\2", 3)), "none");
  EXPECT_THAT(with_properties(std::string_view("\x10\0\1", 3)), HasSubstr("delivery_mode"));
  EXPECT_THAT(with_properties(std::string_view("\x20\0\1", 3)), HasSubstr("properties"));
  EXPECT_THAT(with_properties(std::string_view("\x01\0\1x", 4)), HasSubstr("expiration"));
}

class BinarySocket : public WebSocketTest {
 protected:
  Socket connect_binary() {
    return connect("Sec-WebSocket-Protocol: koine.json.v1, koine.binary.v1\r\n");
  }
  static void say(Socket& socket, const SocketCommand& command) {
    const std::string bytes = write_binary(command);
    socket.send({.opcode = Opcode::binary, .payload = bytes});
  }
  struct Heard {
    ServerSays what{};
    std::uint32_t number = 0;
    std::string rest;
  };
  static Heard hear(Socket& socket) {
    const Socket::Frame frame = socket.receive();
    EXPECT_EQ(frame.first, 0x82U);
    BinaryReader reader(as_bytes(frame.payload));
    const ServerSays what{reader.number<std::uint8_t>()};
    const auto number = reader.number<std::uint32_t>();
    return {what, number, frame.payload.substr(5)};
  }
};

TEST_F(BinarySocket, ReadsAndWritesTopics) {
  create();
  Socket socket = connect_binary();
  say(socket, PublishRecord{.seq = 7,
                            .topic = "orders",
                            .draft = RecordDraft::from_parts({.key = as_bytes("k"),
                                                              .value = as_bytes("value"),
                                                              .headers = headers,
                                                              .partition = {},
                                                              .timestamp_ms = 9})});
  const Heard appended = hear(socket);
  EXPECT_EQ(appended.what, ServerSays::appended);
  EXPECT_EQ(appended.number, 7U);
  EXPECT_EQ(appended.rest, std::string(12, '\0'));
  say(socket,
      SubscribeTopic{.id = 1, .credit = 1, .topic = "orders", .at = core::ReadStart::At::start});
  EXPECT_EQ(hear(socket).what, ServerSays::subscribed);
  const Heard record = hear(socket);
  EXPECT_EQ(record.what, ServerSays::record);
  EXPECT_EQ(record.number, 1U);
  BinaryReader reader(as_bytes(record.rest));
  EXPECT_THAT(std::string(reader.text()), HasSubstr(".0-1"));
  EXPECT_EQ(reader.number<std::int32_t>(), 0);
  EXPECT_EQ(reader.number<std::int64_t>(), 0);
  EXPECT_EQ(reader.number<std::int64_t>(), 9);
  EXPECT_EQ(as_text(*reader.nullable_bytes()), "k");
  EXPECT_EQ(as_text(*reader.nullable_bytes()), "value");
  EXPECT_EQ(reader.count(8), 2U);
  EXPECT_EQ(reader.text(), "h");
  EXPECT_EQ(as_text(*reader.nullable_bytes()), "v");
  EXPECT_EQ(reader.text(), "null");
  EXPECT_FALSE(reader.nullable_bytes());
  EXPECT_TRUE(reader.is_at_end() && reader.problem() == nullptr);
}

TEST_F(BinarySocket, LeasesAndSettlesMessages) {
  ASSERT_EQ(broker_.call("PUT /v1/queues/email HTTP/1.1\r\nHost: x\r\n\r\n").status, 201);
  Socket socket = connect_binary();
  say(socket, SubscribeQueue{.id = 1, .credit = 5, .vhost = "/", .queue = "email"});
  EXPECT_EQ(hear(socket).what, ServerSays::subscribed);
  say(socket, PublishMessage{.seq = 2, .vhost = "", .queue = "email", .draft = draft("body")});
  std::vector<Heard> heard = {hear(socket), hear(socket)};
  std::ranges::sort(heard, {}, &Heard::what);
  EXPECT_EQ(heard[0].what, ServerSays::message);
  EXPECT_EQ(heard[1].what, ServerSays::routed);
  EXPECT_EQ(heard[1].rest, std::string("\0\0\0\1", 4));
  BinaryReader reader(as_bytes(heard[0].rest));
  const core::LeaseId got = reader.lease();
  EXPECT_EQ(reader.number<std::uint8_t>(), 0);
  EXPECT_EQ(reader.number<std::uint32_t>(), 0U);
  EXPECT_GT(reader.number<std::int64_t>(), 0);
  EXPECT_EQ(reader.text(), "");
  EXPECT_EQ(reader.text(), "email");
  EXPECT_EQ(reader.bytes().size(), 3U);
  EXPECT_EQ(reader.text(), "body");
  EXPECT_TRUE(reader.is_at_end() && reader.problem() == nullptr);
  say(socket, ExtendLeases{.seq = 3, .lease_ms = 1000, .leases = {got}});
  EXPECT_EQ(hear(socket).what, ServerSays::extended);
  say(socket, EndLeases{.seq = 4, .leases = {got}});
  const Heard settled = hear(socket);
  EXPECT_EQ(settled.what, ServerSays::settled);
  EXPECT_EQ(settled.rest, std::string(4, '\0'));
  say(socket, EndLeases{.leases = {got}});
  const Heard lost = hear(socket);
  EXPECT_EQ(lost.number, 0U);
  EXPECT_EQ(lost.rest.size(), 4U + binary_lease_size);
}

TEST_F(BinarySocket, AnswersMistakes) {
  Socket socket = connect_binary();
  say(socket, PublishRecord{.seq = 7, .topic = "none", .draft = {}});
  const Heard error = hear(socket);
  EXPECT_EQ(error.what, ServerSays::error);
  EXPECT_EQ(error.number, 7U);
  EXPECT_EQ(error.rest[0], '\1');
  EXPECT_THAT(error.rest, HasSubstr(R"("status":404)"));
  say(socket, AddCredit{.id = 3, .credit = 1});
  EXPECT_EQ(hear(socket).rest[0], '\2');
  say(socket, PingCommand{.seq = 9});
  EXPECT_EQ(hear(socket).what, ServerSays::pong);
  socket.say("{}");
  EXPECT_EQ(socket.closed(), 1003);
}

}  // namespace
}  // namespace koine::http
