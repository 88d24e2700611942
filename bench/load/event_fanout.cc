// Many readers of one event stream: opens them, says so and waits for a line of input; then publishes messages one by one, each when
// all readers have the one before, and measures from the start of its POST to the last reader that has it.
//
//   event_fanout --address HOST:PORT --subscribe PATH --publish PATH --connections N --messages N --value-bytes N

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "http_sockets.h"
#include "percentile.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto give_up_after = std::chrono::seconds(30);
constexpr size_t marker_size = 9;  // #00000042

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string marker_of(size_t number) {
  std::string digits = std::to_string(number);
  return "#" + std::string(marker_size - 1 - digits.size(), '0') + digits;
}

// What a reader has seen of the message that is on its way.
class Readers {
 public:
  explicit Readers(size_t count) : ends_(count), has_it_(count) {}

  void expect(std::string marker) {
    marker_ = std::move(marker);
    has_it_.assign(has_it_.size(), false);
    have_it_ = 0;
  }
  void take(size_t reader, std::string_view bytes) {
    std::string& end = ends_[reader];
    end += bytes;
    if (!has_it_[reader] && end.find(marker_) != std::string::npos) {
      has_it_[reader] = true;
      ++have_it_;
    }
    // A marker may be cut in two.
    if (end.size() > marker_size) end.erase(0, end.size() - marker_size);
  }
  bool all_have_it() const { return have_it_ == has_it_.size(); }

 private:
  std::string marker_;
  std::vector<std::string> ends_;
  std::vector<bool> has_it_;
  size_t have_it_ = 0;
};

// Answers are small and have a length; only that they are good is looked at.
class Publisher {
 public:
  Publisher(std::string const& address, std::string path)
      : connection_(address), path_(std::move(path)) {}
  void send(std::string const& body) {
    connection_.send_all(
        "POST " + path_ +
        " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  void receive() {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      char byte = 0;
      connection_.receive_all(&byte, 1);
      head += byte;
    }
    if (head[9] != '2') fail("a message was refused: " + head);
    auto const length = head.find("ontent-Length: ");
    if (length == std::string::npos) fail("an answer has no length: " + head);
    std::string body(std::stoul(head.substr(length + 15)), ' ');
    connection_.receive_all(body.data(), body.size());
  }

 private:
  TcpConnection connection_;
  std::string path_;
};

void run(Arguments const& arguments) {
  auto const address = arguments.text("address");
  auto const subscribe = arguments.text("subscribe");
  auto const publish = arguments.text("publish");
  auto const count = arguments.number("connections");
  auto const messages = arguments.number("messages");
  auto const value_bytes = arguments.number("value-bytes");
  arguments.finish();
  HttpSockets sockets(address);
  auto const started = Clock::now();
  for (size_t n = 0; n < count; ++n) {
    sockets.open(
        "GET " + subscribe + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n",
        "200");
  }
  std::printf(R"({"connections":%zu,"seconds":%.3f})"
              "\n",
              count, milliseconds_since(started) / 1e3);
  std::fflush(stdout);
  std::getchar();
  Readers readers(count);
  Publisher publisher(address, publish);
  std::vector<float> latencies;
  for (size_t message = 0; message < messages; ++message) {
    auto const marker = marker_of(message);
    readers.expect(marker);
    auto const sent = Clock::now();
    publisher.send(marker + std::string(value_bytes - marker_size, 'x'));
    while (!readers.all_have_it()) {
      sockets.receive(100,
                      [&](size_t reader, std::string_view bytes) { readers.take(reader, bytes); });
      if (Clock::now() - sent > give_up_after) fail("not all readers got message " + marker);
    }
    latencies.push_back(static_cast<float>(milliseconds_since(sent)));
    publisher.receive();
  }
  std::printf(R"({"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f})"
              "\n",
              percentile(latencies, 0.5), percentile(latencies, 0.99), percentile(latencies, 1));
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
