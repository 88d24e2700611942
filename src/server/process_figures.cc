#include "server/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace koine::server {

namespace {

using core::Metric;

constexpr Metric cpu = {"process_cpu_seconds_total", "User and system time."};
constexpr Metric resident = {"process_resident_memory_bytes", "Resident memory."};
constexpr Metric max_descriptors = {"process_max_fds", "The limit of open files."};

constexpr Metric descriptors = {"process_open_fds", "Files and sockets that are open."};

std::size_t open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  // One is for looking.
  return error ? 0 : static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

void report_process(core::Figures& to) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  to.add(cpu, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
  // proc(5): the whole size and what is resident, in pages.
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t pages = 0;
  if (statm >> size >> pages) {
    to.add(resident, pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
  }
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  to.add(descriptors, open_descriptors());
  to.add(max_descriptors, limit.rlim_cur);
}

}  // namespace koine::server
