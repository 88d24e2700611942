#include "protocols/kafka/codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "protocols/kafka/message_text.h"
#include "protocols/kafka/messages/all.h"

namespace koine::kafka {
namespace {

// The visitor that fills a message with random content, fields that its version does not have included.
class RandomContent {
 public:
  RandomContent(std::mt19937& random, Version version) : random_(random), version_(version) {}

  template <typename T>
  void operator()(const char*, T& value, FieldSpec spec = {}) {
    nullable_ = spec.is_nullable_in(version_);
    fill(value);
  }

  template <typename T>
  void fill(T& value) {
    if constexpr (std::is_same_v<T, bool>)
      value = below(2) == 1;
    else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
      value = static_cast<T>(random_());
    else
      T::fields(*this, value);
  }
  void fill(Uuid& value) {
    for (std::byte& byte : value.bytes) byte = static_cast<std::byte>(random_());
  }
  void fill(std::string& value) {
    value.clear();
    for (std::size_t i = below(200); i > 0; --i) value += static_cast<char>('a' + below(26));
  }
  void fill(ByteView& value) { value = ByteView(pool).first(below(pool.size())); }
  void fill(Records& value) { value = Records::at_hand(ByteView(pool).first(below(pool.size()))); }
  template <typename T>
  void fill(std::optional<T>& value) {
    value.reset();
    if (!nullable_ || below(3) > 0) fill(value.emplace());
  }
  template <typename T>
  void fill(std::vector<T>& value) {
    value.clear();
    value.resize(below(4));
    for (T& element : value) fill(element);
  }

 private:
  static constexpr std::array<std::byte, 300> pool{};

  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::mt19937& random_;
  Version version_;
  bool nullable_ = false;
};

TEST(Codec, RoundTripsRandomContentOfEveryMessageInEveryVersion) {
  std::mt19937 random(1);  // the same content in every run
  AllMessages::for_each([&]<typename Message>() {
    const VersionRange known = api_of(Message::api).known();
    for (Version version = known.min; version <= known.max; ++version) {
      for (int i = 0; i < 10; ++i) {
        SCOPED_TRACE(testing::Message() << name_of(Message::api) << ' ' << version);
        Message message;
        RandomContent(random, version).fill(message);
        Writer writer;
        encode(writer, message, version);
        Reader reader(writer.view());
        const auto decoded = decode<Message>(reader, version);
        ASSERT_TRUE(decoded) << decoded.error().to_string();
        EXPECT_EQ(MessageText(version).text_of(*decoded), MessageText(version).text_of(message));
        Writer again;
        encode(again, *decoded, version);
        EXPECT_TRUE(std::ranges::equal(again.view(), writer.view()));
      }
    }
  });
}

template <typename Message>
Result<Message> decode_all(const Writer& writer, Version version) {
  Reader reader(writer.view());
  return decode<Message>(reader, version);
}

TEST(Codec, NamesMessageVersionAndFieldInErrors) {
  Writer writer;
  writer.string("group");
  writer.int32(7);
  writer.int16(200);
  const auto decoded = decode_all<HeartbeatRequest>(writer, 0);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().to_string(),
            "corrupt: Heartbeat request version 0: member_id goes past the end");
}

TEST(Codec, RefusesVersionsThatItDoesNotKnow) {
  const auto decoded = decode_all<FetchRequest>(Writer(), 13);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), ErrorCode::unsupported);
}

TEST(Codec, RefusesANullStringWhereTheVersionHasNone) {
  Writer writer;
  writer.count(1);
  writer.null_string();
  EXPECT_FALSE(decode_all<MetadataRequest>(writer, 0));
}

TEST(Codec, RefusesANullArrayWhereTheVersionHasNone) {
  Writer writer;
  writer.null_bytes();
  EXPECT_FALSE(decode_all<MetadataRequest>(writer, 0));
  const auto all_topics = decode_all<MetadataRequest>(writer, 1);
  ASSERT_TRUE(all_topics);
  EXPECT_FALSE(all_topics->topics.has_value());
}

TEST(Codec, WritesANullAsEmptyWhereTheVersionHasNone) {
  MetadataRequest request;
  Writer writer;
  encode(writer, request, 0);
  EXPECT_EQ(hex_of(writer.view()), "00000000");
}

TEST(Codec, LeavesDefaultsInFieldsThatTheVersionDoesNotHave) {
  Writer writer;
  encode(writer, FetchRequest{.max_wait_ms = 5, .session_id = 9}, 4);
  const auto decoded = decode_all<FetchRequest>(writer, 4);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->max_wait_ms, 5);
  EXPECT_EQ(decoded->session_id, 0);
  EXPECT_EQ(decoded->session_epoch, -1);
}

TEST(Codec, RefusesMoreElementsThanBytesAreLeft) {
  Writer writer;
  writer.count(0x7FFFFFFF);
  writer.raw(std::array<std::byte, 64>{});
  const auto decoded = decode_all<MetadataRequest>(writer, 1);
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message().find("more elements than bytes"), std::string::npos);
}

TEST(Codec, BoundsTheMemoryOfOneMessage) {
  // Empty strings: one byte each on the wire, a std::string in memory.
  const std::size_t count = decoded_bytes_max / sizeof(std::string) + 1;
  Writer writer;
  writer.compact_count(count);
  writer.raw(std::vector<std::byte>(count, std::byte{1}));
  writer.boolean(false);
  writer.no_tagged_fields();
  const auto decoded = decode_all<DescribeGroupsRequest>(writer, 5);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), ErrorCode::too_large);
}

TEST(Codec, SkipsTagsThatItDoesNotKnow) {
  Writer writer;
  writer.compact_string("client");
  writer.compact_string("1.0");
  writer.uvarint(2);
  writer.uvarint(7);
  writer.compact_string("ab");  // one byte of size (3), two of content: read as size 3
  writer.uvarint(0);
  writer.uvarint(0xFFFFFFFF);
  writer.uvarint(0);
  const auto decoded = decode_all<ApiVersionsRequest>(writer, 3);
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  EXPECT_EQ(decoded->client_software_name, "client");
}

// A Fetch request of version 12 up to its tagged fields.
Writer fetch_request_before_tags() {
  Writer whole;
  encode(whole, FetchRequest(), 12);
  Writer writer;
  writer.raw(whole.view().first(whole.size() - 1));
  return writer;
}

TEST(Codec, ReadsTaggedFields) {
  Writer writer = fetch_request_before_tags();
  writer.uvarint(1);
  writer.uvarint(0);
  writer.uvarint(3);
  writer.compact_string("id");
  const auto decoded = decode_all<FetchRequest>(writer, 12);
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  EXPECT_EQ(decoded->cluster_id, "id");
}

TEST(Codec, RefusesTagsOutOfOrder) {
  Writer writer = fetch_request_before_tags();
  writer.uvarint(2);
  for (const std::uint32_t tag : {7U, 7U}) {
    writer.uvarint(tag);
    writer.uvarint(0);
  }
  EXPECT_FALSE(decode_all<FetchRequest>(writer, 12));
}

TEST(Codec, RefusesATaggedFieldThatIsShorterThanItsSize) {
  Writer writer = fetch_request_before_tags();
  writer.uvarint(1);
  writer.uvarint(0);
  writer.uvarint(4);
  writer.compact_string("id");
  writer.uvarint(0);
  EXPECT_FALSE(decode_all<FetchRequest>(writer, 12));
}

TEST(Codec, RefusesATaggedFieldThatIsLongerThanItsSize) {
  Writer writer = fetch_request_before_tags();
  writer.uvarint(1);
  writer.uvarint(0);
  writer.uvarint(2);
  writer.compact_string("id");
  EXPECT_FALSE(decode_all<FetchRequest>(writer, 12));
}

TEST(Codec, ViewsRecordsInTheFrame) {
  const auto records = Bytes::copy_of("a batch");
  ProduceRequest request;
  request.topic_data.push_back(
      {.name = "t", .partition_data = {{.records = Records::at_hand(records.view())}}});
  for (const Version version : {Version{3}, Version{9}}) {
    Writer writer;
    encode(writer, request, version);
    const auto decoded = decode_all<ProduceRequest>(writer, version);
    ASSERT_TRUE(decoded);
    const ByteView view = decoded->topic_data[0].partition_data[0].records->view();
    EXPECT_EQ(as_text(view), "a batch");
    EXPECT_GE(view.data(), writer.view().data());
    EXPECT_LE(view.data() + view.size(), writer.view().data() + writer.size());
  }
}

// Puts `records` into the holes, one after the other.
std::vector<std::byte> filled(const Writer& writer, ByteView records) {
  std::vector<std::byte> bytes;
  std::size_t written = 0;
  for (const Hole& hole : writer.holes()) {
    const ByteView before = writer.view().subspan(written, hole.position - written);
    bytes.insert(bytes.end(), before.begin(), before.end());
    bytes.insert(bytes.end(), records.begin(), records.begin() + static_cast<long>(hole.size));
    records = records.subspan(hole.size);
    written = hole.position;
  }
  const ByteView rest = writer.view().subspan(written);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

TEST(Codec, LeavesHolesForRecordsThatAreElsewhere) {
  const auto records = Bytes::copy_of("onethree");
  const auto response = [&](bool elsewhere) {
    const auto part = [&](std::size_t offset, std::size_t size) {
      return elsewhere ? Records::elsewhere(size)
                       : Records::at_hand(records.view().subspan(offset, size));
    };
    FetchResponse made;
    made.responses.push_back(
        {.topic = "t", .partitions = {{.records = part(0, 3)}, {.records = part(0, 0)}}});
    made.responses.push_back(
        {.topic = "u", .partitions = {{.records = part(3, 5)}, {.records = std::nullopt}}});
    return made;
  };
  for (const Version version : {Version{4}, Version{11}, Version{12}}) {
    Writer with_holes;
    encode(with_holes, response(true), version);
    Writer copied;
    encode(copied, response(false), version);
    EXPECT_EQ(with_holes.holes().size(), 2U);
    EXPECT_EQ(with_holes.size_with_holes(), copied.size());
    EXPECT_TRUE(std::ranges::equal(filled(with_holes, records.view()), copied.view()));
  }
}

}  // namespace
}  // namespace koine::kafka
