// How fast entries become durable through the journal alone: no protocol, no network. Run with a directory on the disk
// to be measured as TMPDIR.
#include "journal/journal.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/crc32c.h"
#include "io/real/asio_reactor.h"
#include "io/real/real_disk.h"
#include "journal/log_id.h"
#include "runtime/gate.h"
#include "runtime/run.h"

namespace koine::journal {
namespace {

class NoState final : public StateOwner {
 public:
  std::vector<std::byte> save() override { return {}; }
  Result<> restore(ByteView /*saved*/) override { return {}; }
  Result<> replay(const ReplayedEntry& /*entry*/) override { return {}; }
};

Task<void> append_one(Journal& journal, Log& log, const std::vector<Part>& parts,
                      std::size_t& left) {
  while (left > 0) {
    --left;
    CHECK(co_await journal.room());
    const std::vector<Append> entries{
        Append{.log = &log, .record_count = 1, .timestamp_max = 0, .body = parts}};
    auto commit = journal.append(entries);
    CHECK(commit.has_value());
    CHECK(co_await done(std::move(*commit)));
  }
}

Task<void> append_all(Journal& journal, const std::vector<Part>& parts, std::size_t count,
                      std::size_t in_flight) {
  runtime::Gate gate;
  Log& log = journal.ensure(make_log_id(ShardId(0), first_dynamic_log));
  for (std::size_t i = 0; i < in_flight; ++i) gate.spawn(append_one(journal, log, parts, count));
  co_await gate.close();
}

void append_durably(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto in_flight = static_cast<std::size_t>(state.range(1));
  std::string directory =
      std::string(std::filesystem::temp_directory_path()) + "/koine-bench-XXXXXX";
  CHECK(::mkdtemp(directory.data()) != nullptr);
  {
    io::AsioReactor reactor;
    io::RealDisk disk(reactor);
    NoState owner;
    auto journal = runtime::run_until_done(
        reactor, Journal::open(reactor, disk, {.directory = directory + "/shard-0"}, owner));
    CHECK(journal.has_value());
    const std::string body(size, 'x');
    const std::vector<Part> parts{Part{.bytes = as_bytes(body), .crc = crc32c(as_bytes(body))}};
    constexpr std::size_t round_bytes = 256 * MiB;
    const std::size_t count = std::min<std::size_t>(round_bytes / size, 100'000);
    for (auto _ : state)
      runtime::run_until_done(reactor, append_all(**journal, parts, count, in_flight));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * count * size));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * count));
    runtime::run_until_done(reactor, (*journal)->close());
  }
  std::filesystem::remove_all(directory);
}

BENCHMARK(append_durably)
    ->Args({1024, 1})
    ->Args({1024, 64})
    ->Args({64 * 1024, 16})
    ->Args({1024 * 1024, 16})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace koine::journal
