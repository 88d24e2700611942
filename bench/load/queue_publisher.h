// Publishes to one queue with a window of unconfirmed messages, and knows when each was confirmed.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

#include "amqp_client.h"

class QueuePublisher {
 public:
  using Clock = std::chrono::steady_clock;

  // window 0: without confirms.
  QueuePublisher(std::string const& address, std::string queue, size_t window, bool is_persistent)
      : client_(address), queue_(std::move(queue)), window_(window), is_persistent_(is_persistent) {
    if (window_ > 0) {
      amqp_confirm_select(client_.get(), the_channel);
      client_.check("confirm.select");
    }
  }

  // Waits while the window is full. `due` is when the message should have gone out.
  // `on_confirmed(due)` is called for each message that is confirmed meanwhile.
  template <typename OnConfirmed>
  void publish(std::string_view body, Clock::time_point due, OnConfirmed on_confirmed) {
    client_.publish(queue_, body, is_persistent_);
    if (window_ == 0) return;
    waiting_.push_back({due, false});
    if (waiting_.size() >= window_ || ++since_poll_ == poll_every) {
      since_poll_ = 0;
      while (poll(std::chrono::microseconds(0), on_confirmed)) {
      }
    }
    while (waiting_.size() >= window_) wait(on_confirmed);
  }

  // Serves confirms until the time has come, and at least once without waiting.
  template <typename OnConfirmed>
  void serve_until(Clock::time_point time, OnConfirmed on_confirmed) {
    do {
      auto const left = std::chrono::duration_cast<std::chrono::microseconds>(time - Clock::now());
      if (!poll(std::max(left, std::chrono::microseconds(0)), on_confirmed) && left.count() <= 0)
        return;
    } while (Clock::now() < time);
  }

  // Until everything is confirmed; without confirms, until the server has read everything.
  template <typename OnConfirmed>
  void finish(OnConfirmed on_confirmed) {
    while (!waiting_.empty()) wait(on_confirmed);
    if (window_ == 0) client_.declare_passively(queue_);
  }

  size_t unconfirmed() const { return waiting_.size(); }

 private:
  static constexpr size_t poll_every = 32;
  static constexpr auto patience = std::chrono::seconds(120);

  struct Waiting {
    Clock::time_point due;
    bool is_confirmed;
  };

  template <typename OnConfirmed>
  void wait(OnConfirmed on_confirmed) {
    if (!poll(patience, on_confirmed)) fail("no confirm within two minutes");
  }

  // Handles one frame; false if none came in time.
  template <typename OnConfirmed>
  bool poll(std::chrono::microseconds timeout, OnConfirmed on_confirmed) {
    amqp_maybe_release_buffers(client_.get());
    amqp_frame_t frame;
    auto limit = timeval_of(timeout);
    auto const status = amqp_simple_wait_frame_noblock(client_.get(), &frame, &limit);
    if (status == AMQP_STATUS_TIMEOUT) return false;
    check_status(status, "waiting for confirms");
    if (frame.frame_type != AMQP_FRAME_METHOD) fail("expected a confirm, found another frame");
    auto const& method = frame.payload.method;
    if (method.id == AMQP_CONNECTION_BLOCKED_METHOD ||
        method.id == AMQP_CONNECTION_UNBLOCKED_METHOD)
      return true;
    if (method.id != AMQP_BASIC_ACK_METHOD) fail("not confirmed: " + sentence_of(method));
    auto const& ack = *static_cast<amqp_basic_ack_t*>(method.decoded);
    take(ack.delivery_tag, ack.multiple != 0, on_confirmed);
    return true;
  }

  template <typename OnConfirmed>
  void take(uint64_t tag, bool is_multiple, OnConfirmed on_confirmed) {
    if (tag < first_tag_ || tag >= first_tag_ + waiting_.size())
      fail("confirm of an unknown message");
    auto const last = tag - first_tag_;
    for (auto i = is_multiple ? 0 : last; i <= last; ++i) {
      if (waiting_[i].is_confirmed) continue;
      waiting_[i].is_confirmed = true;
      on_confirmed(waiting_[i].due);
    }
    while (!waiting_.empty() && waiting_.front().is_confirmed) {
      waiting_.pop_front();
      ++first_tag_;
    }
  }

  AmqpClient client_;
  std::string queue_;
  size_t window_;
  bool is_persistent_;
  size_t since_poll_ = 0;
  uint64_t first_tag_ = 1;       // of waiting_.front()
  std::deque<Waiting> waiting_;  // in order of publishing; the first one is not confirmed
};
