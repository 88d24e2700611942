#include "protocols/http/http2/callbacks.h"

#include <memory>

#include "base/check.h"
#include "protocols/http/http2/session.h"

namespace koine::http {

namespace {

// CONTINUATION frames of one head: a head of 32 KiB is two frames of 16 KiB.
constexpr std::size_t continuations_max = 8;
// Acknowledgements of settings and pings that wait to be sent: more than FloodGuard lets pass and one step of a read (session.cc) has,
// so that a flood is answered with GOAWAY, which the library would not.
constexpr std::size_t acknowledgements_max = 1000;
constexpr std::size_t settings_max = 32;
// Above those of FloodGuard, which says what it is for.
constexpr std::uint64_t resets_burst = 1000;
constexpr std::uint64_t resets_per_second = 100;

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

struct Http2Callbacks {
  static Http2Session& session_of(void* user) { return *static_cast<Http2Session*>(user); }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return session_of(user).on_begin_headers(*frame);
  }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                    std::uint8_t, void* user) {
    return session_of(user).on_header(*frame, text_of(name, name_size), text_of(value, value_size));
  }
  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return session_of(user).on_frame(*frame);
  }
  static int frame_invalid(nghttp2_session*, const nghttp2_frame*, int, void* user) {
    return session_of(user).on_invalid_frame();
  }
  static int data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                  std::size_t size, void* user) {
    return session_of(user).on_data(id, as_bytes(text_of(bytes, size)));
  }
  static int closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    return session_of(user).on_closed(id);
  }
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return session_of(user).on_frame_sent(*frame);
  }
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head,
                       std::size_t size, nghttp2_data_source*, void* user) {
    return session_of(user).send_response(frame->hd.stream_id, head, size);
  }
  static ssize_t read(nghttp2_session*, std::int32_t id, std::uint8_t*, std::size_t size,
                      std::uint32_t* flags, nghttp2_data_source*, void* user) {
    return session_of(user).read_response(id, size, flags);
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* callbacks = nullptr;
    CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, frame_invalid);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, closed);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
    return callbacks;
  }

  static nghttp2_option* make_option() {
    nghttp2_option* option = nullptr;
    CHECK(nghttp2_option_new(&option) == 0);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, acknowledgements_max);
    nghttp2_option_set_max_settings(option, settings_max);
    nghttp2_option_set_max_continuations(option, continuations_max);
    nghttp2_option_set_stream_reset_rate_limit(option, resets_burst, resets_per_second);
    return option;
  }
};

nghttp2_session* open_http2_library(Http2Session* session) {
  using CallbacksPtr =
      std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)>;
  using OptionPtr = std::unique_ptr<nghttp2_option, decltype(&nghttp2_option_del)>;
  static const CallbacksPtr callbacks(Http2Callbacks::make(), nghttp2_session_callbacks_del);
  static const OptionPtr option(Http2Callbacks::make_option(), nghttp2_option_del);
  nghttp2_session* library = nullptr;
  CHECK(nghttp2_session_server_new2(&library, callbacks.get(), session, option.get()) == 0);
  return library;
}

nghttp2_data_provider http2_data_provider() {
  return {.source = {.ptr = nullptr}, .read_callback = Http2Callbacks::read};
}

}  // namespace koine::http
