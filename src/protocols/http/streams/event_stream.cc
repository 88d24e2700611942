#include "protocols/http/streams/event_stream.h"

#include <fmt/format.h>

#include <utility>

#include "protocols/http/streams/event_text.h"

namespace koine::http {

namespace {

// A server that comes back gets its readers back within two seconds, not all at once.
constexpr std::uint64_t retry_ms_min = 1000;
constexpr std::uint64_t retry_ms_spread = 2000;
constexpr std::size_t event_bytes_typical = 512;

std::string text_of(const TopicCursor& cursor, const core::TopicPosition& position) {
  std::string text;
  core::write_position(*cursor.topic(), position, text);
  return text;
}

}  // namespace

Problem gone(const TopicCursor& cursor, const Error& error) {
  const core::TopicPosition& left = cursor.first_left();
  Problem problem =
      Problem(Status::gone, error.message()).with("first_position", text_of(cursor, left));
  if (left.next.size() != 1) return problem;
  return std::move(problem).with("first_offset", left.next.front().offset.value());
}

class EventStream::Writing final : public PassingSink {
 public:
  Writing(EventStream& stream, BodyBuffer& out) : stream_(stream), out_(out) {}
  Next take(const PassingRecord& record) override {
    out_.append_with([&](std::string& text) { stream_.append_record(text, record); });
    return out_.is_full() ? Next::stop : Next::go_on;
  }

 private:
  EventStream& stream_;
  BodyBuffer& out_;
};

EventStream::EventStream(BrokerResources& resources, std::unique_ptr<TopicCursor> cursor,
                         EventStreamOptions options)
    : resources_(resources),
      cursor_(std::move(cursor)),
      options_(std::move(options)),
      heartbeat_(resources.engine.shard().reactor(), [this](std::string_view) {
        if (waiting_with_ != nullptr) waiting_with_->changed().notify_all();
      }) {}

void EventStream::append_first(BodyBuffer& out) {
  out.append(
      fmt::format("retry: {}\n\n", retry_ms_min + resources_.random.number() % retry_ms_spread));
}

void EventStream::append_data(std::string& out, const PassingRecord& record) {
  if (options_.data == EventStreamOptions::Data::value) {
    return record.append_form(out, RecordForms::Form::event_value,
                              [&](std::string& text) { append_value_event(text, record.record); });
  }
  // One line, whatever is in it.
  record.append_form(out, RecordForms::Form::event_json, [&](std::string& text) {
    text += "data: ";
    resources_.record_json.append(text, record.partition, record.record);
    text += "\n\n";
  });
}

void EventStream::append_record(std::string& out, const PassingRecord& record) {
  // At once, what most events take: a reader that waits has no memory for them.
  if (out.capacity() < event_bytes_typical) out.reserve(event_bytes_typical);
  out += "id: ";
  core::write_position(*cursor_->topic(), cursor_->position(), out);
  out += '\n';
  if (!options_.type_header.empty()) append_type_line(out, record.record, options_.type_header);
  append_data(out, record);
  named_ = cursor_->passed();
}

void EventStream::append_heartbeat(BodyBuffer& out) {
  if (std::exchange(named_, cursor_->passed()) == cursor_->passed()) return out.append(":\n\n");
  // An event without data is none, but its id counts.
  out.append("id: " + text_of(*cursor_, cursor_->position()) + "\n\n");
}

BodySource::More EventStream::append_end(BodyBuffer& out, const Error& error) {
  const Problem problem =
      error.code() == ErrorCode::out_of_range ? gone(*cursor_, error) : Problem(error);
  std::string text = "event: error\n";
  append_data_lines(text, problem.to_json());
  text += '\n';
  out.append(text);
  return More::no;
}

Task<Result<BodySource::More>> EventStream::read(BodyBuffer& out) {
  Writing writing(*this, out);
  const auto progress = co_await cursor_->read(writing, out.room(), TopicCursor::Unfinished::kept);
  if (!progress) co_return append_end(out, progress.error());
  is_at_end_ = *progress == TopicCursor::Progress::at_end;
  co_return More::yes;
}

bool EventStream::try_read(BodyBuffer& out) {
  Writing writing(*this, out);
  const auto progress = cursor_->try_read(writing, out.room());
  if (progress) is_at_end_ = *progress == TopicCursor::Progress::at_end;
  return progress.has_value();
}

Task<Result<BodySource::More>> EventStream::fill(BodyBuffer& out, Stop& stop) {
  if (!std::exchange(is_begun_, true)) {
    append_first(out);
    co_return More::yes;
  }
  const MonotonicTime heartbeat_at = now() + options_.heartbeat;
  while (!stop.is_set()) {
    if (std::exchange(is_at_end_, false)) {
      out.shrink();
      heartbeat_.expect(heartbeat_at, {});
      waiting_with_ = &stop;
      co_await cursor_->wait(stop.changed(), never);
      waiting_with_ = nullptr;
    }
    if (stop.is_set()) break;
    More more = More::yes;
    if (!try_read(out)) {
      CO_TRY(more, co_await read(out));
    }
    // A filter may leave out everything for a long time.
    if (out.empty() && now() >= heartbeat_at) append_heartbeat(out);
    if (!out.empty()) co_return more;
  }
  co_return More::no;
}

}  // namespace koine::http
