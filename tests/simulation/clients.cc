#include "clients.h"

#include <fmt/format.h>

#include <algorithm>

namespace koine::simulation {
namespace {

constexpr std::uint64_t pause_max_us = 5'000;

}  // namespace

// Processes outlive their clients' tasks.
Task<void> Client::run(Process& process) {
  begin_life();
  runtime::Shard& shard = process.shard(numbers_.below(process.shard_count()));
  core::Engine& home = process.engine(shard.id().value());
  while (!process.is_stopping()) {
    co_await act(process, home);
    co_await shard.sleep_for(std::chrono::microseconds(numbers_.below(pause_max_us)));
  }
  co_await end_life(home);
}

// Nothing to do for most.
Task<void> Client::end_life(core::Engine& home) {
  static_cast<void>(home);
  co_return;
}

std::optional<Client::Target> Client::choose_target(const core::Engine& home) {
  std::vector<core::TopicPtr> topics;
  for (const auto& [name, topic] : home.catalog().topics()) {
    if (name.starts_with(topics_prefix)) topics.push_back(topic);
  }
  if (topics.empty()) return std::nullopt;
  const core::TopicPtr& topic = topics[numbers_.below(topics.size())];
  return Target{.topic = topic, .log = topic->partitions[numbers_.below(topic->partitions.size())]};
}

void Client::check_refusal(const Process& process, const std::string& what, const Error& error) {
  if (process.is_dead() || process.is_stopping()) return;
  switch (error.code()) {
    case ErrorCode::not_found:     // the topic was deleted meanwhile
    case ErrorCode::out_of_range:  // the records were
      return;
    case ErrorCode::no_space:
      if (weather_.disk_may_be_full) return;
      break;
    case ErrorCode::io_error:
      if (weather_.disk_may_fail) return;
      break;
    default: break;
  }
  ledger_.violation(fmt::format("{} was refused: {}", what, error.to_string()));
}

}  // namespace koine::simulation
