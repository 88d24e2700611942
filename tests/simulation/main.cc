// simulation: runs crash simulations by seed, and says how each failure can be seen again.
//
//   simulation --count N    N new seeds, and the canaries
//   simulation --seed N     one seed, telling what happens
//   simulation --canary     the canaries alone: planted bugs that must be found
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "simulation.h"

namespace koine::simulation {
namespace {

constexpr std::uint64_t canary_seeds_max = 50;

struct Counts {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
};

std::string replay_line(std::uint64_t seed) { return fmt::format("./dev sim seed={}", seed); }

// A CHECK that fails ends the process: even then it is said which seed it was.
std::string seed_under_way;
void say_seed(int) {
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, seed_under_way.data(), seed_under_way.size());
}

// False: a promise was broken.
bool run_seed(const SimulationOptions& options, bool quiet) {
  seed_under_way = replay_line(options.seed) + "\n";
  auto simulation = std::make_unique<Simulation>(options);
  const auto violations = simulation->run();
  // What waits for ever would use what is destroyed.
  if (simulation->is_stuck()) static_cast<void>(simulation.release());
  if (!violations.empty() && !quiet) {
    constexpr std::size_t shown_max = 5;
    for (std::size_t n = 0; n < std::min(shown_max, violations.size()); ++n)
      fmt::print("  {}\n", violations[n]);
    fmt::print("{}\n", replay_line(options.seed));
    std::fflush(stdout);
  }
  return violations.empty();
}

void run_canary(Canary canary, std::string_view name, std::uint64_t base, Counts& counts) {
  for (std::uint64_t n = 0; n < canary_seeds_max; ++n) {
    // Without it the seed must be good: else something else would be found.
    const bool found =
        !run_seed({.seed = base + n, .canary = canary}, true) && run_seed({.seed = base + n}, true);
    if (!found) continue;
    fmt::print("canary {}: found with seed {}\n", name, n + 1);
    ++counts.passed;
    return;
  }
  fmt::print("canary {}: NOT found with {} seeds from {} on\n", name, canary_seeds_max, base);
  ++counts.failed;
}

void run_canaries(std::uint64_t base, Counts& counts) {
  run_canary(Canary::sync_lies, "sync_lies", base, counts);
  run_canary(Canary::lost_batch, "lost_batch", base, counts);
  run_canary(Canary::lost_message, "lost_message", base, counts);
  run_canary(Canary::lost_ack, "lost_ack", base, counts);
  run_canary(Canary::lost_binding, "lost_binding", base, counts);
  run_canary(Canary::short_lease, "short_lease", base, counts);
  run_canary(Canary::short_delay, "short_delay", base, counts);
  run_canary(Canary::lost_id, "lost_id", base, counts);
  run_canary(Canary::lost_key, "lost_key", base, counts);
}

void run_seeds(std::uint64_t base, std::uint64_t count, Counts& counts) {
  fmt::print("{} seeds from {} on\n", count, base);
  std::fflush(stdout);
  for (std::uint64_t n = 0; n < count; ++n) {
    if (run_seed({.seed = base + n}, false))
      ++counts.passed;
    else
      ++counts.failed;
  }
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stopped != text.data() + text.size()) return std::nullopt;
  return number;
}

int run(std::string_view word, std::optional<std::uint64_t> number) {
  const auto base = static_cast<std::uint64_t>(
      std::chrono::system_clock::now().time_since_epoch().count() / 1000 % 1'000'000'000);
  Counts counts;
  if (word == "--seed" && number) {
    if (run_seed({.seed = *number, .verbose = true}, false))
      ++counts.passed;
    else
      ++counts.failed;
  } else if (word == "--count" && number) {
    run_canaries(base, counts);
    run_seeds(base, *number, counts);
  } else if (word == "--canary") {
    run_canaries(base, counts);
  } else {
    fmt::print(stderr, "usage: simulation --count N | --seed N | --canary\n");
    return 2;
  }
  fmt::print("{} passed, {} failed\n", counts.passed, counts.failed);
  return counts.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace koine::simulation

int main(int argc, char** argv) {
  std::signal(SIGABRT, koine::simulation::say_seed);
  std::signal(SIGTRAP, koine::simulation::say_seed);
  const std::string_view word = argc > 1 ? argv[1] : "";
  return koine::simulation::run(word,
                                argc > 2 ? koine::simulation::number_in(argv[2]) : std::nullopt);
}
