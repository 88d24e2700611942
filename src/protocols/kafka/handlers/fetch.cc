#include "protocols/kafka/handlers/fetch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/on_owners.h"
#include "core/partition_wait.h"
#include "protocols/kafka/handlers/fetch_read.h"
#include "protocols/kafka/handlers/find_log.h"

namespace koine::kafka {

namespace {

// Session epochs of requests that name all their partitions (KIP-227).
constexpr std::int32_t first_epoch = 0;
constexpr std::int32_t final_epoch = -1;

constexpr std::int8_t read_committed = 1;

// The partitions that can be read, and where their answers belong.
struct Plan {
  std::vector<Wanted> wanted;
  std::vector<FetchResponse::Partition*> places;
  bool has_errors = false;
};

std::size_t not_negative(std::int32_t bytes) {
  return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

std::size_t bytes_max_of(const FetchRequest& request) {
  return std::min(not_negative(request.max_bytes), fetch_bytes_max);
}

FetchResponse::Partition unread(const FetchRequest& request, std::int32_t index) {
  FetchResponse::Partition partition{.partition_index = index, .high_watermark = -1};
  partition.records = Records();
  // Nothing is ever aborted; but who asks for committed records gets a list.
  if (request.isolation_level == read_committed) partition.aborted_transactions.emplace();
  return partition;
}

FetchResponse unread(const FetchRequest& request) {
  FetchResponse response;
  response.responses.reserve(request.topics.size());
  for (const auto& topic : request.topics) {
    auto& answer = response.responses.emplace_back();
    answer.topic = topic.topic;
    answer.partitions.reserve(topic.partitions.size());
    for (const auto& partition : topic.partitions) {
      answer.partitions.push_back(unread(request, partition.partition));
    }
  }
  return response;
}

Plan plan(const Scope& scope, const FetchRequest& request, FetchResponse& response) {
  Plan plan;
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto topic = scope.engine.catalog().find(request.topics[t].topic);
    for (std::size_t p = 0; p < request.topics[t].partitions.size(); ++p) {
      const auto& asked = request.topics[t].partitions[p];
      auto& answer = response.responses[t].partitions[p];
      const auto log = find_log(topic.get(), asked.partition);
      answer.error_code = log ? check_leader_epoch(asked.current_leader_epoch) : log.error();
      if (answer.error_code != KafkaError::none) {
        plan.has_errors = true;
        continue;
      }
      plan.wanted.push_back({.log = *log,
                             .from = Offset(asked.fetch_offset),
                             .bytes_max = not_negative(asked.partition_max_bytes),
                             .bytes_max_all = bytes_max_of(request)});
      plan.places.push_back(&answer);
    }
  }
  return plan;
}

bool is_enough(const std::vector<Read>& reads, std::size_t bytes_min) {
  std::size_t bytes = 0;
  for (const Read& read : reads) {
    if (read.error != KafkaError::none) return true;
    bytes += read.size();
  }
  return bytes >= bytes_min;
}

std::vector<core::WatchedPartition> to_watch(const Plan& plan, const std::vector<Read>& reads) {
  std::vector<core::WatchedPartition> watched;
  watched.reserve(reads.size());
  for (std::size_t n = 0; n < reads.size(); ++n) {
    watched.push_back({plan.wanted[n].log, plan.wanted[n].from, reads[n].high_watermark});
  }
  return watched;
}

// Reads until there is enough, or it is time.
Task<std::vector<Read>> read_or_wait(Scope& scope, const Plan& plan, std::size_t bytes_min,
                                     MonotonicTime deadline) {
  for (;;) {
    auto reads = co_await on_owners(scope.engine, plan.wanted, &read_all);
    keep_limits(scope.engine, plan.wanted, reads);
    if (plan.has_errors || plan.wanted.empty() || is_enough(reads, bytes_min) ||
        scope.hurry.is_set() || scope.shard().now() >= deadline) {
      co_return reads;
    }
    let_go(scope.engine, reads);
    co_await core::wait_for_change(scope.engine, to_watch(plan, reads), scope.hurry.changed(),
                                   deadline);
  }
}

void fill(Scope& scope, FetchResponse::Partition& answer, Read&& read) {
  answer.error_code = read.error;
  answer.high_watermark = read.high_watermark.value();
  answer.last_stable_offset = read.high_watermark.value();  // no transactions
  answer.log_start_offset = read.start_offset.value();
  answer.records = Records::elsewhere(read.size());
  std::ranges::move(read.records, std::back_inserter(scope.records));
}

}  // namespace

Task<FetchResponse> handle(Scope& scope, FetchRequest request, Version) {
  if (request.session_epoch != first_epoch && request.session_epoch != final_epoch) {
    co_return FetchResponse{.error_code = KafkaError::fetch_session_id_not_found};
  }
  const MonotonicTime deadline =
      scope.shard().now() + std::chrono::milliseconds(std::max(request.max_wait_ms, 0));
  const std::size_t bytes_min = std::min(not_negative(request.min_bytes), bytes_max_of(request));

  FetchResponse response = unread(request);
  const Plan planned = plan(scope, request, response);
  auto reads = co_await read_or_wait(scope, planned, bytes_min, deadline);
  for (std::size_t n = 0; n < reads.size(); ++n) {
    fill(scope, *planned.places[n], std::move(reads[n]));
  }
  co_return response;
}

}  // namespace koine::kafka
