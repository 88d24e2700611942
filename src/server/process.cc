#include "server/process.h"

#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "base/check.h"

namespace koine::server {

namespace {

sigset_t held_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

std::uint64_t raise_open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

void limit_memory_arenas(std::size_t shard_count) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc sets a number, under its lock.
  mallopt(M_ARENA_MAX, static_cast<int>(shard_count) + 1);
}

std::size_t usable_processors() {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  if (sched_getaffinity(0, sizeof processors, &processors) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&processors), 1));
}

void hold_signals() {
  const sigset_t signals = held_signals();
  CHECK(pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
  CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

ProcessSignal wait_for_signal() {
  const sigset_t signals = held_signals();
  int received = 0;
  CHECK(sigwait(&signals, &received) == 0);
  return received == SIGHUP ? ProcessSignal::reload : ProcessSignal::stop;
}

}  // namespace koine::server
