// Methods written by pika (golden/): we read the same fields in them, write the same bytes, and refuse every one that is cut
// short.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "protocols/amqp/codec.h"
#include "protocols/amqp/method_table.h"

namespace koine::amqp {
namespace {

struct Sample {
  std::string method;
  std::vector<std::byte> frame;
  std::string text;

  ByteView payload() const {
    return ByteView(frame).subspan(frame_head_size, frame.size() - frame_overhead);
  }
  ByteView fields() const { return payload().subspan(4); }
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
      std::filesystem::path(KOINE_SOURCE_DIR) / "src/protocols/amqp/golden";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".txt") continue;
    std::ifstream lines(file.path());
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      Sample sample;
      std::string hex;
      std::getline(words, sample.method, '\t');
      std::getline(words, hex, '\t');
      std::getline(words, sample.text);
      sample.frame = from_hex(hex);
      samples.push_back(std::move(sample));
    }
  }
  return samples;
}

const std::vector<Sample>& samples() {
  static const std::vector<Sample> read = read_samples();
  return read;
}

const MethodEntry& entry_of(const Sample& sample) {
  for (const MethodEntry& entry : method_table()) {
    if (entry.name == sample.method) return entry;
  }
  ADD_FAILURE() << sample.method << " is not in the table";
  return method_table().front();
}

TEST(Golden, HasEveryMethod) {
  std::set<std::string, std::less<>> seen;
  for (const Sample& sample : samples()) seen.insert(sample.method);
  for (const MethodEntry& entry : method_table()) {
    EXPECT_TRUE(seen.contains(entry.name)) << entry.name;
  }
}

TEST(Golden, FramesAreCutAndNamed) {
  for (const Sample& sample : samples()) {
    const auto cut = cut_frame(sample.frame, frame_max_default);
    ASSERT_TRUE(cut.has_value() && cut->has_value()) << sample.method;
    EXPECT_EQ((*cut)->whole_size(), sample.frame.size()) << sample.method;
    Reader reader((*cut)->payload);
    const auto method = decode_method_id(reader);
    ASSERT_TRUE(method.has_value());
    EXPECT_EQ(name_of(*method), sample.method);
  }
}

TEST(Golden, FieldsAreTheSame) {
  for (const Sample& sample : samples()) {
    Reader reader(sample.fields());
    const auto text = entry_of(sample).text(reader);
    ASSERT_TRUE(text.has_value()) << sample.method << " " << text.error().sentence;
    EXPECT_EQ(*text, sample.text) << sample.method;
  }
}

TEST(Golden, BytesAreTheSame) {
  for (const Sample& sample : samples()) {
    Reader reader(sample.fields());
    FrameBuffer buffer;
    Writer writer(buffer);
    ASSERT_TRUE(entry_of(sample).recode(reader, writer).has_value()) << sample.method;
    EXPECT_EQ(as_text(buffer.view()), as_text(sample.fields())) << sample.method;
  }
}

TEST(Golden, EveryPrefixIsRefused) {
  for (const Sample& sample : samples()) {
    for (std::size_t size = 0; size < sample.fields().size(); ++size) {
      Reader reader(sample.fields().first(size));
      EXPECT_FALSE(entry_of(sample).text(reader).has_value()) << sample.method << " " << size;
    }
  }
}

}  // namespace
}  // namespace koine::amqp
