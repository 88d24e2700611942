#include "protocols/http/websocket/topic_subscription.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocols/http/streams/event_stream.h"

namespace koine::http {

class TopicSubscription::Sending final : public PassingSink {
 public:
  explicit Sending(TopicSubscription& subscription) : subscription_(subscription) {}
  Next take(const PassingRecord& record) override {
    subscription_.send_record(record, memory_);
    --subscription_.credit_;
    const bool goes_on =
        subscription_.credit_ > 0 && subscription_.output_.has_room() && !subscription_.is_closed_;
    return goes_on ? Next::go_on : Next::stop;
  }

 private:
  TopicSubscription& subscription_;
  std::string memory_;
};

TopicSubscription::TopicSubscription(BrokerResources& resources, SocketOutput& output,
                                     std::int64_t id, std::unique_ptr<TopicCursor> cursor,
                                     std::int64_t credit)
    : resources_(resources),
      output_(output),
      id_(id),
      cursor_(std::move(cursor)),
      credit_(credit),
      changed_(resources.engine.shard().reactor()) {}

void TopicSubscription::start(core::ReadStart start) { gate_.spawn(run(std::move(start))); }

void TopicSubscription::add_credit(std::int64_t count) {
  credit_ = std::min(credit_ + count, credit_max);
  changed_.notify_all();
}

Task<void> TopicSubscription::close() {
  is_closed_ = true;
  changed_.notify_all();
  co_await gate_.close();
}

void TopicSubscription::send_record(const PassingRecord& record, std::string& memory) {
  std::string head = fmt::format(R"({{"op":"message","id":{},"position":")", id_);
  core::write_position(*cursor_->topic(), cursor_->position(), head);
  head += R"(","record":)";
  const std::string_view json =
      record.form(RecordForms::Form::json, memory, [&](std::string& text) {
        resources_.record_json.append(text, record.partition, record.record);
      });
  output_.send_text(head, json, "}");
}

void TopicSubscription::send_end(const Error& error) {
  is_over_ = true;
  const Problem problem =
      error.code() == ErrorCode::out_of_range ? gone(*cursor_, error) : Problem(error);
  output_.send_text(fmt::format(R"({{"op":"end","id":{},"problem":{}}})", id_, problem.to_json()));
}

Task<void> TopicSubscription::run(core::ReadStart start) {
  const Result<> sought = co_await cursor_->seek(std::move(start));
  if (!sought) co_return send_end(sought.error());
  std::string text = fmt::format(R"({{"op":"subscribed","id":{},"position":")", id_);
  core::write_position(*cursor_->topic(), cursor_->position(), text);
  output_.send_text(text, "\"}");
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
