// Opens many connections with one consumer each, of one queue, says so, and holds them until its standard input ends.
//
//   queue_idle --address HOST:PORT --queue NAME --connections N [--type classic|quorum]

#include <chrono>
#include <vector>

#include "amqp_client.h"

namespace {

using Clock = std::chrono::steady_clock;
// The smallest that AMQP allows: our own memory is not what is measured.
constexpr int frame_max = 8192;

void run(Arguments const& arguments) {
  auto const address = arguments.text("address");
  QueueShape const queue{arguments.text("queue"), arguments.text("type", "")};
  auto const count = arguments.number("connections");
  arguments.finish();
  std::vector<AmqpClient> clients;
  clients.reserve(count);
  auto const started = Clock::now();
  for (size_t i = 0; i < count; ++i) {
    clients.emplace_back(address, frame_max);
    if (i == 0) clients.front().declare(queue);
    clients.back().consume(queue.name, 1, false);
  }
  auto const seconds = std::chrono::duration<double>(Clock::now() - started).count();
  std::printf(R"({"connections":%zu,"seconds":%.3f})"
              "\n",
              count, seconds);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
