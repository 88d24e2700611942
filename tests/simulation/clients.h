// Clients: the tasks that use a simulated server as its users do, and tell the ledger what they sent and what they were
// answered. Each works from one shard, as a connection does, and calls the owners of what it uses.
//
// What must survive a restart (sequences, unanswered batches) is in the client objects, which outlive the process; a task
// of one life is run(process), and ends when the process stops.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "core/idempotent_request.h"
#include "io/random_numbers.h"
#include "ledger.h"
#include "process.h"

namespace koine::simulation {

// Of the topics of administrators; those with bound queues are for the clients of queues.
inline constexpr std::string_view topics_prefix = "topic-";

// What the machine does to its users in this life: which refusals are no surprise.
struct Weather {
  bool disk_may_be_full = false;
  bool disk_may_fail = false;
};

class Client {
 public:
  Client(Ledger& ledger, const Weather& weather, std::uint64_t seed)
      : ledger_(ledger), weather_(weather), numbers_(seed) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  Task<void> run(Process& process);

 protected:
  // One request or a few.
  virtual Task<void> act(Process& process, core::Engine& home) = 0;
  // After a restart, before the first act().
  virtual void begin_life() {}
  // The server is about to stop, or is dead.
  virtual Task<void> end_life(core::Engine& home);

  // A partition of some topic of an administrator that exists.
  struct Target {
    core::TopicPtr topic;
    LogId log;
  };
  std::optional<Target> choose_target(const core::Engine& home);
  // A violation unless such a refusal is to be expected.
  void check_refusal(const Process& process, const std::string& what, const Error& error);

  Ledger& ledger_;
  const Weather& weather_;
  io::RandomNumbers numbers_;
};

struct BatchIdentity {
  ProducerId producer = core::no_producer;
  std::int16_t epoch = -1;
  std::int32_t sequence = -1;
};

// A batch whose first key is the number that the ledger gives it, told to the ledger.
BatchNumber make_batch(Ledger& ledger, io::RandomNumbers& numbers, LogId log, WallTimeMs now,
                       BatchIdentity identity);

// Appends a batch at its owner and waits until it is durable.
Task<Result<core::Appended>> produce(core::Engine& home, LogId log, Bytes batch);

class PlainProducer final : public Client {
 public:
  using Client::Client;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;
};

// Sends up to five batches at once, and sends again in order what was not answered, also to the next process.
class IdempotentProducer final : public Client {
 public:
  using Client::Client;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;
  void begin_life() override { in_this_life_ = false; }

 private:
  Task<bool> choose(core::Engine& home);
  void add_batches(core::Engine& home);
  void forget_target();

  std::optional<Target> target_;
  ProducerId id_ = core::no_producer;
  std::int32_t next_sequence_ = 0;
  std::deque<BatchNumber> unanswered_;
  bool in_this_life_ = false;
};

// Sends requests with a key, as HTTP's Idempotency-Key is one, of a batch or a few: again until they are answered and sometimes after
// it, also to the next process, or twice at once.
class KeyedProducer final : public Client {
 public:
  using Client::Client;

  // Canary: the batches go without their key.
  void plant_lost_keys() { loses_keys_ = true; }

 protected:
  Task<void> act(Process& process, core::Engine& home) override;
  void begin_life() override { under_way_ = 0; }

 private:
  struct Request {
    core::IdempotencyDigest key;
    core::IdempotencyDigest what;
    std::vector<BatchNumber> batches;  // the pieces, by number
    std::uint64_t repetitions = 0;     // that are still to come when it was answered
    bool is_answered = false;
    bool is_over = false;  // a topic of it was deleted
  };
  using RequestPtr = std::shared_ptr<Request>;

  RequestPtr make_request(core::Engine& home);
  Task<Result<>> send(Process& process, core::Engine& home, RequestPtr request);
  // What is known of it is what was acknowledged, at least.
  void check_known(const Request& request, const core::KeyedBegin& begun,
                   const std::vector<bool>& was_acknowledged);
  Task<Result<>> complete(Process& process, core::Engine& home, RequestPtr request,
                          core::KeyedBegin begun);
  // With the key of another request.
  Task<Result<>> misuse_key(Process& process, core::Engine& home, RequestPtr request);

  RequestPtr request_;
  std::size_t under_way_ = 0;
  std::size_t sent_ = 0;
  bool loses_keys_ = false;
};

// Creates, changes and deletes topics whose names are its own.
class Administrator final : public Client {
 public:
  Administrator(Ledger& ledger, const Weather& weather, std::uint64_t seed, std::string prefix)
      : Client(ledger, weather, seed), prefix_(std::move(prefix)) {}

 protected:
  Task<void> act(Process& process, core::Engine& home) override;

 private:
  Task<Result<>> create(core::Engine& home, std::string name);
  Task<Result<>> add_partitions(core::Engine& home, std::string name);
  Task<Result<>> change_settings(core::Engine& home, std::string name);
  Task<Result<>> remove(core::Engine& home, std::string name);
  void settle(core::Engine& home, const std::string& name, bool answered, TopicState wanted);

  std::string prefix_;
};

// Deletes records, applies retention, writes checkpoints.
class Housekeeper final : public Client {
 public:
  using Client::Client;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;

 private:
  Task<void> delete_records(Process& process, core::Engine& home);
};

class Reader final : public Client {
 public:
  using Client::Client;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;
};

// A consumer that commits offsets without being a member, one group each, and reads them back.
class OffsetCommitter final : public Client {
 public:
  OffsetCommitter(Ledger& ledger, const Weather& weather, std::uint64_t seed, std::string group)
      : Client(ledger, weather, seed), group_(std::move(group)) {}

 protected:
  Task<void> act(Process& process, core::Engine& home) override;

 private:
  std::string group_;
};

// The only member of its group: joins, heartbeats, commits, leaves; stays a member over restarts.
class GroupMember final : public Client {
 public:
  GroupMember(Ledger& ledger, const Weather& weather, std::uint64_t seed, std::string group)
      : Client(ledger, weather, seed), group_(std::move(group)) {}

 protected:
  Task<void> act(Process& process, core::Engine& home) override;

 private:
  Task<void> join(Process& process, core::Engine& home);
  Task<void> heartbeat(core::Engine& home);
  Task<void> leave(core::Engine& home);

  std::string group_;
  std::string member_;  // empty: none
  std::int32_t generation_ = -1;
  MonotonicTime heard_;
};

class IdTaker final : public Client {
 public:
  using Client::Client;

 protected:
  Task<void> act(Process& process, core::Engine& home) override;
};

// Reading everything of a partition, at its owner.
Task<Result<FoundPartition>> read_partition(core::Engine& home, LogId log);
// The offset of the group for its one partition, at its owner.
Task<std::optional<std::int64_t>> fetch_offset(core::Engine& home, std::string group);

}  // namespace koine::simulation
