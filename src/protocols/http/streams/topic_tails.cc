#include "protocols/http/streams/topic_tails.h"

#include "base/check.h"
#include "runtime/shard.h"

namespace koine::http {

TopicTails::~TopicTails() { CHECK(tails_.empty() && kept_bytes_ == 0); }

std::shared_ptr<TopicTail> TopicTails::follow(const core::TopicPtr& topic) {
  Followed& followed = tails_[topic->id];
  if (followed.tail == nullptr) {
    followed.tail = std::make_shared<TopicTail>(engine_, topic);
    engine_.shard().gate().spawn(TopicTail::run(followed.tail));
  }
  ++followed.followers;
  return followed.tail;
}

bool TopicTails::try_keep(std::size_t bytes) {
  if (kept_bytes_ + bytes > kept_batches_bytes_max) return false;
  kept_bytes_ += bytes;
  return true;
}

void TopicTails::leave(const core::TopicId& topic, const std::shared_ptr<TopicTail>& tail) {
  const auto found = tails_.find(topic);
  CHECK(found != tails_.end() && found->second.tail == tail);
  if (--found->second.followers > 0) return;
  tail->stop();
  tails_.erase(found);
}

}  // namespace koine::http
