// `koine produce`: each line of the input is a record.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <vector>

#include "cli/commands.h"
#include "cli/topic_metadata.h"
#include "core/batch_builder.h"
#include "core/partitioner.h"
#include "protocols/kafka/messages/produce.h"

namespace koine::cli {

namespace {

// A batch is sent when it is this large; records above it go alone.
constexpr std::size_t batch_bytes_max = 256 * KiB;
constexpr std::int32_t timeout_ms = 30'000;

struct ProduceFlags {
  ClientFlags client;
  std::string topic;
  std::string file = "-";
  std::string key_delimiter;
  std::int32_t partition = -1;
  std::vector<std::string> headers;
  core::Compression compression = core::Compression::none;
};

class Producer {
 public:
  Producer(KafkaClient& client, const ProduceFlags& flags) : client_(client), flags_(flags) {}

  Task<Result<>> run(std::istream& input);

 private:
  Result<> parse_headers();
  std::int32_t partition_for(const std::optional<ByteView>& key);
  Task<Result<>> add(std::string line);
  Task<Result<>> send_all();
  Task<Result<>> send(std::int32_t partition, Bytes batch);

  KafkaClient& client_;
  const ProduceFlags& flags_;
  std::vector<core::RecordHeader> headers_;
  std::map<std::int32_t, core::BatchBuilder> batches_;
  std::int32_t partition_count_ = 0;
  std::int32_t next_partition_ = 0;
};

Result<> Producer::parse_headers() {
  for (const std::string_view header : flags_.headers) {
    const std::size_t equals = header.find('=');
    if (equals == std::string_view::npos) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("--header {}: expected --header NAME=VALUE", header));
    }
    headers_.push_back({header.substr(0, equals), as_bytes(header.substr(equals + 1))});
  }
  return {};
}

Task<Result<>> Producer::run(std::istream& input) {
  CO_TRY(parse_headers());
  CO_TRY(partition_count_,
         co_await partition_count_of(client_, flags_.topic, Creation::as_configured));
  if (flags_.partition >= partition_count_) {
    co_return fail(ErrorCode::invalid_argument,
                   fmt::format("{} has {} partitions", flags_.topic, partition_count_));
  }
  // Who types wants each line to be sent; who pipes wants throughput.
  const bool is_typed = flags_.file == "-" && isatty(STDIN_FILENO) == 1;
  for (std::string line; std::getline(input, line);) {
    CO_TRY(co_await add(std::move(line)));
    if (is_typed) CO_TRY(co_await send_all());
  }
  co_return co_await send_all();
}

// Records without a key go to one partition after another, a batch each.
std::int32_t Producer::partition_for(const std::optional<ByteView>& key) {
  if (flags_.partition >= 0) return flags_.partition;
  return key ? core::partition_of_key(*key, partition_count_) : next_partition_;
}

Task<Result<>> Producer::add(std::string line) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  core::NewRecord record;
  record.timestamp = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  record.headers = headers_;
  const std::string_view text = line;
  const std::size_t end_of_key =
      flags_.key_delimiter.empty() ? std::string_view::npos : text.find(flags_.key_delimiter);
  if (end_of_key != std::string_view::npos) {
    record.key = as_bytes(text.substr(0, end_of_key));
    record.value = as_bytes(text.substr(end_of_key + flags_.key_delimiter.size()));
  } else {
    record.value = as_bytes(text);
  }
  const std::int32_t partition = partition_for(record.key);
  core::BatchBuilder& batch = batches_[partition];
  if (batch.record_count() > 0 && batch.size() + text.size() > batch_bytes_max) {
    CO_TRY(co_await send_all());
  }
  batches_[partition].add(record);
  co_return Result<>{};
}

Task<Result<>> Producer::send_all() {
  for (auto& [partition, batch] : batches_) {
    CO_TRY(auto built, batch.build({.compression = flags_.compression}));
    CO_TRY(co_await send(partition, std::move(built)));
  }
  batches_.clear();
  next_partition_ = (next_partition_ + 1) % partition_count_;
  co_return Result<>{};
}

Task<Result<>> Producer::send(std::int32_t partition, Bytes batch) {
  kafka::ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = timeout_ms;
  auto& topic = request.topic_data.emplace_back();
  topic.name = flags_.topic;
  topic.partition_data.push_back({partition, kafka::Records::at_hand(batch.view())});
  CO_TRY(const auto answer, co_await client_.call<kafka::ProduceResponse>(std::move(request)));
  for (const auto& of_topic : answer.message.responses) {
    for (const auto& result : of_topic.partition_responses) {
      CO_TRY(check(result.error_code, fmt::format("{}/{}", flags_.topic, result.index),
                   result.error_message));
    }
  }
  co_return Result<>{};
}

Task<Result<>> produce(KafkaClient& client, const ProduceFlags& flags) {
  Producer producer(client, flags);
  if (flags.file == "-") co_return co_await producer.run(std::cin);
  std::ifstream file(flags.file);
  if (!file) co_return fail(ErrorCode::not_found, fmt::format("{}: can't be read", flags.file));
  co_return co_await producer.run(file);
}

}  // namespace

void add_produce(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("produce", "Append each line of the input as a record");
  auto flags = std::make_shared<ProduceFlags>();
  flags->client.add_to(*command);
  command->add_option("topic", flags->topic, "the topic")->required();
  command->add_option("--file", flags->file, "the input; -: standard input")->capture_default_str();
  command->add_option("-K,--key-delimiter", flags->key_delimiter,
                      "what separates the key from the value in a line; default: no keys");
  command->add_option("-p,--partition", flags->partition,
                      "the partition; default: by key, else one after another");
  command->add_option("-H,--header", flags->headers, "a header of every record, NAME=VALUE")
      ->allow_extra_args(false);
  const std::map<std::string, core::Compression> compressions{{"none", core::Compression::none},
                                                              {"gzip", core::Compression::gzip},
                                                              {"snappy", core::Compression::snappy},
                                                              {"lz4", core::Compression::lz4},
                                                              {"zstd", core::Compression::zstd}};
  command->add_option("-z,--compression", flags->compression, "none, gzip, snappy, lz4 or zstd")
      ->transform(CLI::CheckedTransformer(compressions).description(""))
      ->type_name("NAME");
  command->callback([&invocation, flags] {
    invocation.action = [flags] {
      return with_client(flags->client,
                         [flags](KafkaClient& client) { return produce(client, *flags); });
    };
  });
}

}  // namespace koine::cli
