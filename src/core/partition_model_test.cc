// A partition against a model that is a list of batches: random appends, retries, lookups, deletions and restarts. A
// failure prints its seed.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/engine_fixture.h"
#include "core/record_reader.h"

namespace koine::core {
namespace {

struct ModelBatch {
  Bytes bytes;
  std::int64_t base_offset = 0;
  int count = 0;
  WallTimeMs first_timestamp = 0;  // the n-th record has n more
};

class Model {
 public:
  explicit Model(std::uint64_t seed) : server_({.seed = seed}), numbers_(seed) {
    CHECK(server_.open());
    CHECK(server_.run(server_.engine().create_topic({.name = "t", .settings = {}})));
    partition_ = server_.partition("t");
  }

  void step() {
    switch (pick(10)) {
      case 0: restart(); break;
      case 1: delete_records(); break;
      case 2:
      case 3: retry(); break;
      case 4: find_by_time(); break;
      case 5: find_largest(); break;
      case 6: read(); break;
      default: append();
    }
    ASSERT_EQ(partition_->high_watermark().value(), end_);
    ASSERT_EQ(partition_->start_offset().value(), start_);
  }

 private:
  std::int64_t pick(std::int64_t below) {
    return static_cast<std::int64_t>(numbers_.next() % static_cast<std::uint64_t>(below));
  }

  void append() {
    ModelBatch batch;
    batch.count = static_cast<int>(1 + pick(20));
    batch.first_timestamp = 1000 + pick(10'000);
    batch.base_offset = end_;
    batch.bytes = test_batch(batch.count, batch.first_timestamp,
                             {.compression = static_cast<Compression>(pick(5)),
                              .producer_id = ProducerId{3},
                              .producer_epoch = 0,
                              .base_sequence = static_cast<std::int32_t>(end_)},
                             static_cast<std::size_t>(pick(5000)));
    const auto appended = server_.append(partition_, batch.bytes);
    ASSERT_TRUE(appended) << appended.error().to_string();
    ASSERT_EQ(appended->base_offset.value(), end_);
    ASSERT_FALSE(appended->is_duplicate);
    end_ += batch.count;
    batches_.push_back(std::move(batch));
  }

  // One of the last five is a duplicate; one before them is out of order.
  void retry() {
    if (batches_.empty()) return;
    const auto back =
        std::min<std::int64_t>(1 + pick(8), static_cast<std::int64_t>(batches_.size()));
    const ModelBatch& batch = batches_[batches_.size() - static_cast<std::size_t>(back)];
    const auto appended = server_.append(partition_, batch.bytes);
    if (back <= 5) {
      ASSERT_TRUE(appended) << appended.error().to_string();
      ASSERT_EQ(appended->base_offset.value(), batch.base_offset);
      ASSERT_TRUE(appended->is_duplicate);
    } else if (appended) {
      ASSERT_TRUE(appended->is_duplicate);  // remembered for longer than promised
    } else {
      ASSERT_EQ(appended.error().code(), ErrorCode::conflict);
    }
  }

  void restart() {
    partition_.reset();
    server_.restart();
    partition_ = server_.partition("t");
    ASSERT_NE(partition_, nullptr);
  }

  void delete_records() {
    const std::int64_t to = start_ + pick(std::max<std::int64_t>(1, (end_ - start_) / 3 + 1));
    const auto deleted = server_.run(partition_->delete_records(Offset(to)));
    ASSERT_TRUE(deleted);
    start_ = std::max(start_, to);
  }

  // The first kept record that has at least this time.
  std::optional<std::pair<std::int64_t, WallTimeMs>> expected(WallTimeMs timestamp) const {
    for (const ModelBatch& batch : batches_) {
      for (int n = 0; n < batch.count; ++n) {
        if (batch.base_offset + n >= start_ && batch.first_timestamp + n >= timestamp) {
          return std::pair(batch.base_offset + n, batch.first_timestamp + n);
        }
      }
    }
    return std::nullopt;
  }

  void find_by_time() {
    const WallTimeMs timestamp = 900 + pick(11'000);
    const auto found = server_.run(partition_->find_by_time(timestamp));
    ASSERT_TRUE(found) << found.error().to_string();
    const auto wanted = expected(timestamp);
    ASSERT_EQ(found->has_value(), wanted.has_value()) << timestamp;
    if (!wanted) return;
    ASSERT_EQ((*found)->offset.value(), wanted->first) << timestamp;
    ASSERT_EQ((*found)->timestamp, wanted->second);
  }

  void find_largest() {
    WallTimeMs largest = -1;
    for (const ModelBatch& batch : batches_) {
      if (batch.base_offset + batch.count > start_) {
        largest = std::max(largest, batch.first_timestamp + batch.count - 1);
      }
    }
    const auto found = server_.run(partition_->find_largest_timestamp());
    ASSERT_TRUE(found) << found.error().to_string();
    ASSERT_EQ(found->has_value(), largest >= 0);
    if (largest >= 0) ASSERT_EQ((*found)->timestamp, largest);
  }

  void read() {
    if (start_ == end_) return;
    const std::int64_t from = start_ + pick(end_ - start_);
    const auto entries =
        server_.run(partition_->read(Offset(from), 1 + static_cast<std::size_t>(pick(200'000))));
    ASSERT_TRUE(entries) << entries.error().to_string();
    ASSERT_FALSE(entries->empty());
    auto batch = std::ranges::find_if(
        batches_, [&](const auto& b) { return b.base_offset + b.count > from; });
    for (const journal::EntryRef& entry : *entries) {
      ASSERT_NE(batch, batches_.end());
      const auto body = server_.run(journal::load_whole(server_.engine().journal(), entry));
      ASSERT_TRUE(body) << body.error().to_string();
      const auto header = check_batch(body->view());
      ASSERT_TRUE(header) << header.error().to_string();
      ASSERT_EQ(header->base_offset.value(), batch->base_offset);
      ASSERT_EQ(body->text().substr(16), batch->bytes.text().substr(16));
      ++batch;
    }
  }

  TestServer server_;
  io::RandomNumbers numbers_;
  std::shared_ptr<Partition> partition_;
  std::vector<ModelBatch> batches_;
  std::int64_t start_ = 0;
  std::int64_t end_ = 0;
};

TEST(PartitionModel, BehavesAsAListOfBatches) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Model model(seed);
    for (int n = 0; n < 250; ++n) {
      model.step();
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace koine::core
