// RecordsPage: what one read of a topic gets: records in JSON from a place on, up to a number, a size, or the end.
//
//   {"records": [...], "next": "3f9a1c02.0-42"}              or a batch of CloudEvents: [...]
//
// Written in parts, each when the reader of the HTTP connection has taken what came before (it is a BodySource); between two parts it
// holds a position. What a filter passes over is bounded too: then there are few records, or none, and `next` goes on after them.
// One shard; the resources outlive it.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "core/topic_reader.h"
#include "protocols/http/body.h"
#include "protocols/http/broker_resources.h"
#include "protocols/http/streams/record_filter.h"

namespace koine::http {

struct RecordsPageOptions {
  enum class Form : std::uint8_t { records, events };
  Form form = Form::records;
  std::size_t records_max = 100;
  std::size_t bytes_max = 1 * MiB;  // of JSON; the record that reaches it is the last
  RecordFilter filter;
};

class RecordsPage final : public BodySource {
 public:
  RecordsPage(BrokerResources& resources, core::TopicPtr topic, std::vector<PartitionId> partitions,
              RecordsPageOptions options);

  // Before all else. Errors: as TopicReader::seek.
  Task<Result<>> seek(core::ReadStart start);
  // Then: reads the first part, of about so many bytes; waits until it has a record, `stop` is set, or the deadline. More::no: it is
  // the last one. Errors: as TopicReader::read.
  Task<Result<More>> begin(Stop& stop, MonotonicTime deadline, std::size_t bytes);
  std::string take_first_part() { return std::move(text_); }

  Task<Result<More>> fill(BodyBuffer& out, Stop& stop) override;
  bool is_compressible() const override { return true; }

  const core::TopicReader& reader() const { return reader_; }
  // The position after what was read.
  std::string next() const;

 private:
  class Sink;

  Task<Result<More>> read(std::string& out, std::size_t bytes);
  bool is_complete() const;
  void append(std::string& out, PartitionId partition, const core::Record& record);
  void append_start(std::string& out) const;
  void append_end(std::string& out) const;

  BrokerResources& resources_;
  core::TopicReader reader_;
  RecordsPageOptions options_;
  std::string text_;  // the first part
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;         // of theirs
  std::size_t passed_bytes_ = 0;  // of records that were not wanted
};

}  // namespace koine::http
