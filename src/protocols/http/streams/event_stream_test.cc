#include "protocols/http/streams/event_stream.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "io/random_numbers.h"
#include "protocols/http/session_test_bench.h"
#include "protocols/http/streams/event_text.h"

namespace koine::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Event {
  std::string id;
  std::string type;
  std::string data;
};

// Reads a stream as the HTML standard says (9.2.6).
class EventReader {
 public:
  explicit EventReader(TestClient client) : client_(std::move(client)) {}

  Answered open(std::string_view target, std::string_view last_id = {}) {
    std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n", target);
    if (!last_id.empty()) request += fmt::format("Last-Event-ID: {}\r\n", last_id);
    client_.send(request + "\r\n");
    Answered head = client_.receive_head();
    if (head.status == 200) receive();  // retry
    return head;
  }
  // False: the stream has ended.
  bool receive() {
    const std::string chunk = client_.receive_chunk();
    text_ += chunk;
    take_lines();
    return !chunk.empty();
  }
  // The next event, or one without data when the stream has ended.
  Event next() {
    while (events_.empty() && receive()) {
    }
    if (events_.empty()) return {};
    Event event = events_.front();
    events_.erase(events_.begin());
    return event;
  }
  std::vector<std::string> next_data(std::size_t count) {
    std::vector<std::string> data;
    while (data.size() < count) data.push_back(next().data);
    return data;
  }
  bool has_ended() { return events_.empty() && !receive() && events_.empty(); }

  const std::string& last_id() const { return last_id_; }
  const std::string& retry() const { return retry_; }
  int comments() const { return comments_; }
  TestClient& client() { return client_; }

 private:
  void take_lines() {
    for (std::size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
      take_line(text_.substr(0, end));
      text_.erase(0, end + 1);
    }
  }
  void take_line(const std::string& line) {
    if (line.empty()) {
      last_id_ = id_;
      if (has_data_) events_.push_back({id_, type_, data_});
      type_.clear();
      data_.clear();
      has_data_ = false;
      return;
    }
    const std::size_t colon = line.find(':');
    const std::string name = line.substr(0, colon);
    std::string value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.erase(0, 1);
    if (name.empty()) ++comments_;
    if (name == "id") id_ = value;
    if (name == "event") type_ = value;
    if (name == "retry") retry_ = value;
    if (name != "data") return;
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  }

  TestClient client_;
  std::string text_, id_, type_, data_, last_id_, retry_;
  bool has_data_ = false;
  int comments_ = 0;
  std::vector<Event> events_;
};

class EventStreamTest : public testing::TestWithParam<std::size_t> {
 protected:
  explicit EventStreamTest(std::size_t shards) : broker_({.shard_count = shards}) {}
  EventStreamTest() : EventStreamTest(GetParam()) {}

  void create(std::uint32_t partitions = 1) {
    ASSERT_TRUE(broker_.server().run(
        broker_.server().engine().create_topic({.name = "orders", .partition_count = partitions})));
  }
  void append(std::size_t partition, const std::vector<core::NewRecord>& records,
              const core::BatchOptions& options = {}) {
    core::BatchBuilder builder;
    for (const core::NewRecord& record : records) builder.add(record);
    ASSERT_TRUE(broker_.server().append(broker_.server().partition("orders", partition),
                                        *builder.build(options)));
  }
  void append(std::string_view value, std::size_t partition = 0) {
    append(partition, {{.timestamp = 1000, .value = as_bytes(value)}});
  }
  void trim(std::int64_t start) {
    ASSERT_TRUE(
        broker_.server().run(broker_.server().partition("orders")->delete_records(Offset{start})));
  }
  EventReader connect(io::PipeOptions pipe = {}, std::size_t shard = 0) {
    return EventReader(broker_.connect(std::move(pipe), shard));
  }

  TestBroker broker_;
};

class OneShard : public EventStreamTest {
 protected:
  OneShard() : EventStreamTest(1) {}
};

INSTANTIATE_TEST_SUITE_P(Shards, EventStreamTest, testing::Values(1, 3));
INSTANTIATE_TEST_SUITE_P(One, OneShard, testing::Values(1));

constexpr std::string_view values = "/v1/topics/orders/events?data=value";

TEST_P(EventStreamTest, StreamsWhatIsThereAndThenWhatComes) {
  create();
  append("a");
  append("b");
  EventReader reader = connect();
  const Answered head = reader.open(std::string(values) + "&from=start");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.field("Cache-Control"), "no-cache, no-transform");
  EXPECT_EQ(head.field("X-Accel-Buffering"), "no");
  EXPECT_GE(std::stoi(reader.retry()), 1000);
  EXPECT_THAT(reader.next_data(2), ElementsAre("a", "b"));
  append("c");
  EXPECT_EQ(reader.next().data, "c");
  append("d");
  EXPECT_EQ(reader.next().data, "d");
}

TEST_P(EventStreamTest, BeginsAtTheEndUnlessAskedOtherwise) {
  create();
  append("old");
  EventReader reader = connect();
  EXPECT_EQ(reader.open(values).status, 200);
  append("new");
  EXPECT_EQ(reader.next().data, "new");
}

TEST_P(EventStreamTest, AnEventIsTheRecordInJson) {
  create();
  const std::vector<core::RecordHeader> headers{{"content-type", as_bytes("application/json")}};
  append(0, {{.timestamp = 7,
              .key = as_bytes("k"),
              .value = as_bytes("{\n \"total\": 12}"),
              .headers = headers}});
  EventReader reader = connect();
  reader.open("/v1/topics/orders/events?from=start");
  const Event event = reader.next();
  EXPECT_EQ(event.data, R"({"partition":0,"offset":0,"timestamp_ms":7,"key":"k",)"
                        R"("headers":{"content-type":"application/json"},"value":{"total":12}})");
  EXPECT_EQ(event.type, "");
}

TEST_P(EventStreamTest, GoesOnAfterTheLastEventId) {
  create();
  for (const char* value : {"a", "b", "c"}) append(value);
  EventReader first = connect();
  first.open(std::string(values) + "&from=start");
  EXPECT_THAT(first.next_data(1), ElementsAre("a"));
  const std::string id = first.next().id;
  first.client().close();
  append("d");
  EventReader second = connect();
  // What is asked for besides is what a new client would want.
  EXPECT_EQ(second.open(std::string(values) + "&from=start", id).status, 200);
  EXPECT_THAT(second.next_data(2), ElementsAre("c", "d"));
}

TEST_P(EventStreamTest, ReadsChosenPartitions) {
  create(3);
  EventReader reader = connect();
  reader.open(std::string(values) + "&partition=0&partition=2");
  append("x", 1);
  append("a", 0);
  append("b", 2);
  const auto data = reader.next_data(2);
  EXPECT_THAT(data, testing::UnorderedElementsAre("a", "b"));
}

TEST_P(EventStreamTest, FiltersOnKeyAndHeaders) {
  create();
  const std::vector<core::RecordHeader> eu{{"region", as_bytes("eu")}};
  append(0, {{.key = as_bytes("k1"), .value = as_bytes("a"), .headers = eu},
             {.key = as_bytes("k2"), .value = as_bytes("b"), .headers = eu},
             {.key = as_bytes("k1"), .value = as_bytes("c")}});
  EventReader by_key = connect();
  by_key.open(std::string(values) + "&from=start&key=k1");
  EXPECT_THAT(by_key.next_data(2), ElementsAre("a", "c"));
  EventReader by_both = connect();
  by_both.open(std::string(values) + "&from=start&key=k2&header.region=eu");
  EXPECT_EQ(by_both.next().data, "b");
}

TEST_P(EventStreamTest, BeginsAtATime) {
  create();
  append(0, {{.timestamp = 1000, .value = as_bytes("a")},
             {.timestamp = 2000, .value = as_bytes("b")}});
  EventReader reader = connect();
  reader.open(std::string(values) + "&time_ms=1500");
  EXPECT_EQ(reader.next().data, "b");
}

TEST_P(OneShard, AHeartbeatOfAFilteredStreamHasItsPosition) {
  create();
  EventReader reader = connect();
  reader.open(std::string(values) + "&key=mine&heartbeat_ms=1000");
  EXPECT_TRUE(reader.receive());
  EXPECT_EQ(reader.comments(), 1);
  append("not mine");
  while (reader.last_id().empty()) ASSERT_TRUE(reader.receive());
  EXPECT_THAT(reader.last_id(), HasSubstr(".0-1"));
}

TEST_P(OneShard, DrainingEndsAStreamInOrder) {
  create();
  EventReader reader = connect();
  reader.open(values);
  append("a");
  EXPECT_EQ(reader.next().data, "a");
  broker_.drain();
  EXPECT_TRUE(reader.has_ended());
}

TEST_P(OneShard, APositionThatRetentionRemovedIsGone) {
  create();
  for (const char* value : {"a", "b", "c"}) append(value);
  EventReader first = connect();
  first.open(std::string(values) + "&from=start");
  const std::string id = first.next().id;
  trim(2);
  const Answered answer = broker_.call(
      fmt::format("GET /v1/topics/orders/events?after={} HTTP/1.1\r\nHost: x\r\n\r\n", id));
  EXPECT_EQ(answer.status, 410);
  EXPECT_THAT(answer.body, HasSubstr(R"("first_offset":2)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("first_position":")"));
}

TEST_P(OneShard, WhatIsRemovedBeforeASlowReaderEndsItsStream) {
  create();
  const std::string large(100'000, 'x');
  for (int n = 0; n < 10; ++n) append(large);
  EventReader reader = connect({.buffer_bytes_max = 1000});
  reader.open(std::string(values) + "&from=start");
  trim(10);
  Event event = reader.next();
  while (event.type.empty()) event = reader.next();
  EXPECT_EQ(event.type, "error");
  EXPECT_THAT(event.data, HasSubstr(R"("status":410)"));
  EXPECT_THAT(event.data, HasSubstr(R"("first_offset":10)"));
  EXPECT_TRUE(reader.has_ended());
}

TEST_P(OneShard, ADeletedTopicEndsItsStreams) {
  create();
  EventReader reader = connect();
  reader.open(values);
  append("a");
  EXPECT_EQ(reader.next().data, "a");
  ASSERT_TRUE(broker_.server().run(broker_.server().engine().delete_topic("orders")));
  const Event event = reader.next();
  EXPECT_EQ(event.type, "error");
  EXPECT_THAT(event.data, HasSubstr(R"("status":404)"));
  EXPECT_TRUE(reader.has_ended());
}

TEST_P(OneShard, TheTypeOfAnEventIsThatOfItsHeader) {
  create();
  const std::vector<core::RecordHeader> placed{{"type", as_bytes("placed")}};
  const std::vector<core::RecordHeader> wrong{{"type", as_bytes("a\nid: 7")}};
  append(0, {{.value = as_bytes("a"), .headers = placed},
             {.value = as_bytes("b"), .headers = wrong},
             {.value = as_bytes("c")}});
  EventReader reader = connect();
  reader.open(std::string(values) + "&from=start&event=type");
  EXPECT_EQ(reader.next().type, "placed");
  EXPECT_EQ(reader.next().type, "");
  EXPECT_EQ(reader.next().type, "");
}

TEST_P(OneShard, ValuesAreSentAsTheyCanBe) {
  create();
  append("two\nlines\r\nand\rmore\n");
  append("");
  append("\xff");
  append(0, {{.value = std::nullopt}});
  EventReader reader = connect();
  reader.open(std::string(values) + "&from=start");
  EXPECT_EQ(reader.next().data, "two\nlines\nand\nmore\n");
  EXPECT_EQ(reader.next().data, "");
  const Event binary = reader.next();
  EXPECT_EQ(binary.type, "base64");
  EXPECT_EQ(binary.data, "/w==");
  EXPECT_EQ(reader.next().type, "null");
}

TEST(EventText, LinesEndAsTheStandardSays) {
  const auto lines = [](std::string_view text) {
    std::string out;
    append_data_lines(out, text);
    return out;
  };
  EXPECT_EQ(lines(""), "data: \n");
  EXPECT_EQ(lines("a"), "data: a\n");
  EXPECT_EQ(lines("\r\r\n\n"), "data: \ndata: \ndata: \ndata: \n");
  EXPECT_EQ(lines("a\rb\nc\r\nd"), "data: a\ndata: b\ndata: c\ndata: d\n");
  EXPECT_EQ(lines("\na\r"), "data: \ndata: a\ndata: \n");
}

// A large batch is read in many parts, some of them behind a reader that stops.
TEST_P(EventStreamTest, ALargeBatchComesWholeInManyParts) {
  create(2);
  std::vector<std::string> texts;
  for (int n = 0; n < 60; ++n) texts.push_back(std::to_string(n) + std::string(3000, '.'));
  for (const core::Compression compression : {core::Compression::none, core::Compression::zstd}) {
    std::vector<core::NewRecord> records;
    for (const std::string& value : texts) records.push_back({.value = as_bytes(value)});
    append(1, records, {.compression = compression});
  }
  for (const std::size_t buffer : {std::size_t{1000}, std::size_t{10'000'000}}) {
    EventReader reader = connect({.buffer_bytes_max = buffer});
    reader.open(std::string(values) + "&from=start");
    for (int round = 0; round < 2; ++round) {
      for (const std::string& value : texts) ASSERT_EQ(reader.next().data, value);
    }
  }
}

TEST_P(OneShard, RefusesWhatItDoesNotKnow) {
  create();
  const auto status = [&](std::string_view query) {
    return broker_
        .call(fmt::format("GET /v1/topics/orders/events?{} HTTP/1.1\r\nHost: x\r\n\r\n", query))
        .status;
  };
  EXPECT_EQ(status("fr0m=start"), 400);
  EXPECT_EQ(status("from=middle"), 400);
  EXPECT_EQ(status("partition=1"), 400);
  EXPECT_EQ(status("after=nonsense"), 400);
  EXPECT_EQ(status("from=start&time_ms=7"), 400);
  EXPECT_EQ(status("header.=x"), 400);
  EXPECT_EQ(status("heartbeat_ms=1"), 400);
  EXPECT_EQ(broker_.call("GET /v1/topics/none/events HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
}

TEST_P(OneShard, ManyReadersOfTheEndShareOneTail) {
  create();
  std::vector<std::unique_ptr<EventReader>> readers;
  for (int n = 0; n < 20; ++n) {
    readers.push_back(std::make_unique<EventReader>(broker_.connect()));
    readers.back()->open(values);
  }
  for (const char* value : {"a", "b"}) {
    append(value);
    for (auto& reader : readers) EXPECT_EQ(reader->next().data, value);
  }
  for (auto& reader : readers) reader->client().close();
}

// Readers that stop reading, go away and come again with their last id, while records come: everyone gets every record of each
// partition once and in order.
TEST_P(EventStreamTest, NothingIsLostOrRepeatedByAnyInterleaving) {
  constexpr std::size_t partitions = 3;
  create(partitions);
  io::RandomNumbers random(GetParam());
  struct Follower {
    std::unique_ptr<EventReader> reader;
    std::string last_id;
    std::map<std::string, int> next;  // by partition
    int count = 0;
  };
  std::vector<Follower> followers(4);
  std::vector<int> appended(partitions, 0);
  int total = 0;
  const auto take = [&](Follower& follower) {
    const Event event = follower.reader->next();
    const std::string partition = event.data.substr(0, 1);
    const std::string number = event.data.substr(2, event.data.find(' ') - 2);
    ASSERT_EQ(std::stoi(number), follower.next[partition]++);
    follower.last_id = event.id;
    ++follower.count;
  };
  for (int step = 0; step < 400; ++step) {
    if (random.chance(0.6)) {
      const std::size_t partition = random.below(partitions);
      for (std::uint64_t n = random.between(1, 5); n > 0; --n) {
        append(fmt::format("{}:{} {}", partition, appended[partition]++,
                           std::string(random.chance(0.1) ? 50'000 : 10, '.')),
               partition);
        ++total;
      }
    }
    for (Follower& follower : followers) {
      if (follower.reader == nullptr) {
        follower.reader = std::make_unique<EventReader>(broker_.connect(
            {.buffer_bytes_max = 2000, .cut_seed = random.next()}, random.below(GetParam())));
        ASSERT_EQ(
            follower.reader->open(std::string(values) + "&from=start", follower.last_id).status,
            200);
      }
      while (follower.count < total && random.chance(0.7)) take(follower);
      if (random.chance(0.05)) follower.reader = nullptr;
    }
  }
  for (Follower& follower : followers) {
    if (follower.reader == nullptr) continue;
    while (follower.count < total) take(follower);
  }
}

}  // namespace
}  // namespace koine::http
