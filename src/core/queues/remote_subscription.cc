#include "core/queues/remote_subscription.h"

namespace koine::core {
namespace {

Task<bool> cancel_there(std::shared_ptr<LinkSender> sender) {
  sender->cancel();
  co_return true;
}

Task<bool> cancel_and_return_there(std::shared_ptr<LinkSender> sender, Settlement::Kind kind) {
  sender->cancel_and_return(kind);
  co_return true;
}

}  // namespace

// The queue and its end of the link belong to the other shard: they are let go there.
RemoteSubscription::~RemoteSubscription() {
  receiver_->close();
  there_.reactor().post([sender = std::move(sender_)] { sender->cancel(); });
}

Task<void> RemoteSubscription::cancel() {
  const auto receiver = receiver_;
  // What the sender posts before its answer is here before the answer.
  (void)co_await runtime::call_on<bool>(here_, there_,
                                        [sender = sender_] { return cancel_there(sender); });
  receiver->finish();
}

Task<void> RemoteSubscription::cancel_and_return(Settlement::Kind kind) {
  receiver_->close();
  (void)co_await runtime::call_on<bool>(
      here_, there_, [sender = sender_, kind] { return cancel_and_return_there(sender, kind); });
}

}  // namespace koine::core
