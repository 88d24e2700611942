// Reads an event stream until so many events have come, as fast as they do.
//
//   event_read --address HOST:PORT --path PATH --records N

#include <chrono>
#include <string>

#include "http_sockets.h"

namespace {

// Ends of events, also across reads. Each is an empty line, and chunks of HTTP/1.1 have none.
class EventCounter {
 public:
  size_t count(std::string_view bytes) {
    size_t ends = 0;
    for (size_t at = bytes.find('\n'); at != std::string_view::npos;
         at = bytes.find('\n', at + 1)) {
      char const before = at > 0 ? bytes[at - 1] : last_;
      if (before == '\n') ++ends;
    }
    if (!bytes.empty()) last_ = bytes.back();
    return ends;
  }

 private:
  char last_ = 0;
};

void run(Arguments const& arguments) {
  auto const address = arguments.text("address");
  auto const path = arguments.text("path");
  auto const records = arguments.number("records");
  arguments.finish();
  HttpSockets sockets(address);
  auto const started = std::chrono::steady_clock::now();
  sockets.open("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "200");
  EventCounter counter;
  size_t bytes_read = 0;
  // The first is the time after which to come again.
  for (size_t events = 0; events < records + 1;) {
    auto const before = bytes_read;
    sockets.receive(30'000, [&](size_t, std::string_view bytes) {
      events += counter.count(bytes);
      bytes_read += bytes.size();
    });
    if (bytes_read == before)
      fail("nothing came for 30 s after " + std::to_string(events) + " events");
  }
  auto const seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  std::printf(R"({"records":%zu,"seconds":%.3f,"bytes":%zu})"
              "\n",
              records, seconds, bytes_read);
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
