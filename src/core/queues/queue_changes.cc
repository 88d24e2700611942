#include "core/queues/queue_changes.h"

#include <algorithm>

#include "base/check.h"
#include "runtime/turn.h"

namespace koine::core {
namespace {

constexpr std::size_t entry_bytes_max = 64 * KiB;
constexpr Duration retry_interval = std::chrono::milliseconds(500);
// What nobody waits for goes together for so long. A crash meanwhile delivers it again, as it does while a commit is under way.
constexpr Duration gathering = std::chrono::milliseconds(2);
// In one turn.
constexpr std::size_t trims_max = 1'000;
// Runs that wait for the disk are put together above so many.
constexpr std::size_t tidy_runs = 16'384;

bool is_before(const QueueChanges::Settled& a, const QueueChanges::Settled& b) {
  if (a.level != b.level) return a.level->log_id() < b.level->log_id();
  return a.first < b.first;
}

// Sorted, neighbours as one.
void tidy(std::vector<QueueChanges::Settled>& runs) {
  if (runs.size() < 2) return;
  if (!std::ranges::is_sorted(runs, is_before)) std::ranges::sort(runs, is_before);
  auto last = runs.begin();
  for (auto run = std::next(last); run != runs.end(); ++run) {
    if (run->level == last->level && run->first == last->end()) {
      last->count += run->count;
      last->body_bytes += run->body_bytes;
    } else {
      *++last = *run;
    }
  }
  runs.erase(std::next(last), runs.end());
}

SettledRun saved_form(const QueueChanges::Settled& run) {
  return {.log = run.level->log_id(),
          .first = run.first,
          .count = run.count,
          .body_bytes = run.body_bytes};
}

void lower(std::optional<Offset>& bound, Offset offset) {
  bound = bound ? std::min(*bound, offset) : offset;
}

}  // namespace

QueueChanges::QueueChanges(io::Reactor& reactor, runtime::Gate& gate)
    : reactor_(reactor),
      gate_(gate),
      tidy_above_(tidy_runs),
      changed_(reactor),
      retry_(reactor),
      wanted_(reactor) {}

QueueChanges::~QueueChanges() {
  if (log_ != nullptr) log_->observe(nullptr);
}

void QueueChanges::attach(journal::Journal& journal, journal::Log& log) {
  CHECK(log_ == nullptr);
  journal_ = &journal;
  log_ = &log;
  log.observe(this);
  wake();
}

bool QueueChanges::has_pending() const {
  return !pending_.empty() || !earlier_.empty() || !failures_.empty() || started_is_pending_ ||
         !to_trim_.empty();
}

void QueueChanges::wake() {
  if (is_running_ || journal_ == nullptr || !has_pending()) return;
  is_running_ = true;
  gate_.spawn(run());
}

void QueueChanges::settled(QueueLevel& level, Offset from, Offset end, std::int64_t body_bytes) {
  LevelNotes& notes = level.notes();
  ++noted_;
  lower(notes.pending_from, from);
  if (notes.generation == generation_) {
    Settled& last = pending_[notes.last_run];
    if (last.end() == from || last.first == end) {
      last.first = std::min(last.first, from);
      last.count += end - from;
      last.body_bytes += body_bytes;
      return;
    }
  }
  if (pending_.size() > tidy_above_) {
    tidy(pending_);
    ++generation_;
    tidy_above_ = std::max(tidy_runs, 2 * pending_.size());
  }
  notes.generation = generation_;
  notes.last_run = static_cast<std::uint32_t>(pending_.size());
  pending_.push_back(
      {.level = &level, .first = from, .count = end - from, .body_bytes = body_bytes});
  wake();
}

void QueueChanges::failed(QueueLevel& level, Offset offset) {
  ++noted_;
  failures_.emplace(&level, offset);
  wake();
}

void QueueChanges::started() {
  ++noted_;
  started_is_pending_ = true;
  is_stopped_ = false;
  wanted_.notify_all();
  wake();
}

void QueueChanges::trim(QueueLevel& level) {
  level.notes().is_trim_wanted = true;
  note_trim(level);
  wake();
}

void QueueChanges::forget(QueueLevel& level) {
  const auto is_of_level = [&](const Settled& run) { return run.level == &level; };
  const auto failure_of_level = [&](const Failure& failure) { return failure.first == &level; };
  std::erase_if(pending_, is_of_level);
  ++generation_;
  std::erase_if(earlier_, is_of_level);
  std::erase_if(failures_, failure_of_level);
  std::erase(to_trim_, &level);
  for (Written& written : written_) {
    std::erase_if(written.settled, is_of_level);
    std::erase_if(written.failures, failure_of_level);
  }
}

void QueueChanges::forget(DeduplicationWindow& window) {
  for (Written& written : written_)
    std::erase_if(written.seen, [&](const Seen& seen) { return seen.window == &window; });
}

void QueueChanges::on_saved() {
  tidy(pending_);
  earlier_.insert(earlier_.end(), pending_.begin(), pending_.end());
  pending_.clear();
  ++generation_;
}

Task<Result<>> QueueChanges::durable() {
  const std::uint64_t wanted = noted_;
  ++waiting_;
  wanted_.notify_all();
  Result<> outcome = co_await durable(wanted);
  --waiting_;
  co_return outcome;
}

Task<Result<>> QueueChanges::durable(std::uint64_t wanted) {
  while (durable_ < wanted) {
    if (journal_ == nullptr) co_return fail(ErrorCode::closed, "the journal is closed");
    // A broken disk: nothing is tried again.
    if (!is_running_ && !has_pending()) {
      co_return fail(refusal_.value_or(Error(ErrorCode::closed, "the journal is closed")));
    }
    const std::uint64_t refusals = refusals_;
    co_await changed_.wait();
    if (refusals_ != refusals && durable_ < wanted) co_return fail(*refusal_);
  }
  co_return Result<>{};
}

Task<void> QueueChanges::gather() {
  // What is noted in this turn goes together in any case.
  co_await runtime::next_turn(reactor_);
  const MonotonicTime until = reactor_.now() + gathering;
  while (waiting_ == 0 && !started_is_pending_ && !is_closing_ && reactor_.now() < until) {
    co_await wanted_.wait(until);
  }
}

Task<void> QueueChanges::run() {
  while (has_pending() && journal_ != nullptr) {
    co_await gather();
    auto written = co_await write_once();
    if (!written) {
      ++refusals_;
      refusal_ = std::move(written).error();
      changed_.notify_all();
      if (is_closing_) break;
      co_await retry_.wait(reactor_.now() + retry_interval);
    }
    changed_.notify_all();
  }
  is_running_ = false;
  // What is neither pending nor on its way is durable, or its queue is gone.
  if (!has_pending() && std::ranges::all_of(written_, &Written::is_group)) durable_ = noted_;
  changed_.notify_all();
}

Task<Result<>> QueueChanges::write_once() {
  CO_TRY(co_await journal_->room());
  trim_levels();
  QueueChangeWriter writer;
  Written taken = take_pending(writer);
  if (writer.empty()) {
    durable_ = std::max(durable_, taken.covered);
    co_return Result<>{};
  }
  taken.offset = log_->next_offset();
  auto commit = append_entry(writer.view());
  if (!commit) {
    put_back(std::move(taken));
    co_return fail(std::move(commit).error());
  }
  written_.push_back(std::move(taken));
  co_return co_await journal::done(std::move(*commit));
}

Result<std::shared_ptr<journal::Commit>> QueueChanges::append_entry(ByteView entry) {
  const journal::Part part{.bytes = entry, .crc = std::nullopt};
  const journal::Append append{.log = log_,
                               .record_count = 1,
                               .timestamp_max = reactor_.wall_clock_ms(),
                               .body = {&part, 1}};
  return journal_->append({&append, 1});
}

QueueChanges::Written QueueChanges::take_pending(QueueChangeWriter& writer) {
  Written taken;
  if (std::exchange(started_is_pending_, false)) {
    taken.has_started = true;
    writer.started();
  }
  if (earlier_.empty()) {
    tidy(pending_);
    ++generation_;
    take_runs(pending_, writer, taken);
    tidy_above_ = tidy_runs;
  } else {
    take_runs(earlier_, writer, taken);
  }
  while (!failures_.empty() && writer.size() < entry_bytes_max) {
    const auto& [level, offset] = *failures_.begin();
    const auto known = level->state().failures.find(offset);
    if (known != level->state().failures.end()) {
      writer.failed(level->log_id(), offset, known->second);
      taken.failures.emplace_back(level, offset);
    }
    failures_.erase(failures_.begin());
  }
  const bool is_all = pending_.empty() && earlier_.empty() && failures_.empty();
  taken.covered = is_all ? noted_ : 0;
  return taken;
}

void QueueChanges::take_runs(std::vector<Settled>& from, QueueChangeWriter& writer,
                             Written& taken) {
  std::size_t count = 0;
  for (; count < from.size() && writer.size() < entry_bytes_max; ++count) {
    const Settled& run = from[count];
    writer.settled(saved_form(run));
    LevelNotes& notes = run.level->notes();
    lower(notes.writing_from, run.first);
    notes.pending_from.reset();
  }
  taken.settled.assign(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count));
  from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count));
  for (const auto* runs : {&pending_, &earlier_}) {
    for (const Settled& run : *runs) lower(run.level->notes().pending_from, run.first);
  }
}

void QueueChanges::put_back(Written written) {
  started_is_pending_ = started_is_pending_ || written.has_started;
  for (const Settled& run : written.settled) {
    LevelNotes& notes = run.level->notes();
    notes.writing_from.reset();
    lower(notes.pending_from, run.first);
  }
  earlier_.insert(earlier_.end(), written.settled.begin(), written.settled.end());
  failures_.insert(written.failures.begin(), written.failures.end());
}

void QueueChanges::note_trim(QueueLevel& level) {
  if (level.notes().is_trim_noted || !level.trim_point()) return;
  level.notes().is_trim_noted = true;
  to_trim_.push_back(&level);
}

void QueueChanges::trim_levels() {
  const auto end =
      to_trim_.begin() + static_cast<std::ptrdiff_t>(std::min(to_trim_.size(), trims_max));
  for (auto level = to_trim_.begin(); level != end; ++level) {
    const auto point = (*level)->trim_point();
    // Refused: the next change of the level tries again.
    if (point) (void)journal_->trim(*(*level)->log(), *point);
    (*level)->notes().is_trim_noted = (*level)->notes().is_trim_wanted = false;
  }
  to_trim_.erase(to_trim_.begin(), end);
}

Result<std::shared_ptr<journal::Commit>> QueueChanges::append(
    std::span<const journal::Append> entries, std::vector<Settled> settled,
    std::vector<Seen> seen) {
  if (journal_ == nullptr) return fail(ErrorCode::closed, "the journal is closed");
  if (settled.empty() && seen.empty()) return journal_->append(entries);
  tidy(settled);
  QueueChangeWriter writer;
  for (const Settled& run : settled) writer.settled(saved_form(run));
  for (const Seen& each : seen) writer.seen(each.queue, each.seen);
  const Offset offset = log_->next_offset();
  auto commit = append_group(entries, writer.view());
  if (!commit) {
    for (const Seen& each : seen) each.window->forget(each.seen.key);
    return commit;
  }
  written_.push_back(
      {.offset = offset, .is_group = true, .settled = std::move(settled), .seen = std::move(seen)});
  return commit;
}

Result<std::shared_ptr<journal::Commit>> QueueChanges::append_group(
    std::span<const journal::Append> entries, ByteView change) {
  const journal::Part part{.bytes = change, .crc = std::nullopt};
  std::vector<journal::Append> group(entries.begin(), entries.end());
  group.push_back({.log = log_,
                   .record_count = 1,
                   .timestamp_max = reactor_.wall_clock_ms(),
                   .body = {&part, 1}});
  return journal_->append(group);
}

void QueueChanges::apply_group(const Written& written) {
  for (const Settled& run : written.settled) {
    run.level->settle(run.first, run.end(), run.body_bytes);
    note_trim(*run.level);
  }
  for (const Seen& each : written.seen) each.window->keep(each.seen.key);
}

void QueueChanges::on_committed(Offset committed) {
  while (!written_.empty() && written_.front().offset < committed) {
    const Written written = std::move(written_.front());
    written_.pop_front();
    if (written.is_group) {
      apply_group(written);
      continue;
    }
    durable_ = std::max(durable_, written.covered);
    for (const Settled& run : written.settled) run.level->notes().writing_from.reset();
    for (const Settled& run : written.settled) note_trim(*run.level);
  }
  wake();
}

void QueueChanges::on_rolled_back(Offset committed) {
  while (!written_.empty() && written_.back().offset >= committed) {
    Written written = std::move(written_.back());
    written_.pop_back();
    for (const Seen& each : written.seen) each.window->forget(each.seen.key);
    if (!written.is_group) put_back(std::move(written));
  }
}

Task<void> QueueChanges::close(std::vector<QueueLevel*> levels) {
  if (journal_ == nullptr) co_return;
  is_closing_ = true;
  retry_.notify_all();
  wanted_.notify_all();
  while (is_running_) co_await changed_.wait();
  // Of what could not be written, a part may be possible now.
  if (auto stopped = co_await write_stop(std::move(levels)); stopped) is_stopped_ = true;
  log_->observe(nullptr);
  journal_ = nullptr;
  log_ = nullptr;
  changed_.notify_all();
}

Task<Result<>> QueueChanges::write_stop(std::vector<QueueLevel*> levels) {
  while (!pending_.empty() || !earlier_.empty() || !failures_.empty())
    CO_TRY(co_await write_once());
  std::size_t next = 0;
  do {
    QueueChangeWriter writer;
    for (; next < levels.size() && writer.size() < entry_bytes_max; ++next) {
      const QueueLevel& level = *levels[next];
      if (level.state().delivered > level.first_unsettled())
        writer.delivered(level.log_id(), level.state().delivered);
    }
    if (next == levels.size()) writer.stopped();
    CO_TRY(co_await journal_->room());
    CO_TRY(auto commit, append_entry(writer.view()));
    CO_TRY(co_await journal::done(std::move(commit)));
  } while (next < levels.size());
  co_return Result<>{};
}

}  // namespace koine::core
