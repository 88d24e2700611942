#include "server/shard_thread.h"

#include <fmt/format.h>
#include <pthread.h>

#include <string>

namespace koine::server {

namespace {

std::string name_of(ShardId id) { return fmt::format("shard-{}", id.value()); }

}  // namespace

ShardThread::ShardThread(ShardId id)
    : shard_(id, reactor_), disk_(reactor_, {.name = fmt::format("disk-{}", id.value())}) {
  thread_ = std::jthread([this, id] {
    pthread_setname_np(pthread_self(), name_of(id).c_str());
    reactor_.run();
  });
}

void ShardThread::stop() {
  if (!thread_.joinable()) return;
  // After what was posted before.
  reactor_.post([this] { reactor_.stop(); });
  thread_.join();
}

}  // namespace koine::server
