// Lessee: who leases messages for a time (timed_leases.h): while it waits it is a consumer as any other, in turn with those of
// connections; when it has got something, it leaves, and its messages stay leased until they are settled or late.
//
//   lease(): enters the queue's turns -> take, take, ...                 filled, or nothing more is ready: done
//                                     -> nothing until the deadline      done, with nothing
//
// On the queue's shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/units.h"
#include "core/queues/queue_client.h"
#include "core/queues/subscription.h"
#include "runtime/signal.h"

namespace koine::core {

// A message that was leased, with what its lease is settled by.
struct LeasedMessage {
  GotMessage message;
  std::uint64_t number = 0;
};

class Lessee final : public DeliverySink {
 public:
  Lessee(io::Reactor& reactor, std::uint32_t messages_max)
      : changed_(reactor), most_(messages_max) {}

  bool has_room() const override {
    return !is_done_ && messages_.size() < most_ && bytes_ < bytes_max;
  }
  void take(const Delivery& delivery) override;
  void on_end(SubscriptionEnd) override { finish(); }

  // No more comes: it has all that it wanted, or there is nothing more, or nobody waits for it.
  void finish();
  bool is_done() const { return is_done_; }
  bool is_full() const { return messages_.size() >= most_ || bytes_ >= bytes_max; }
  bool has_any() const { return !messages_.empty(); }
  runtime::Signal& changed() { return changed_; }
  std::vector<GotMessage>& messages() { return messages_; }

 private:
  // What one answer holds.
  static constexpr std::size_t bytes_max = 4 * MiB;

  runtime::Signal changed_;
  std::uint32_t most_;
  std::vector<GotMessage> messages_;
  std::size_t bytes_ = 0;
  bool is_done_ = false;
};

}  // namespace koine::core
