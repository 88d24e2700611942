// Creates a topic and waits until every partition answers, or counts the records of one.
//
//   topic --do create --bootstrap HOST:PORT --topic NAME --partitions N [--settings name=value,...]
//   topic --do count  --bootstrap HOST:PORT --topic NAME

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <thread>
#include <utility>

#include "kafka_client.h"

namespace {

struct FreeNewTopic {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
struct FreeEvent {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};

void request_topic(rd_kafka_t* client, std::string const& name, int partitions,
                   std::string const& settings) {
  char why[512];
  std::unique_ptr<rd_kafka_NewTopic_t, FreeNewTopic> const topic(
      rd_kafka_NewTopic_new(name.c_str(), partitions, 1, why, sizeof why));
  if (!topic) fail(why);
  for_each_setting(settings, [&](std::string const& setting, std::string const& value) {
    check(rd_kafka_NewTopic_set_config(topic.get(), setting.c_str(), value.c_str()), setting);
  });
  Queue const queue(rd_kafka_queue_new(client));
  auto* topics = topic.get();
  rd_kafka_CreateTopics(client, &topics, 1, nullptr, queue.get());
  std::unique_ptr<rd_kafka_event_t, FreeEvent> const event(
      rd_kafka_queue_poll(queue.get(), 120'000));
  if (!event) fail("no answer to CreateTopics");
  check(rd_kafka_event_error(event.get()), "create topic");
  size_t count = 0;
  auto const* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    check(rd_kafka_topic_result_error(results[i]), "create topic " + name);
  }
}

struct FreePartitions {
  void operator()(rd_kafka_topic_partition_list_t* partitions) const {
    rd_kafka_topic_partition_list_destroy(partitions);
  }
};
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, FreePartitions>;

std::span<rd_kafka_topic_partition_t> elements(Partitions const& list) {
  return {list->elems, static_cast<size_t>(list->cnt)};
}

// ListOffsets of all partitions in one request. `time` may be one of the protocol's own: -1 is the
// end, -2 the beginning. An error of a partition is in its element.
Partitions list_offsets(rd_kafka_t* client, std::string const& topic, int partitions,
                        int64_t time) {
  Partitions list(rd_kafka_topic_partition_list_new(partitions));
  for (int partition = 0; partition < partitions; ++partition) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = time;
  }
  auto const code = rd_kafka_offsets_for_times(client, list.get(), 60'000);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    for (auto& partition : elements(list)) partition.err = code;
  }
  return list;
}

bool all_answer(rd_kafka_t* client, std::string const& topic, int partitions) {
  if (led_partitions(client, topic) < partitions) return false;
  auto const ends = list_offsets(client, topic, partitions, RD_KAFKA_OFFSET_END);
  return std::ranges::all_of(elements(ends), [](auto const& partition) {
    return partition.err == RD_KAFKA_RESP_ERR_NO_ERROR;
  });
}

void create(rd_kafka_t* client, Arguments const& arguments) {
  auto const name = arguments.text("topic");
  auto const partitions = static_cast<int>(arguments.number("partitions"));
  auto const settings = arguments.text("settings", "");
  arguments.finish();
  request_topic(client, name, partitions, settings);
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  while (!all_answer(client, name, partitions)) {
    if (std::chrono::steady_clock::now() > deadline) fail("topic " + name + " does not answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  std::printf(R"({"partitions":%d})"
              "\n",
              partitions);
}

void count(rd_kafka_t* client, Arguments const& arguments) {
  auto const name = arguments.text("topic");
  arguments.finish();
  auto const partitions = led_partitions(client, name);
  if (partitions == 0) fail("topic " + name + " is gone");
  int64_t records = 0;
  for (auto const [time, sign] :
       {std::pair{RD_KAFKA_OFFSET_END, 1}, {RD_KAFKA_OFFSET_BEGINNING, -1}}) {
    auto const offsets = list_offsets(client, name, partitions, time);
    for (auto const& partition : elements(offsets)) {
      check(partition.err, "list offsets");
      records += sign * partition.offset;
    }
  }
  std::printf(R"({"records":%lld})"
              "\n",
              static_cast<long long>(records));
}

void run(Arguments const& arguments) {
  auto const action = arguments.text("do");
  auto const client =
      make_client(RD_KAFKA_PRODUCER, make_configuration(arguments.text("bootstrap"), ""));
  if (action == "create") return create(client.get(), arguments);
  if (action == "count") return count(client.get(), arguments);
  fail("--do: expected create or count, found '" + action + "'");
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
