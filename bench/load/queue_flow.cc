// Publishes to a queue, consumes it, or both at once, with librabbitmq: one connection each. Every message must come, once
// and in order; with a window, every one must be confirmed.
//
//   queue_flow --do both|publish|consume --address HOST:PORT --queue NAME --messages N [--type classic|quorum]
//              [--body-bytes N] [--window N] [--persistent 0|1] [--prefetch N] [--ack-every N] [--first N] [--hold 0|1]
//
// window 0 is without confirms, ack-every 0 with automatic acks, prefetch 0 without a limit. Who consumes expects the first of
// those that were published, or the one after --first of them, and leaves what comes after N. With hold, one message is taken
// before all others and never acked, and the program goes on holding it after its result until its standard input ends.

#include <chrono>
#include <memory>
#include <thread>

#include "queue_consumer.h"
#include "queue_publisher.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Plan {
  std::string address;
  QueueShape queue;
  size_t messages;
  size_t body_bytes;
  size_t window;
  bool is_persistent;
  size_t prefetch;
  size_t ack_every;
  size_t first;
};

double publish_all(Plan const& plan) {
  QueuePublisher publisher(plan.address, plan.queue.name, plan.window, plan.is_persistent);
  auto payload = random_bytes(plan.body_bytes);
  auto const ignored = [](Clock::time_point) {};
  auto const started = Clock::now();
  for (size_t i = 0; i < plan.messages; ++i) {
    stamp(payload, i);
    publisher.publish(payload, started, ignored);
  }
  publisher.finish(ignored);
  return std::chrono::duration<double>(Clock::now() - started).count();
}

double consume_all(Plan const& plan, Clock::time_point started) {
  QueueConsumer consumer(plan.address, plan.queue.name, plan.prefetch, plan.ack_every, plan.first);
  consumer.take(plan.messages);
  auto const ended = consumer.last_received();
  consumer.finish(plan.queue.name);
  return std::chrono::duration<double>(ended - started).count();
}

// Takes one message away from the queue, for ever.
std::unique_ptr<AmqpClient> hold_one(Plan const& plan) {
  auto client = std::make_unique<AmqpClient>(plan.address);
  client->publish(plan.queue.name, random_bytes(plan.body_bytes), true);
  for (auto const deadline = Clock::now() + std::chrono::seconds(30); Clock::now() < deadline;) {
    auto const reply = amqp_basic_get(client->get(), the_channel, bytes_of(plan.queue.name), 0);
    check_reply(reply, "basic.get");
    if (reply.reply.id == AMQP_BASIC_GET_OK_METHOD) {
      amqp_message_t message;
      check_reply(amqp_read_message(client->get(), the_channel, &message, 0), "content");
      amqp_destroy_message(&message);
      return client;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  fail("the message to be held did not come");
}

double both(Plan const& plan) {
  std::string problem;
  auto const started = Clock::now();
  std::jthread const publishing([&] {
    try {
      publish_all(plan);
    } catch (std::exception const& error) {
      problem = error.what();
      std::fprintf(stderr, "publisher: %s\n", problem.c_str());
      std::_Exit(1);  // the consumer would wait for what never comes
    }
  });
  return consume_all(plan, started);
}

void run(Arguments const& arguments) {
  auto const what = arguments.text("do");
  Plan const plan{
      .address = arguments.text("address"),
      .queue = {arguments.text("queue"), arguments.text("type", "")},
      .messages = arguments.number("messages"),
      .body_bytes = arguments.number("body-bytes", 1024),
      .window = arguments.number("window", 1000),
      .is_persistent = arguments.number("persistent", 1) != 0,
      .prefetch = arguments.number("prefetch", 500),
      .ack_every = arguments.number("ack-every", 50),
      .first = arguments.number("first", 0),
  };
  auto const holds = arguments.number("hold", 0) != 0;
  arguments.finish();
  if (what != "both" && what != "publish" && what != "consume")
    fail("--do: both, publish or consume");
  AmqpClient(plan.address).declare(plan.queue);
  auto const held = holds ? hold_one(plan) : nullptr;
  auto const seconds = what == "publish"   ? publish_all(plan)
                       : what == "consume" ? consume_all(plan, Clock::now())
                                           : both(plan);
  std::printf(R"({"messages":%zu,"seconds":%.3f,"messages_per_s":%.1f})"
              "\n",
              plan.messages, seconds, static_cast<double>(plan.messages) / seconds);
  std::fflush(stdout);
  while (holds && std::getchar() != EOF) {
  }
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
