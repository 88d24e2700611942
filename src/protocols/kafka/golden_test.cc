// Messages written by Apache Kafka's own classes (golden/): we read the same fields in them, write the same bytes, and
// refuse every one that is cut short.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "protocols/kafka/header.h"
#include "protocols/kafka/message_table.h"

namespace koine::kafka {
namespace {

struct Sample {
  ApiKey api{};
  Version version = 0;
  Direction direction{};
  std::vector<std::byte> bytes;  // header and message
  std::string text;

  std::string name() const {
    return std::string(name_of(api)) +
           (direction == Direction::request ? " request " : " response ") + std::to_string(version);
  }
};

std::vector<std::byte> from_hex(const std::string& hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::vector<Sample> read_samples() {
  std::vector<Sample> samples;
  const std::filesystem::path folder =
      std::filesystem::path(KOINE_SOURCE_DIR) / "src/protocols/kafka/golden";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".txt") continue;
    std::ifstream lines(file.path());
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::int16_t key = 0;
      std::string direction;
      std::string hex;
      Sample sample;
      words >> key >> sample.version >> direction >> hex >> sample.text;
      sample.api = static_cast<ApiKey>(key);
      sample.direction = direction == "request" ? Direction::request : Direction::response;
      sample.bytes = from_hex(hex);
      samples.push_back(std::move(sample));
    }
  }
  return samples;
}

const std::vector<Sample>& samples() {
  static const std::vector<Sample> read = read_samples();
  return read;
}

const MessageEntry& entry_of(const Sample& sample) {
  return *find_message(sample.api, sample.direction);
}

Result<> read_header(const Sample& sample, Reader& reader) {
  if (sample.direction == Direction::request) {
    TRY(decode_request_header(reader));
  } else {
    TRY(decode_response_header(reader, sample.api, sample.version));
  }
  return {};
}

TEST(Golden, HasEveryApiInEveryVersionAndDirection) {
  std::set<std::tuple<ApiKey, Version, Direction>> seen;
  for (const Sample& sample : samples()) seen.emplace(sample.api, sample.version, sample.direction);
  for (const Api& api : supported_apis()) {
    for (Version version = api.known().min; version <= api.known().max; ++version) {
      EXPECT_TRUE(seen.contains({api.key, version, Direction::request}))
          << api.name << ' ' << version;
      EXPECT_TRUE(seen.contains({api.key, version, Direction::response}))
          << api.name << ' ' << version;
    }
  }
}

TEST(Golden, ReadsTheSameFields) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name());
    Reader reader(sample.bytes);
    ASSERT_TRUE(read_header(sample, reader));
    const auto text = entry_of(sample).text(reader, sample.version);
    ASSERT_TRUE(text) << text.error().to_string();
    EXPECT_EQ(*text, sample.text);
  }
}

TEST(Golden, WritesTheSameBytes) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name());
    Reader reader(sample.bytes);
    Writer writer;
    std::size_t begin = 0;
    if (sample.direction == Direction::request) {
      const auto header = decode_request_header(reader);
      ASSERT_TRUE(header);
      EXPECT_EQ(header->api, &api_of(sample.api));
      begin = begin_request(writer, sample.api, sample.version, header->correlation_id,
                            header->client_id);
    } else {
      const auto correlation_id = decode_response_header(reader, sample.api, sample.version);
      ASSERT_TRUE(correlation_id);
      begin = begin_response(writer, sample.api, sample.version, *correlation_id);
    }
    const auto recoded = entry_of(sample).recode(reader, writer, sample.version);
    ASSERT_TRUE(recoded) << recoded.error().to_string();
    end_frame(writer, begin);
    EXPECT_EQ(load_be<std::int32_t>(writer.view().data()),
              static_cast<std::int32_t>(sample.bytes.size()));
    EXPECT_TRUE(std::ranges::equal(writer.view().subspan(4), sample.bytes));
  }
}

TEST(Golden, RefusesEveryPrefix) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name());
    for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
      // On the heap and of this size, so that the address sanitizer sees a byte too many.
      const std::vector<std::byte> prefix(sample.bytes.begin(),
                                          sample.bytes.begin() + static_cast<long>(size));
      Reader reader(prefix);
      Writer writer;
      const Result<> header = read_header(sample, reader);
      if (!header) {
        EXPECT_EQ(header.error().code(), ErrorCode::corrupt);
        continue;
      }
      const Result<> recoded = entry_of(sample).recode(reader, writer, sample.version);
      ASSERT_FALSE(recoded) << size;
      EXPECT_EQ(recoded.error().code(), ErrorCode::corrupt);
    }
  }
}

TEST(Golden, RefusesABytesTooMany) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name());
    std::vector<std::byte> longer = sample.bytes;
    longer.push_back(std::byte{0});
    Reader reader(longer);
    Writer writer;
    ASSERT_TRUE(read_header(sample, reader));
    const Result<> recoded = entry_of(sample).recode(reader, writer, sample.version);
    ASSERT_FALSE(recoded);
    EXPECT_EQ(recoded.error().code(), ErrorCode::corrupt);
  }
}

}  // namespace
}  // namespace koine::kafka
