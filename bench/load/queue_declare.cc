// Declares many durable queues, PREFIX-0, PREFIX-1, ...; returns when all are there.
//
//   queue_declare --address HOST:PORT --prefix NAME --queues N [--type classic|quorum]

#include <chrono>

#include "amqp_client.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t unanswered_max = 500;

void run(Arguments const& arguments) {
  auto const address = arguments.text("address");
  auto const prefix = arguments.text("prefix");
  auto const queues = arguments.number("queues");
  auto const type = arguments.text("type", "");
  arguments.finish();
  AmqpClient const client(address);
  auto const started = Clock::now();
  for (size_t i = 0; i < queues; ++i) {
    QueueShape const queue{prefix + "-" + std::to_string(i), type};
    if (i % unanswered_max == unanswered_max - 1 || i + 1 == queues) {
      client.declare(queue);
    } else {
      client.declare_without_answer(queue);
    }
  }
  auto const seconds = std::chrono::duration<double>(Clock::now() - started).count();
  std::printf(R"({"queues":%zu,"seconds":%.3f})"
              "\n",
              queues, seconds);
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
