// `koine journal inspect`: what is in the files of a stopped server, and whether every checksum holds.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "cli/commands.h"
#include "cli/journal_format.h"
#include "io/real/asio_reactor.h"
#include "io/real/real_disk.h"
#include "journal/inspect.h"
#include "runtime/run.h"

namespace koine::cli {

namespace {

constexpr std::string_view shard_prefix = "shard-";

struct JournalFlags {
  std::string directory;
  bool entries = false;
  bool as_json = false;
  std::optional<std::uint64_t> log;
};

// The directories of the shards' journals below a data directory; or the directory itself, if it is one of those.
struct Place {
  std::string data_directory;  // where the lock is
  std::vector<std::string> journals;
};

Task<Result<Place>> find_journals(io::Disk& disk, std::string directory) {
  CO_TRY(const auto entries, co_await disk.list(directory));
  Place place{.data_directory = directory, .journals = {}};
  for (const auto& entry : entries) {
    if (entry.is_directory && entry.name.starts_with(shard_prefix)) {
      place.journals.push_back(directory + "/" + entry.name);
    }
  }
  if (place.journals.empty()) {
    place.journals.push_back(directory);
    place.data_directory = std::filesystem::path(directory).parent_path().string();
  }
  co_return place;
}

// Null where no server ever ran, as in a copy of the files: nothing is created there.
Task<Result<std::unique_ptr<io::DirectoryLock>>> lock(io::Disk& disk, std::string directory) {
  const auto entries = co_await disk.list(directory);
  const bool has_lock =
      entries && std::ranges::any_of(*entries, [](const auto& e) { return e.name == "lock"; });
  if (!has_lock) co_return nullptr;
  auto taken = disk.lock(directory);
  if (taken) co_return std::move(*taken);
  if (taken.error().code() != ErrorCode::conflict) co_return fail(std::move(taken).error());
  co_return fail(ErrorCode::conflict,
                 fmt::format("{}: {}; stop the server first", directory, taken.error().message()));
}

Task<Result<>> inspect_all(io::Disk& disk, JournalFlags flags) {
  CO_TRY(const Place place, co_await find_journals(disk, flags.directory));
  CO_TRY(const auto held, co_await lock(disk, place.data_directory));
  const JournalFormat format = flags.as_json ? JournalFormat::json : JournalFormat::text;
  std::optional<LogId> log;
  if (flags.log) log = LogId(*flags.log);
  journal::EntryVisitor visit;
  if (flags.entries) {
    visit = [&](const journal::ChunkReport& chunk, std::uint32_t position,
                const journal::EntryHeader& header) {
      if (!log || *log == header.log) {
        fmt::print("{}\n", print_entry(chunk, position, header, format));
      }
    };
  }
  std::size_t damaged = 0;
  for (const std::string& directory : place.journals) {
    CO_TRY(const auto report, co_await journal::inspect(disk, directory, visit));
    fmt::print("{}", print_journal(report, log, format));
    if (report.is_damaged()) ++damaged;
  }
  if (damaged > 0) {
    co_return fail(ErrorCode::corrupt,
                   fmt::format("{} of {} journals are damaged", damaged, place.journals.size()));
  }
  co_return Result<>{};
}

Result<> inspect(const JournalFlags& flags) {
  JournalFlags normal = flags;
  // Absolute, so that a shard's directory has a parent; without a slash at its end.
  std::error_code error;
  const auto absolute = std::filesystem::absolute(flags.directory, error).lexically_normal();
  normal.directory = (absolute.has_filename() ? absolute : absolute.parent_path()).string();
  io::AsioReactor reactor;
  io::RealDisk disk(reactor);
  return runtime::run_until_done(reactor, inspect_all(disk, normal));
}

}  // namespace

void add_journal(CLI::App& app, Invocation& invocation) {
  CLI::App* journal = app.add_subcommand("journal", "Look into the files of a stopped server");
  journal->require_subcommand(1);
  CLI::App* command = journal->add_subcommand(
      "inspect", "Read a journal and verify every checksum; exit status 1 if there is damage");
  auto flags = std::make_shared<JournalFlags>();
  command->add_option("directory", flags->directory, "a data directory, or one shard's below it")
      ->required();
  command->add_flag("--entries", flags->entries, "print a line for every entry, too");
  command->add_option("--log", flags->log, "only this log, as 2000 or 0x7d0");
  command->add_flag("--json", flags->as_json, "print JSON, one object in each line");
  command->callback(
      [&invocation, flags] { invocation.action = [flags] { return inspect(*flags); }; });
}

}  // namespace koine::cli
