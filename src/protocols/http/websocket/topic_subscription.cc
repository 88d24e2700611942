#include "protocols/http/websocket/topic_subscription.h"

#include <algorithm>
#include <utility>

#include "protocols/http/streams/event_stream.h"

namespace koine::http {

class TopicSubscription::Sending final : public PassingSink {
 public:
  explicit Sending(TopicSubscription& subscription) : subscription_(subscription) {}
  Next take(const PassingRecord& record) override {
    subscription_.answers_.record(subscription_.id_, *subscription_.cursor_, record, memory_);
    --subscription_.credit_;
    const bool goes_on =
        subscription_.credit_ > 0 && subscription_.output_.has_room() && !subscription_.is_closed_;
    return goes_on ? Next::go_on : Next::stop;
  }

 private:
  TopicSubscription& subscription_;
  std::string memory_;
};

TopicSubscription::TopicSubscription(io::Reactor& reactor, SocketOutput& output,
                                     SocketAnswers& answers, std::int64_t id,
                                     std::unique_ptr<TopicCursor> cursor, std::int64_t credit)
    : output_(output),
      answers_(answers),
      id_(id),
      cursor_(std::move(cursor)),
      credit_(credit),
      changed_(reactor) {}

void TopicSubscription::start(core::ReadStart start) { gate_.spawn(run(std::move(start))); }

void TopicSubscription::add_credit(std::int64_t count) {
  credit_ = std::min(credit_ + count, credit_max);
  changed_.notify_all();
}

Task<void> TopicSubscription::close(Leaving) {
  is_closed_ = true;
  changed_.notify_all();
  co_await gate_.close();
}

void TopicSubscription::send_end(const Error& error) {
  is_over_ = true;
  const Problem problem =
      error.code() == ErrorCode::out_of_range ? gone(*cursor_, error) : Problem(error);
  answers_.ended(id_, problem);
}

Task<void> TopicSubscription::run(core::ReadStart start) {
  const Result<> sought = co_await cursor_->seek(std::move(start));
  if (!sought) co_return send_end(sought.error());
  std::string position;
  core::write_position(*cursor_->topic(), cursor_->position(), position);
  answers_.subscribed(id_, position);
  const Result<> sent = co_await send();
  if (!sent && !is_closed_) send_end(sent.error());
}

Task<Result<>> TopicSubscription::send() {
  Sending sending(*this);
  while (!is_closed_) {
    if (credit_ == 0 || !output_.has_room()) {
      co_await changed_.wait();
      continue;
    }
    CO_TRY(const auto progress, co_await cursor_->read(sending, socket_output_bytes_max));
    if (is_closed_ || progress == TopicCursor::Progress::more) continue;
    co_await cursor_->wait(changed_, never);
  }
  co_return Result<>{};
}

}  // namespace koine::http
