#include "protocols/kafka/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/byte_order.h"
#include "protocols/kafka/messages/all.h"
#include "protocols/kafka/session_test_bench.h"

namespace koine::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Version produce_version = 9;
constexpr Version fetch_version = 12;

ProduceRequest produce_request(const std::string& topic, const Bytes& batch,
                               std::int16_t acks = -1) {
  return {.acks = acks,
          .timeout_ms = 1000,
          .topic_data = {
              {.name = topic,
               .partition_data = {{.index = 0, .records = Records::at_hand(batch.view())}}}}};
}

FetchRequest fetch_request(const std::string& topic, std::int64_t offset,
                           std::int32_t max_wait_ms = 0) {
  return {.max_wait_ms = max_wait_ms,
          .min_bytes = 1,
          .topics = {{.topic = topic,
                      .partitions = {{.fetch_offset = offset, .partition_max_bytes = 1 << 20}}}}};
}

KafkaError produced(const ProduceResponse& response) {
  return response.responses.at(0).partition_responses.at(0).error_code;
}

TEST(Session, AnswersOnePipelinedRequestAfterTheOther) {
  TestBroker broker;
  broker.create_topic("orders");
  TestClient client = broker.connect();
  const Bytes batch = batch_of({"a", "b"});
  for (int n = 0; n < 20; ++n)
    ASSERT_TRUE(client.send(produce_request("orders", batch), produce_version));
  ASSERT_TRUE(client.send(MetadataRequest{}, 9));
  for (int n = 0; n < 20; ++n) {
    const auto response = client.receive<ProduceResponse>(produce_version);
    const auto& partition = response.responses.at(0).partition_responses.at(0);
    EXPECT_EQ(partition.error_code, KafkaError::none);
    EXPECT_EQ(partition.base_offset, 2 * n);
  }
  EXPECT_EQ(client.receive<MetadataResponse>(9).topics.size(), 1);
  EXPECT_EQ(broker.statistics().requests_total(), 21);
}

TEST(Session, PipelinesMoreThanItKeepsInFlight) {
  TestBroker broker;
  broker.create_topic("orders");
  TestClient client = broker.connect();
  const Bytes batch = batch_of({"a"});
  constexpr int count = 3 * static_cast<int>(in_flight_max);
  for (int n = 0; n < count; ++n)
    ASSERT_TRUE(client.send(produce_request("orders", batch), produce_version));
  for (int n = 0; n < count; ++n)
    EXPECT_EQ(produced(client.receive<ProduceResponse>(produce_version)), KafkaError::none);
}

TEST(Session, ReadsFramesThatArriveInPieces) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    TestBroker broker;
    broker.create_topic("orders");
    TestClient client = broker.connect({.buffer_bytes_max = 1000, .cut_seed = seed});
    const Bytes batch = batch_of({std::string(200'000, 'x')});
    for (int n = 0; n < 3; ++n) {
      const auto response =
          client.call<ProduceResponse>(produce_request("orders", batch), produce_version);
      EXPECT_EQ(produced(response), KafkaError::none);
    }
    const auto fetched = client.call<FetchResponse>(fetch_request("orders", 0), fetch_version);
    EXPECT_GE(fetched.responses.at(0).partitions.at(0).records->size(), 3 * 200'000U);
  }
}

TEST(Session, EndsWhenThePeerEnds) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.end_writing();
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(broker.open_connections(), 0);
}

TEST(Session, AnswersWhatWasAskedBeforeThePeerEnded) {
  TestBroker broker;
  broker.create_topic("orders");
  TestClient client = broker.connect();
  const Bytes batch = batch_of({"a"});
  ASSERT_TRUE(client.send(produce_request("orders", batch), produce_version));
  client.end_writing();
  EXPECT_EQ(produced(client.receive<ProduceResponse>(produce_version)), KafkaError::none);
  EXPECT_TRUE(client.is_ended());
}

TEST(Session, ClosesOnAFrameThatIsTooLarge) {
  TestBroker broker({.broker = {.request_bytes_max = 1000}});
  TestClient client = broker.connect();
  std::array<std::byte, 4> prefix{};
  store_be(prefix.data(), std::int32_t{1001});
  ASSERT_TRUE(client.send_bytes(prefix));
  EXPECT_TRUE(client.is_ended());
  EXPECT_TRUE(broker.log().has("over the limit"));
  EXPECT_EQ(broker.statistics().malformed_requests, 1);
}

TEST(Session, ClosesOnABodyThatCannotBeDecoded) {
  TestBroker broker;
  TestClient client = broker.connect();
  Writer writer;
  const std::size_t begin = begin_request(writer, ApiKey::metadata, 9, 0, "test");
  writer.int64(-1);
  end_frame(writer, begin);
  ASSERT_TRUE(client.send_bytes(writer.view()));
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(broker.statistics().malformed_requests, 1);
}

TEST(Session, ClosesOnAnUnknownApi) {
  TestBroker broker;
  TestClient client = broker.connect();
  Writer writer;
  writer.int32(8);
  writer.int16(999);
  writer.int16(0);
  writer.int32(0);
  ASSERT_TRUE(client.send_bytes(writer.view()));
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(broker.statistics().unsupported_requests, 1);
  EXPECT_TRUE(broker.log().has("API 999 version 0"));
}

TEST(Session, TellsItsVersionsToAClientOfTheFuture) {
  TestBroker broker;
  TestClient client = broker.connect();
  Writer writer;
  writer.int32(8);
  writer.int16(static_cast<std::int16_t>(ApiKey::api_versions));
  writer.int16(99);
  writer.int32(0);
  ASSERT_TRUE(client.send_bytes(writer.view()));
  const auto response = client.receive<ApiVersionsResponse>(0);
  EXPECT_EQ(response.error_code, KafkaError::unsupported_version);
  EXPECT_EQ(response.api_keys.size(), operations().size());
}

TEST(Session, GivesARequestThatDoesNotArriveHalfAMinute) {
  TestBroker broker;
  TestClient client = broker.connect();
  std::array<std::byte, 4> prefix{};
  store_be(prefix.data(), std::int32_t{100'000});
  ASSERT_TRUE(client.send_bytes(prefix));
  broker.world().run_for(seconds(29));
  EXPECT_EQ(broker.open_connections(), 1);
  broker.world().run_for(seconds(2));
  EXPECT_EQ(broker.open_connections(), 0);
  EXPECT_TRUE(broker.log().has("did not arrive whole"));
  EXPECT_EQ(broker.statistics().timed_out_connections, 1);
}

TEST(Session, ClosesAnIdleConnection) {
  TestBroker broker;
  TestClient client = broker.connect();
  client.call<ApiVersionsResponse>(ApiVersionsRequest{}, 0);
  broker.world().run_for(minutes(9));
  EXPECT_EQ(broker.open_connections(), 1);
  broker.world().run_for(minutes(2));
  EXPECT_EQ(broker.open_connections(), 0);
}

// The first `sent` bytes of a frame that says that it is 60 KiB.
std::vector<std::byte> part_of_a_large_frame(std::size_t sent) {
  std::vector<std::byte> part(sent);
  store_be(part.data(), static_cast<std::int32_t>(60 * KiB));
  return part;
}

TEST(Session, AnAnnouncedFrameTakesNoMemoryOfOthers) {
  TestBroker broker({.broker = {.request_memory_bytes = 64 * KiB}});
  TestClient liar = broker.connect();
  ASSERT_TRUE(liar.send_bytes(part_of_a_large_frame(4)));
  broker.world().run_for(seconds(1));
  TestClient other = broker.connect();
  other.call<ApiVersionsResponse>(ApiVersionsRequest{}, 0);
  EXPECT_EQ(broker.open_connections(), 2);
}

TEST(Session, WaitsForItsShareOfTheMemory) {
  TestBroker broker({.broker = {.request_memory_bytes = 64 * KiB}});
  TestClient hog = broker.connect();
  ASSERT_TRUE(hog.send_bytes(part_of_a_large_frame(40 * KiB)));
  broker.world().run_for(seconds(1));
  TestClient other = broker.connect();
  // Answered when the hog's half minute is over.
  other.call<ApiVersionsResponse>(ApiVersionsRequest{}, 0);
  EXPECT_TRUE(hog.is_ended());
}

TEST(Session, OneFrameAtATimeGoesBeyondTheMemory) {
  // Enough for one whole frame, a third of two more, and the first read of each; not for two whole ones.
  TestBroker broker({.broker = {.request_memory_bytes = 116 * KiB}});
  const auto send_a_third = [&](TestClient& client) {
    ASSERT_TRUE(client.send_bytes(part_of_a_large_frame(20 * KiB)));
    broker.world().run_for(seconds(1));
  };
  TestClient within = broker.connect();
  TestClient beyond = broker.connect();
  TestClient waiting = broker.connect();
  for (TestClient* client : {&within, &beyond, &waiting}) send_a_third(*client);
  EXPECT_EQ(broker.open_connections(), 3);
  // The frames' rest, of zeros, makes them Produce requests of a version that is not spoken: each ends, one by one.
  const std::vector<std::byte> rest(41 * KiB);
  ASSERT_TRUE(beyond.send_bytes(rest));
  EXPECT_TRUE(beyond.is_ended());
  ASSERT_TRUE(waiting.send_bytes(rest));
  EXPECT_TRUE(waiting.is_ended());
  EXPECT_EQ(broker.open_connections(), 1);
  EXPECT_FALSE(broker.log().has("did not arrive whole"));
}

TEST(Session, ProduceWithoutAcksIsNotAnswered) {
  TestBroker broker;
  broker.create_topic("orders");
  TestClient client = broker.connect();
  const Bytes batch = batch_of({"a"});
  ASSERT_TRUE(client.send(produce_request("orders", batch, 0), produce_version));
  client.skip_answer();
  const auto fetched = client.call<FetchResponse>(fetch_request("orders", 0), fetch_version);
  EXPECT_EQ(fetched.responses.at(0).partitions.at(0).high_watermark, 1);
}

TEST(Session, ProduceWithoutAcksThatFailsClosesTheConnection) {
  TestBroker broker;
  TestClient client = broker.connect();
  const Bytes batch = batch_of({"a"});
  ASSERT_TRUE(client.send(produce_request("nothing", batch, 0), produce_version));
  EXPECT_TRUE(client.is_ended());
}

TEST(Session, StrangersMayOnlyLogIn) {
  auto users = std::make_shared<core::Users>();
  users->add("alice", core::ScramCredential{});
  TestBroker broker({.broker = {.users = users}});
  TestClient client = broker.connect();
  client.call<ApiVersionsResponse>(ApiVersionsRequest{}, 0);
  ASSERT_TRUE(client.send(MetadataRequest{}, 9));
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(broker.statistics().refused_requests, 1);
  EXPECT_TRUE(broker.log().has("Metadata before the client has logged in"));
}

TEST(Session, StrangersMaySendLittle) {
  auto users = std::make_shared<core::Users>();
  users->add("alice", core::ScramCredential{});
  TestBroker broker({.broker = {.users = users}});
  TestClient client = broker.connect();
  std::array<std::byte, 4> prefix{};
  store_be(prefix.data(), static_cast<std::int32_t>(frame_size_max_unauthenticated + 1));
  ASSERT_TRUE(client.send_bytes(prefix));
  EXPECT_TRUE(client.is_ended());
}

TEST(Session, DrainAnswersLongPollsAndEnds) {
  TestBroker broker;
  broker.create_topic("orders");
  TestClient waiting = broker.connect();
  TestClient idle = broker.connect();
  ASSERT_TRUE(waiting.send(fetch_request("orders", 0, 60'000), fetch_version));
  broker.world().run_for(milliseconds(100));
  const MonotonicTime before = broker.world().now();
  broker.drain();
  EXPECT_EQ(waiting.receive<FetchResponse>(fetch_version).responses.size(), 1);
  EXPECT_TRUE(waiting.is_ended());
  EXPECT_TRUE(idle.is_ended());
  EXPECT_LT(broker.world().now() - before, seconds(2));
  EXPECT_TRUE(broker.log().has("draining"));
}

TEST(Session, DrainFinishesWhatIsInFlight) {
  TestBroker broker;
  broker.create_topic("orders");
  TestClient client = broker.connect();
  const Bytes batch = batch_of({"a"});
  for (int n = 0; n < 5; ++n)
    ASSERT_TRUE(client.send(produce_request("orders", batch), produce_version));
  while (broker.statistics().requests_total() < 3) ASSERT_TRUE(broker.world().step());
  broker.drain();
  for (int n = 0; n < 3; ++n)
    EXPECT_EQ(produced(client.receive<ProduceResponse>(produce_version)), KafkaError::none);
  while (client.receive_frame()) {
  }
  broker.world().run_for(seconds(2));
  EXPECT_EQ(broker.open_connections(), 0);
}

// A peer that does not read holds neither blocks nor the engine.
TEST(Session, ASlowReaderGetsEverythingInTheEnd) {
  TestBroker broker;
  broker.create_topic("orders");
  TestClient writer = broker.connect();
  const Bytes batch = batch_of({std::string(200'000, 'x')});
  for (int n = 0; n < 40; ++n) {
    ASSERT_EQ(
        produced(writer.call<ProduceResponse>(produce_request("orders", batch), produce_version)),
        KafkaError::none);
  }
  TestClient reader = broker.connect({.buffer_bytes_max = 1000});
  FetchRequest request = fetch_request("orders", 0);
  request.topics[0].partitions[0].partition_max_bytes = 1 << 30;
  ASSERT_TRUE(reader.send(request, fetch_version));
  broker.world().run_for(minutes(5));
  // The cache, of 4 MiB, goes round twice meanwhile.
  for (int n = 0; n < 40; ++n) {
    ASSERT_EQ(
        produced(writer.call<ProduceResponse>(produce_request("orders", batch), produce_version)),
        KafkaError::none);
  }
  const auto fetched = reader.receive<FetchResponse>(fetch_version);
  const auto& records = *fetched.responses.at(0).partitions.at(0).records;
  EXPECT_EQ(records.size(), 40 * batch.size());
  ByteView rest = records.view();
  std::int64_t next = 0;
  while (!rest.empty()) {
    const auto one = core::take_batch(rest);
    ASSERT_TRUE(one);
    const auto header = core::check_batch(*one);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->base_offset.value(), next++);
  }
}

}  // namespace
}  // namespace koine::kafka
