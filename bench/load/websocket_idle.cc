// Opens many WebSockets, says so, and holds them until its standard input ends.
//
//   websocket_idle --address HOST:PORT --path PATH --connections N

#include <chrono>

#include "http_sockets.h"

namespace {

void run(Arguments const& arguments) {
  auto const address = arguments.text("address");
  auto const path = arguments.text("path");
  auto const count = arguments.number("connections");
  arguments.finish();
  HttpSockets sockets(address);
  auto const started = std::chrono::steady_clock::now();
  for (size_t n = 0; n < count; ++n) {
    sockets.open("GET " + path +
                     " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: "
                     "websocket\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                 "101");
  }
  auto const seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  std::printf(R"({"connections":%zu,"seconds":%.3f})"
              "\n",
              count, seconds);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
