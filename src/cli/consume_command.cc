// `koine consume`: prints a topic's records.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <numeric>
#include <vector>

#include "cli/commands.h"
#include "cli/group_offsets.h"
#include "cli/record_format.h"
#include "cli/topic_metadata.h"
#include "core/record_reader.h"
#include "protocols/kafka/messages/fetch.h"

namespace koine::cli {

namespace {

constexpr std::int32_t fetch_bytes_max = 8 * MiB;
constexpr std::int32_t fetch_partition_bytes_max = 1 * MiB;
constexpr std::int32_t fetch_wait_ms = 500;
// A batch that says it is larger when decompressed is not printed.
constexpr std::size_t decompressed_bytes_max = 256 * MiB;

struct ConsumeFlags {
  ClientFlags client;
  std::string topic;
  std::vector<std::int32_t> partitions;
  std::string from;
  std::uint64_t count = 0;  // 0: no limit
  std::string format = "%s\\n";
  std::string group;
  bool as_json = false;
  bool exit_at_end = false;
};

// A partition, the next offset to read, and where its end was when we last heard.
struct Position {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t end = -1;
};

class Consumer {
 public:
  Consumer(KafkaClient& client, const ConsumeFlags& flags) : client_(client), flags_(flags) {}

  Task<Result<>> run();

 private:
  Task<Result<>> choose_partitions();
  Task<Result<>> choose_start();
  Task<Result<>> resume_group();
  Task<Result<>> fetch();
  Result<> print_batches(Position& position, ByteView records);
  Result<> print_batch(Position& position, ByteView batch);
  Task<Result<>> commit();
  bool is_done() const;

  KafkaClient& client_;
  const ConsumeFlags& flags_;
  RecordFormat format_;
  std::vector<Position> positions_;
  std::uint64_t printed_ = 0;
};

bool Consumer::is_done() const {
  if (flags_.count > 0 && printed_ >= flags_.count) return true;
  return flags_.exit_at_end && std::ranges::all_of(positions_, [](const Position& position) {
           return position.end >= 0 && position.offset >= position.end;
         });
}

Task<Result<>> Consumer::run() {
  CO_TRY(format_, RecordFormat::parse(flags_.format));
  CO_TRY(co_await choose_partitions());
  CO_TRY(co_await choose_start());
  while (!is_done()) {
    CO_TRY(co_await fetch());
    std::fflush(stdout);
    if (!flags_.group.empty()) CO_TRY(co_await commit());
  }
  co_return Result<>{};
}

Task<Result<>> Consumer::choose_partitions() {
  CO_TRY(const std::int32_t count,
         co_await partition_count_of(client_, flags_.topic, Creation::never));
  std::vector<std::int32_t> chosen = flags_.partitions;
  if (chosen.empty()) {
    chosen.resize(static_cast<std::size_t>(count));
    std::iota(chosen.begin(), chosen.end(), 0);
  }
  for (const std::int32_t partition : chosen) {
    if (partition < 0 || partition >= count) {
      co_return fail(ErrorCode::invalid_argument,
                     fmt::format("{} has {} partitions", flags_.topic, count));
    }
    positions_.push_back({.partition = partition});
  }
  co_return Result<>{};
}

// "beginning", "end", "time:MILLISECONDS" or an offset.
Task<Result<>> Consumer::choose_start() {
  std::string_view from = flags_.from;
  if (from.empty()) from = flags_.group.empty() ? "end" : "beginning";
  const bool is_time = from.starts_with("time:");
  std::int64_t number = from == "beginning" ? earliest_offset : latest_offset;
  if (from != "beginning" && from != "end") {
    const std::string_view digits = is_time ? from.substr(5) : from;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size() || number < 0) {
      co_return fail(
          ErrorCode::invalid_argument,
          fmt::format("--from {}: expected beginning, end, time:MILLISECONDS or an offset", from));
    }
    if (!is_time) {
      for (Position& position : positions_) position.offset = number;
      co_return flags_.group.empty() ? Result<>{} : co_await resume_group();
    }
  }
  std::vector<std::int32_t> partitions;
  for (const Position& position : positions_) partitions.push_back(position.partition);
  CO_TRY(const auto offsets, co_await offsets_at(client_, flags_.topic, partitions, number));
  for (std::size_t i = 0; i < positions_.size(); ++i) positions_[i].offset = offsets[i];
  co_return flags_.group.empty() ? Result<>{} : co_await resume_group();
}

// What the group has committed goes before --from.
Task<Result<>> Consumer::resume_group() {
  CO_TRY(const auto committed, co_await fetch_group_offsets(client_, flags_.group));
  for (Position& position : positions_) {
    for (const GroupOffset& offset : committed) {
      const bool is_it = offset.topic == flags_.topic && offset.partition == position.partition;
      if (is_it && offset.offset >= 0) position.offset = offset.offset;
    }
  }
  co_return Result<>{};
}

Task<Result<>> Consumer::commit() {
  std::vector<GroupOffset> offsets;
  for (const Position& position : positions_) {
    offsets.push_back({flags_.topic, position.partition, position.offset});
  }
  co_return co_await commit_group_offsets(client_, flags_.group, std::move(offsets));
}

Task<Result<>> Consumer::fetch() {
  kafka::FetchRequest request;
  request.replica_id = -1;
  request.max_wait_ms = fetch_wait_ms;
  request.min_bytes = 1;
  request.max_bytes = fetch_bytes_max;
  auto& topic = request.topics.emplace_back();
  topic.topic = flags_.topic;
  for (const Position& position : positions_) {
    auto& asked = topic.partitions.emplace_back();
    asked.partition = position.partition;
    asked.fetch_offset = position.offset;
    asked.partition_max_bytes = fetch_partition_bytes_max;
  }
  CO_TRY(const auto answer, co_await client_.call<kafka::FetchResponse>(std::move(request)));
  CO_TRY(check(answer.message.error_code, flags_.topic));
  for (const auto& of_topic : answer.message.responses) {
    for (const auto& result : of_topic.partitions) {
      const auto position =
          std::ranges::find(positions_, result.partition_index, &Position::partition);
      if (position == positions_.end()) continue;
      CO_TRY(check(result.error_code, fmt::format("{}/{} at {}", flags_.topic,
                                                  result.partition_index, position->offset)));
      position->end = result.high_watermark;
      if (result.records) CO_TRY(print_batches(*position, result.records->view()));
    }
  }
  co_return Result<>{};
}

// A fetch may end in the middle of a batch; the rest comes with the next one.
Result<> Consumer::print_batches(Position& position, ByteView records) {
  // Base offset and length, before what the length counts (Kafka's record batch format).
  constexpr std::size_t prefix_bytes = 12;
  while (records.size() > prefix_bytes) {
    const auto length = load_be<std::int32_t>(records.data() + 8);
    if (length <= 0) return fail(ErrorCode::corrupt, "a batch has no length");
    const std::size_t size = prefix_bytes + static_cast<std::size_t>(length);
    if (size > records.size()) break;
    TRY(print_batch(position, records.first(size)));
    records = records.subspan(size);
  }
  return {};
}

Result<> Consumer::print_batch(Position& position, ByteView batch) {
  TRY(auto reader, core::RecordReader::open(batch, decompressed_bytes_max));
  while (flags_.count == 0 || printed_ < flags_.count) {
    TRY(const auto record, reader.next());
    if (!record) break;
    // The batch is sent whole; what lies before the offset that was asked for is not wanted.
    if (record->offset.value() < position.offset) continue;
    const PrintedRecord printed{flags_.topic, position.partition, &*record};
    const std::string text =
        flags_.as_json ? print_as_json(printed) + '\n' : format_.print(printed);
    std::fwrite(text.data(), 1, text.size(), stdout);
    position.offset = record->offset.value() + 1;
    ++printed_;
  }
  return {};
}

Task<Result<>> consume(KafkaClient& client, const ConsumeFlags& flags) {
  Consumer consumer(client, flags);
  co_return co_await consumer.run();
}

}  // namespace

void add_consume(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("consume", "Print a topic's records");
  auto flags = std::make_shared<ConsumeFlags>();
  flags->client.add_to(*command);
  command->add_option("topic", flags->topic, "the topic")->required();
  command->add_option("-p,--partition", flags->partitions, "a partition; default: all")
      ->allow_extra_args(false);
  command->add_option("--from", flags->from,
                      "beginning, end, time:MILLISECONDS or an offset; default: end, for a group "
                      "without offsets beginning");
  command->add_option("-c,--count", flags->count, "stop after so many records");
  command->add_flag("-e,--exit-at-end", flags->exit_at_end, "stop at the end of all partitions");
  CLI::Option* format =
      command
          ->add_option("-f,--format", flags->format,
                       "%t topic, %p partition, %o offset, %T time, %k key, %K its size, %s "
                       "value, %S its size, %h headers")
          ->capture_default_str();
  command->add_flag("--json", flags->as_json, "a JSON object for each record")->excludes(format);
  command->add_option("--group", flags->group,
                      "go on at the group's offsets, and commit what was printed; without joining "
                      "it, so that it must have no members");
  command->callback([&invocation, flags] {
    invocation.action = [flags] {
      return with_client(flags->client,
                         [flags](KafkaClient& client) { return consume(client, *flags); });
    };
  });
}

}  // namespace koine::cli
