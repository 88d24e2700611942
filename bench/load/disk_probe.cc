// What the disk itself can do: sequential writes of one size, each followed by fdatasync, into one
// file of `--dir`. The benchmark's "durable append rate" is a share of this figure.
//
//   disk_probe --dir DIR [--block-bytes N] [--total-bytes N]
//              [--layout fallocated|written|appended] [--io buffered|direct]
//
// fallocated: blocks reserved, extents unwritten. written: the file was filled with zeros and synced
// before. appended: the file grows with every write. Prints one line of JSON on standard output.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "generator.h"
#include "percentile.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string directory;
  size_t block_bytes;
  size_t total_bytes;
  std::string layout;
  std::string io;
};

struct FreeAligned {
  void operator()(char* block) const { std::free(block); }
};
using Block = std::unique_ptr<char, FreeAligned>;

// O_DIRECT wants memory aligned to the device's logical block; a page always is.
Block make_block(size_t bytes) {
  Block block{static_cast<char*>(std::aligned_alloc(4096, bytes))};
  if (!block) fail_errno("allocate a block");
  for (size_t i = 0; i < bytes; ++i) block.get()[i] = static_cast<char>(i * 2654435761U >> 13);
  return block;
}

void write_at(int file, char const* data, size_t bytes, size_t position) {
  auto const written = pwrite(file, data, bytes, static_cast<off_t>(position));
  if (written != static_cast<ssize_t>(bytes)) fail_errno("write");
}

void prepare(int file, Options const& options) {
  auto const total = static_cast<off_t>(options.total_bytes);
  if (options.layout == "fallocated" && fallocate(file, 0, 0, total) != 0) fail_errno("fallocate");
  if (options.layout == "written") {
    std::vector<char> const zeros(1 << 20, 0);
    for (size_t at = 0; at < options.total_bytes; at += zeros.size()) {
      write_at(file, zeros.data(), std::min(zeros.size(), options.total_bytes - at), at);
    }
  }
  if (fsync(file) != 0) fail_errno("fsync");
}

double seconds_of(timeval time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

void measure(int file, Options const& options) {
  auto const block = make_block(options.block_bytes);
  auto const count = options.total_bytes / options.block_bytes;
  std::vector<float> commit_us;
  commit_us.reserve(count);
  auto const cpu_before_s = cpu_s();
  auto const started = Clock::now();
  auto last = started;
  for (size_t i = 0; i < count; ++i) {
    write_at(file, block.get(), options.block_bytes, i * options.block_bytes);
    if (fdatasync(file) != 0) fail_errno("fdatasync");
    auto const now = Clock::now();
    commit_us.push_back(std::chrono::duration<float, std::micro>(now - last).count());
    last = now;
  }
  auto const wall_s = std::chrono::duration<double>(last - started).count();
  auto const used_s = cpu_s() - cpu_before_s;
  auto const gigabytes = static_cast<double>(count * options.block_bytes) / 1e9;
  std::printf(R"({"mb_per_s":%.1f,"p50_us":%.0f,"p99_us":%.0f,"cpu_s_per_gb":%.3f})"
              "\n",
              gigabytes * 1e3 / wall_s, percentile(commit_us, 0.5), percentile(commit_us, 0.99),
              used_s / gigabytes);
}

void run(Arguments const& arguments) {
  Options const options{
      .directory = arguments.text("dir"),
      .block_bytes = arguments.number("block-bytes", 1 << 20),
      .total_bytes = arguments.number("total-bytes", size_t{1} << 30),
      .layout = arguments.text("layout", "written"),
      .io = arguments.text("io", "buffered"),
  };
  arguments.finish();
  auto const path = options.directory + "/disk_probe.data";
  auto const file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) fail_errno("create " + path);
  unlink(path.c_str());
  prepare(file, options);
  if (options.io == "direct" && fcntl(file, F_SETFL, O_DIRECT) != 0) fail_errno("set O_DIRECT");
  measure(file, options);
  close(file);
}

}  // namespace

int main(int argc, char** argv) { return run_generator(argc, argv, run); }
