#include "protocols/http/records_page.h"

#include "core/topic_position.h"
#include "io/delay.h"
#include "protocols/http/cloud_event.h"

namespace koine::http {

namespace {

constexpr std::size_t part_bytes = 64 * KiB;
// Of batches, read at once.
constexpr std::size_t read_bytes = 256 * KiB;
// What one request may pass over in search of what its filter wants.
constexpr std::size_t passed_bytes_max = 64 * MiB;

std::size_t size_of(const core::Record& record) {
  return (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0) + 16;
}

}  // namespace

class RecordsPage::Sink final : public core::RecordSink {
 public:
  Sink(RecordsPage& page, std::string& out, std::size_t bytes)
      : page_(page), out_(out), bytes_(bytes) {}

  Next take(PartitionId partition, const core::Record& record) override {
    if (page_.options_.filter.matches(record)) {
      page_.append(out_, partition, record);
    } else {
      page_.passed_bytes_ += size_of(record);
    }
    return page_.is_complete() || out_.size() >= bytes_ ? Next::stop : Next::go_on;
  }

 private:
  RecordsPage& page_;
  std::string& out_;
  std::size_t bytes_;
};

RecordsPage::RecordsPage(BrokerResources& resources, core::TopicPtr topic,
                         std::vector<PartitionId> partitions, RecordsPageOptions options)
    : resources_(resources),
      reader_(resources.engine, std::move(topic), std::move(partitions)),
      options_(std::move(options)) {}

Task<Result<>> RecordsPage::seek(core::ReadStart start) {
  co_return co_await reader_.seek(std::move(start));
}

bool RecordsPage::is_complete() const {
  return records_ >= options_.records_max || bytes_ >= options_.bytes_max ||
         passed_bytes_ >= passed_bytes_max;
}

void RecordsPage::append(std::string& out, PartitionId partition, const core::Record& record) {
  const std::size_t before = out.size();
  if (records_ > 0) out += ',';
  if (options_.form == RecordsPageOptions::Form::records) {
    resources_.record_json.append(out, partition, record);
  } else if (!append_cloud_event(out, record, resources_.record_json)) {
    out.resize(before);
    passed_bytes_ += size_of(record);
    return;
  }
  ++records_;
  bytes_ += out.size() - before;
}

std::string RecordsPage::next() const {
  std::string text;
  core::write_position(reader_.topic(), reader_.position(), text);
  return text;
}

void RecordsPage::append_start(std::string& out) const {
  out += options_.form == RecordsPageOptions::Form::events ? "[" : R"({"records":[)";
}

void RecordsPage::append_end(std::string& out) const {
  out += ']';
  if (options_.form == RecordsPageOptions::Form::events) return;
  out += R"(,"next":")";
  core::write_position(reader_.topic(), reader_.position(), out);
  out += "\"}";
}

// More::no: there is no more now, or there may be no more in this page.
Task<Result<BodySource::More>> RecordsPage::read(std::string& out, std::size_t bytes) {
  while (!is_complete()) {
    if (out.size() >= bytes) co_return More::yes;
    const std::size_t passed = passed_bytes_;
    Sink sink(*this, out, bytes);
    CO_TRY(const std::size_t taken, co_await reader_.read(sink, read_bytes));
    if (taken == 0) break;
    // What is passed over makes no output that would be waited for: others of this shard go on.
    if (passed_bytes_ > passed) {
      co_await io::Delay(resources_.engine.shard().reactor(), resources_.engine.shard().now());
    }
  }
  co_return More::no;
}

Task<Result<BodySource::More>> RecordsPage::begin(Stop& stop, MonotonicTime deadline,
                                                  std::size_t bytes) {
  append_start(text_);
  for (;;) {
    CO_TRY(const More more, co_await read(text_, bytes));
    if (more == More::yes) co_return more;
    const bool is_due = stop.is_set() || resources_.engine.shard().now() >= deadline;
    if (records_ > 0 || is_complete() || is_due) break;
    co_await reader_.wait(stop.changed(), deadline);
  }
  append_end(text_);
  co_return More::no;
}

Task<Result<BodySource::More>> RecordsPage::fill(BodyBuffer& out, Stop&) {
  std::string part = take_first_part();
  if (!part.empty()) {
    out.append(part);
    co_return More::yes;
  }
  CO_TRY(const More more, co_await read(part, part_bytes));
  if (more == More::no) append_end(part);
  out.append(part);
  co_return more;
}

}  // namespace koine::http
