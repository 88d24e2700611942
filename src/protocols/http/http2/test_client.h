// For tests: a client of HTTP/2 on nghttp2, over a pipe in memory, in simulated time. Not a coroutine: it lets the world run until it
// has what it waits for.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "protocols/http/session_test_bench.h"

namespace koine::http {

class Http2TestClient {
 public:
  struct Answer {
    std::map<std::string, std::string> fields;
    std::string body;
    bool is_closed = false;
    std::uint32_t error = 0;
    std::string outgoing;
    bool is_outgoing_ended = true;
  };
  struct Field {
    std::string name;
    std::string value;
  };

  explicit Http2TestClient(TestBroker& broker, io::PipeOptions pipe = {})
      : world_(broker.world()), bytes_(broker.connect(std::move(pipe))) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    CHECK(nghttp2_session_client_new2(&session_, callbacks, this, option) == 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    CHECK(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0) == 0);
  }
  Http2TestClient(const Http2TestClient&) = delete;
  Http2TestClient& operator=(const Http2TestClient&) = delete;
  ~Http2TestClient() { nghttp2_session_del(session_); }

  std::int32_t request(std::string_view method, std::string_view path,
                       const std::vector<Field>& more = {}, std::string body = {},
                       bool is_body_whole = true) {
    std::vector<Field> fields{{":method", std::string(method)},
                              {":path", std::string(path)},
                              {":scheme", "http"},
                              {":authority", "koine"}};
    fields.insert(fields.end(), more.begin(), more.end());
    std::vector<nghttp2_nv> pairs;
    for (Field& field : fields) {
      pairs.push_back({reinterpret_cast<std::uint8_t*>(field.name.data()),
                       reinterpret_cast<std::uint8_t*>(field.value.data()), field.name.size(),
                       field.value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    const nghttp2_data_provider provider{.source = {.ptr = nullptr}, .read_callback = read};
    const bool has_body = !body.empty() || !is_body_whole;
    const std::int32_t id = nghttp2_submit_request(session_, nullptr, pairs.data(), pairs.size(),
                                                   has_body ? &provider : nullptr, nullptr);
    CHECK(id > 0);
    answers_[id].outgoing = std::move(body);
    answers_[id].is_outgoing_ended = is_body_whole;
    return id;
  }
  std::int32_t get(std::string_view path) { return request("GET", path); }
  std::int32_t post(std::string_view path, std::string body) {
    return request("POST", path, {}, std::move(body));
  }
  // Extended CONNECT.
  std::int32_t connect(std::string_view path, std::string_view protocol,
                       const std::vector<Field>& more = {}) {
    std::vector<Field> fields{{":protocol", std::string(protocol)}};
    fields.insert(fields.end(), more.begin(), more.end());
    return request("CONNECT", path, fields, {}, false);
  }
  void write(std::int32_t id, std::string_view text) {
    answers_[id].outgoing += text;
    nghttp2_session_resume_data(session_, id);
  }
  void end_writing(std::int32_t id) {
    answers_[id].is_outgoing_ended = true;
    nghttp2_session_resume_data(session_, id);
  }
  void reset(std::int32_t id) {
    // A request that is not out yet would be forgotten.
    send();
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  }
  void ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }
  // From now on, what came is taken and the server may send more; or not.
  void opens_windows(bool opens) { opens_windows_ = opens; }

  const Answer& answer(std::int32_t id) { return answers_.at(id); }
  // When its stream is closed; or as far as it came in a simulated hour.
  const Answer& finish(std::int32_t id) {
    const MonotonicTime give_up = world_.now() + std::chrono::hours(1);
    while (!answers_.at(id).is_closed && world_.now() < give_up && step()) {
    }
    return answers_.at(id);
  }
  void run_for(Duration duration) {
    const MonotonicTime end = world_.now() + duration;
    bool is_over = false;
    // So that the world's time goes on when nothing else does.
    io::SimReactor reactor(world_);
    reactor.call_at(end, [&is_over] { is_over = true; });
    while (!is_over && step()) {
    }
    while (!is_over && world_.step()) {
    }
  }
  bool is_ended() const { return is_ended_; }
  // The error of a GOAWAY that came.
  std::optional<std::uint32_t> goaway() const { return goaway_; }

  // What is to be sent; false: the connection has ended.
  bool send() {
    while (!is_ended_) {
      const std::uint8_t* bytes = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
      if (size <= 0) break;
      const std::string_view text(reinterpret_cast<const char*>(bytes),
                                  static_cast<std::size_t>(size));
      if (!bytes_.send(text)) is_ended_ = true;
    }
    return !is_ended_;
  }

 private:
  static Http2TestClient& self(void* user) { return *static_cast<Http2TestClient*>(user); }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
    self(user).answers_[frame->hd.stream_id].fields.emplace(
        std::string(reinterpret_cast<const char*>(name), name_size),
        std::string(reinterpret_cast<const char*>(value), value_size));
    return 0;
  }
  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id,
                     const std::uint8_t* bytes, std::size_t size, void* user) {
    self(user).answers_[id].body.append(reinterpret_cast<const char*>(bytes), size);
    if (self(user).opens_windows_) nghttp2_session_consume(session, id, size);
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
    self(user).answers_[id].is_closed = true;
    self(user).answers_[id].error = error;
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) self(user).goaway_ = frame->goaway.error_code;
    return 0;
  }
  static ssize_t read(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t size,
                      std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Answer& answer = self(user).answers_[id];
    const std::size_t taken = std::min(size, answer.outgoing.size());
    if (taken == 0 && !answer.is_outgoing_ended) return NGHTTP2_ERR_DEFERRED;
    std::memcpy(into, answer.outgoing.data(), taken);
    answer.outgoing.erase(0, taken);
    if (answer.outgoing.empty() && answer.is_outgoing_ended) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(taken);
  }

  // One event of the world, and what came of it; false: nothing more will happen.
  bool step() {
    if (!send()) return false;
    std::array<std::byte, 65536> into{};
    const auto moved = bytes_.stream().try_read(into);
    if (!moved || moved->end_of_stream) {
      is_ended_ = true;
      return false;
    }
    if (moved->bytes > 0) {
      const auto taken = nghttp2_session_mem_recv(
          session_, reinterpret_cast<const std::uint8_t*>(into.data()), moved->bytes);
      CHECK(taken >= 0);
      return true;
    }
    return world_.step();
  }

  io::SimWorld& world_;
  TestClient bytes_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Answer> answers_;
  bool opens_windows_ = true;
  bool is_ended_ = false;
  std::optional<std::uint32_t> goaway_;
};

}  // namespace koine::http
