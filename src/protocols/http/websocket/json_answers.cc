#include "protocols/http/websocket/json_answers.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "protocols/http/json_writer.h"
#include "protocols/http/message_json.h"

namespace koine::http {

void JsonAnswers::subscribed(std::int64_t id, std::string_view position) {
  const std::string where =
      position.empty() ? std::string() : fmt::format(R"(,"position":"{}")", position);
  output_.send(fmt::format(R"({{"op":"subscribed","id":{}{}}})", id, where));
}

void JsonAnswers::record(std::int64_t id, const TopicCursor& cursor, const PassingRecord& record,
                         std::string& memory) {
  std::string head = fmt::format(R"({{"op":"message","id":{},"position":")", id);
  core::write_position(*cursor.topic(), cursor.position(), head);
  head += R"(","record":)";
  const std::string_view json = record.form(
      RecordForms::Form::json, memory,
      [&](std::string& text) { record_json_.append(text, record.partition, record.record); });
  output_.send(head, json, "}");
}

void JsonAnswers::message(std::int64_t id, const core::LeaseId& lease,
                          const core::Delivery& delivery) {
  JsonWriter json;
  json.begin_object().member("op", "message").member("id", id);
  json.key("message").begin_object().member("lease", lease.to_string());
  const ShownMessage shown{delivery.message, delivery.is_redelivered, delivery.failed_deliveries};
  if (const auto written = write_message(json, shown, record_json_); !written) {
    // Its lease is there, so that the client can settle it.
    output_.send(fmt::format(R"({{"op":"error","id":{},"lease":"{}","problem":{}}})", id,
                             lease.to_string(), written.error().to_json()));
    return;
  }
  json.end_object().end_object();
  output_.send(json.text());
}

void JsonAnswers::ended(std::int64_t id, std::string_view reason) {
  output_.send(fmt::format(R"({{"op":"end","id":{},"reason":"{}"}})", id, reason));
}

void JsonAnswers::ended(std::int64_t id, const Problem& problem) {
  output_.send(fmt::format(R"({{"op":"end","id":{},"problem":{}}})", id, problem.to_json()));
}

void JsonAnswers::appended(std::int64_t seq, std::int32_t partition, Offset offset) {
  output_.send(fmt::format(R"({{"op":"published","seq":{},"partition":{},"offset":{}}})", seq,
                           partition, offset.value()));
}

void JsonAnswers::routed(std::int64_t seq, std::size_t count) {
  output_.send(fmt::format(R"({{"op":"published","seq":{},"routed":{}}})", seq, count));
}

void JsonAnswers::leases_done(OfLeases what, std::optional<std::int64_t> seq,
                              std::span<const core::LeaseId> lost) {
  JsonWriter json;
  json.begin_object().member("op", what == OfLeases::settled ? "settled" : "extended");
  if (seq) json.member("seq", *seq);
  json.key("lost").begin_array();
  for (const core::LeaseId& lease : lost) json.value(lease.to_string());
  json.end_array().end_object();
  output_.send(json.text());
}

void JsonAnswers::pong(std::int64_t seq) {
  output_.send(fmt::format(R"({{"op":"pong","seq":{}}})", seq));
}

void JsonAnswers::error(CommandSubject subject, const Problem& problem) {
  std::string about;
  switch (subject.kind) {
    case CommandSubject::Kind::none: break;
    case CommandSubject::Kind::seq: about = fmt::format(R"(,"seq":{})", subject.number); break;
    case CommandSubject::Kind::id: about = fmt::format(R"(,"id":{})", subject.number); break;
  }
  output_.send(fmt::format(R"({{"op":"error"{},"problem":{}}})", about, problem.to_json()));
}

}  // namespace koine::http
