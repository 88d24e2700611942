#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "journal/recovery.h"
#include "journal/shard_journal.h"

namespace koine::journal {
namespace {

// A clean end is worth a checkpoint of its own when replaying would take longer than writing one.
constexpr std::uint32_t checkpoint_at_close_bytes = 4 * MiB;
// What nobody uses for so long, at most twice, is given up.
constexpr Duration idle_interval = std::chrono::seconds(2);

Result<> check_options(const Options& options) {
  if (options.chunk_bytes < MiB || options.chunk_bytes > GiB) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("chunk_bytes: found {}, expected 1 MiB to 1 GiB", options.chunk_bytes));
  }
  if (options.cache_bytes < 4 * MiB) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("cache_bytes: found {}, expected at least 4 MiB", options.cache_bytes));
  }
  return {};
}

}  // namespace

ShardJournal::ShardJournal(io::Reactor& reactor, io::Disk& disk, Options options, StateOwner& owner)
    : reactor_(reactor),
      disk_(disk),
      options_(std::move(options)),
      owner_(owner),
      cache_(options_.cache_bytes),
      reader_(reactor, disk, cache_, [this](const std::string& sentence) { notice(sentence); }),
      tail_(cache_),
      filling_(std::make_shared<Commit>(reactor)),
      work_(reactor),
      roomy_(reactor),
      checkpoint_written_(reactor),
      reclaim_wanted_(reactor) {
  // What waits to be written must not push everything else out of the cache.
  options_.uncommitted_bytes_max =
      std::min(options_.uncommitted_bytes_max, options_.cache_bytes / 2);
}

Task<Result<std::unique_ptr<Journal>>> Journal::open(io::Reactor& reactor, io::Disk& disk,
                                                     Options options, StateOwner& owner) {
  CO_TRY(check_options(options));
  auto journal = std::make_unique<ShardJournal>(reactor, disk, std::move(options), owner);
  CO_TRY(co_await journal->open());
  co_return journal;
}

Task<Result<>> ShardJournal::open() {
  CO_TRY(co_await disk_.make_directory(options_.directory));
  const std::string parent = options_.directory.substr(0, options_.directory.rfind('/'));
  CO_TRY(co_await disk_.sync_directory(parent));
  CO_TRY(co_await open_identity());
  Recovery recovery(*this);
  CO_TRY(co_await recovery.run());
  if (!tail_.chunk() || tail_.chunk()->footer) {
    const std::uint64_t sequence = recovery.next_sequence();
    CO_TRY(co_await prepare_next_chunk(sequence));
    CO_TRY(co_await begin_next_chunk(sequence));
  }
  gate_.spawn(run_commits());
  gate_.spawn(reclaim_loop());
  gate_.spawn(clean_loop());
  co_return Result<>{};
}

Task<Result<>> ShardJournal::open_identity() {
  CO_TRY(auto identity, co_await read_identity(disk_, options_.directory));
  if (!identity) {
    const auto now = static_cast<std::uint64_t>(reactor_.now().time_since_epoch().count());
    const auto wall = static_cast<std::uint64_t>(reactor_.wall_clock_ms());
    identity = Identity{.journal = (wall * 0x9E3779B97F4A7C15ULL) ^ now ^ options_.shard.value(),
                        .epoch = 0};
  }
  // The low half counts rollbacks within this opening.
  identity->epoch = ((identity->epoch >> 32U) + 1) << 32U;
  identity_ = *identity;
  co_return co_await write_identity(disk_, options_.directory, identity_);
}

ShardJournal::~ShardJournal() {
  if (idle_timer_ != io::TimerId::none) reactor_.cancel(idle_timer_);
}

void ShardJournal::watch_for_idleness() {
  if (idle_timer_ != io::TimerId::none) return;
  idle_timer_ = reactor_.call_at(reactor_.now() + idle_interval, [this] { on_idle_timer(); });
}

void ShardJournal::on_idle_timer() {
  idle_timer_ = io::TimerId::none;
  if (!cache_.give_up_unused()) watch_for_idleness();
}

Task<void> ShardJournal::close() {
  while (!filling_->effects.empty() && !broken_) {
    const auto last = filling_;
    const auto outcome = co_await done(last);
    static_cast<void>(outcome);
  }
  if (!broken_ && tail_.end() > checkpoint_at_close_bytes) {
    if (auto written = co_await checkpoint(); !written) {
      notice(fmt::format("no checkpoint at the end: {}", written.error().to_string()));
    }
  }
  closing_ = true;
  work_.notify_all();
  roomy_.notify_all();
  reclaim_wanted_.notify_all();
  co_await gate_.close();
  co_await reader_.close();
}

Statistics ShardJournal::statistics() const {
  Statistics statistics = statistics_;
  statistics.chunks = chunks_.size() + 1;
  statistics.disk_bytes = filled_;
  for (const auto& [sequence, chunk] : chunks_) {
    statistics.disk_bytes += chunk->footer->file_size;
    statistics.live_bytes += chunk->extent_bytes;
  }
  statistics.cache_bytes = cache_.bytes();
  statistics.cache_hits = reader_.hits();
  statistics.cache_misses = reader_.misses();
  return statistics;
}

Task<Result<Bytes>> load_whole(Journal& journal, EntryRef entry) {
  const std::uint32_t size = entry.item.body_size;
  std::shared_ptr<std::byte[]> whole;
  for (std::size_t at = 0; at < size;) {
    // Not longer than a pass: no block is held while the next one is loaded.
    CO_TRY(auto part, co_await journal.load(entry, static_cast<std::uint32_t>(at)));
    if (part.size() == size) co_return part;
    if (!whole) whole = std::make_shared_for_overwrite<std::byte[]>(size);
    std::memcpy(whole.get() + at, part.data(), part.size());
    at += part.size();
  }
  co_return Bytes(std::move(whole), 0, size);
}

}  // namespace koine::journal
