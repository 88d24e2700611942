// TopicTails: the tails of one shard, by topic. A member of BrokerResources; outlives all who follow one.
#pragma once

#include <cstddef>
#include <map>
#include <memory>

#include "core/engine.h"
#include "protocols/http/streams/topic_tail.h"

namespace koine::http {

// A dozen readers that catch up at once; the others read their batches once for each part of them.
inline constexpr std::size_t kept_batches_bytes_max = 16 * MiB;

class TopicTails {
 public:
  explicit TopicTails(core::Engine& engine) : engine_(engine) {}
  TopicTails(const TopicTails&) = delete;
  TopicTails& operator=(const TopicTails&) = delete;
  ~TopicTails();

  // One follower more: the topic's tail, started if there is none. Give it back to leave().
  std::shared_ptr<TopicTail> follow(const core::TopicPtr& topic);
  void leave(const core::TopicId& topic, const std::shared_ptr<TopicTail>& tail);

  // For batches that cursors have read a part of, all together; give back what was taken. False: there is no room.
  bool try_keep(std::size_t bytes);
  void give_back(std::size_t bytes) { kept_bytes_ -= bytes; }

  core::Engine& engine() const { return engine_; }
  std::size_t size() const { return tails_.size(); }

 private:
  struct Followed {
    std::shared_ptr<TopicTail> tail;
    std::size_t followers = 0;
  };
  core::Engine& engine_;
  std::map<core::TopicId, Followed> tails_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace koine::http
