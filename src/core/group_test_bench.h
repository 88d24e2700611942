// For tests: a GroupCoordinator in simulated time with a journal that can be held up and can fail, and words to play
// its members with. `settle` lets everything happen that is due now.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/group_coordinator.h"
#include "io/sim/sim_random.h"
#include "io/sim/sim_world.h"
#include "runtime/gate.h"
#include "runtime/signal.h"

namespace koine::core {

// Keeps its entries in memory.
class FakeStateLog final : public StateLog {
 public:
  explicit FakeStateLog(io::Reactor& reactor) : released_(reactor) {}

  Task<Result<>> commit(std::vector<std::byte> entry, std::move_only_function<void()> apply,
                        Keyed) override {
    while (is_held_) co_await released_.wait();
    if (is_failing_) co_return fail(ErrorCode::no_space, "the disk is full");
    entries_.push_back(std::move(entry));
    apply();
    co_return Result<>();
  }

  void hold() { is_held_ = true; }
  void release() {
    is_held_ = false;
    released_.notify_all();
  }
  void set_failing(bool is_failing) { is_failing_ = is_failing; }
  const std::vector<std::vector<std::byte>>& entries() const { return entries_; }

 private:
  runtime::Signal released_;
  bool is_held_ = false;
  bool is_failing_ = false;
  std::vector<std::vector<std::byte>> entries_;
};

// The result of a task that runs by itself.
template <typename T>
using Running = std::shared_ptr<std::optional<T>>;

class GroupBench : public testing::Test {
 protected:
  static constexpr std::string_view group_name = "readers";
  static constexpr std::int32_t session_ms = 10'000;
  static constexpr std::int32_t rebalance_ms = 60'000;

  explicit GroupBench(GroupOptions options = {}) : options_(options) { begin(); }
  ~GroupBench() override { end(); }

  void settle() { world_.run_for(std::chrono::milliseconds(1)); }
  void pass_ms(std::int64_t duration_ms) { world_.run_for(std::chrono::milliseconds(duration_ms)); }

  template <typename T>
  Running<T> run(Task<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    gate_->spawn(keep(std::move(task), result));
    settle();
    return result;
  }
  template <typename T>
  T finish(Task<T> task) {
    const Running<T> result = run(std::move(task));
    CHECK(result->has_value());
    return std::move(**result);
  }

  // As after a crash: only what the journal has remains, from a checkpoint or entry by entry.
  enum class From : std::uint8_t { checkpoint, entries };
  void restart(From from) {
    const std::vector<std::byte> saved = groups_->save();
    const auto entries = log_->entries();
    end();
    begin_without_start();
    if (from == From::checkpoint) {
      ASSERT_TRUE(groups_->restore(saved));
    } else {
      for (const auto& entry : entries) ASSERT_TRUE(groups_->replay(entry));
      EXPECT_EQ(groups_->save(), saved);
    }
    groups_->start();
  }

  static JoinRequest join_request(std::string member_id = {}) {
    return {.group = std::string(group_name),
            .member_id = std::move(member_id),
            .client_id = "client",
            .client_host = "/127.0.0.1",
            .session_timeout_ms = session_ms,
            .rebalance_timeout_ms = rebalance_ms,
            .protocol_type = std::string(consumer_protocol_type),
            .protocols = {protocol("range", "orders")}};
  }
  static JoinRequest static_join_request(std::string instance_id, std::string member_id = {}) {
    JoinRequest request = join_request(std::move(member_id));
    request.instance_id = std::move(instance_id);
    return request;
  }
  static GroupProtocol protocol(std::string name, std::string topic) {
    return {.name = std::move(name),
            .metadata = Bytes::copy_of("subscribes to " + topic),
            .topics = std::vector{topic}};
  }
  static SyncRequest sync_request(const JoinResult& joined, std::vector<std::string> members = {}) {
    SyncRequest request{.group = std::string(group_name),
                        .member_id = joined.member_id,
                        .generation = joined.generation};
    for (const std::string& id : members) {
      request.assignments.push_back({id, Bytes::copy_of("part of " + id)});
    }
    return request;
  }
  GroupError heartbeat(const JoinResult& joined) {
    return groups_->heartbeat({.group = std::string(group_name),
                               .member_id = joined.member_id,
                               .generation = joined.generation});
  }
  GroupError leave(LeavingMember leaving) {
    return finish(groups_->leave(std::string(group_name), {std::move(leaving)})).by_member.front();
  }
  GroupState state() const { return groups_->describe(group_name).state; }

  // A stable group of that many dynamic members; the first is the leader.
  std::vector<JoinResult> stable_group(std::size_t count) {
    std::vector<JoinResult> joined{finish(groups_->join(join_request()))};
    EXPECT_EQ(finish(groups_->sync(sync_request(joined[0], {joined[0].member_id}))).error,
              GroupError::none);
    while (joined.size() < count) {
      const auto newcomer = run(groups_->join(join_request()));
      std::vector<Running<JoinResult>> again;
      for (const JoinResult& member : joined) {
        again.push_back(run(groups_->join(join_request(member.member_id))));
      }
      again.push_back(newcomer);
      settle();
      joined.clear();
      for (const auto& result : again) joined.push_back(result->value());
      sync_all(joined);
    }
    return joined;
  }
  void sync_all(const std::vector<JoinResult>& joined) {
    std::vector<std::string> ids;
    for (const JoinResult& member : joined) ids.push_back(member.member_id);
    std::vector<Running<SyncResult>> synced;
    for (const JoinResult& member : joined) {
      const bool leads = member.leader == member.member_id;
      synced.push_back(
          run(groups_->sync(sync_request(member, leads ? ids : std::vector<std::string>()))));
    }
    settle();
    for (const auto& result : synced) EXPECT_EQ(result->value().error, GroupError::none);
  }

  CommitRequest commit_request(std::string topic, std::int64_t offset) const {
    CommitRequest request{.group = std::string(group_name)};
    request.offsets.push_back(
        {.partition = {std::move(topic), PartitionId(0)}, .offset = Offset(offset)});
    return request;
  }
  CommitRequest member_commit(const JoinResult& joined, std::string topic,
                              std::int64_t offset) const {
    CommitRequest request = commit_request(std::move(topic), offset);
    request.member_id = joined.member_id;
    request.generation = joined.generation;
    return request;
  }
  GroupError commit(CommitRequest request) {
    return finish(groups_->commit(std::move(request))).front();
  }
  // -1: none.
  std::int64_t committed(const std::string& topic) const {
    const FetchResult result = groups_->fetch(
        {std::string(group_name), std::vector{TopicPartition{topic, PartitionId(0)}}});
    const auto& found = result.offsets.front().committed;
    return found ? found->offset.value() : -1;
  }

  // After the coordinator was closed by the test.
  void begin_again() {
    groups_.reset();
    begin();
  }

  GroupOptions options_;
  io::SimWorld world_{1};
  io::SimReactor reactor_{world_};
  io::SimRandom random_{1};
  std::unique_ptr<FakeStateLog> log_;
  std::unique_ptr<GroupCoordinator> groups_;
  std::unique_ptr<runtime::Gate> gate_;

 private:
  template <typename T>
  static Task<void> keep(Task<T> task, Running<T> result) {
    const Task<T> owned = std::move(task);
    result->emplace(co_await owned);
  }
  void begin_without_start() {
    log_ = std::make_unique<FakeStateLog>(reactor_);
    groups_ = std::make_unique<GroupCoordinator>(reactor_, random_, *log_, options_);
    gate_ = std::make_unique<runtime::Gate>();
  }
  void begin() {
    begin_without_start();
    groups_->start();
  }
  void end() {
    log_->release();
    runtime::Gate closing;
    closing.spawn(groups_->close());
    settle();
    ASSERT_EQ(closing.running(), 0U);
    ASSERT_EQ(gate_->running(), 0U);
    gate_.reset();
    groups_.reset();
    log_.reset();
  }
};

}  // namespace koine::core
