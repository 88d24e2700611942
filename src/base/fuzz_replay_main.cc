// The main function of a fuzzer where libFuzzer is not linked: runs it once on each file of its
// corpus, so that every input that ever found a bug stays a regression test.
//
// Usage: <fuzzer> FILE-OR-FOLDER...     A missing or empty corpus is a failure.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

void replay(fs::path const& file) {
  // Named before it runs: a crash must tell which input caused it.
  std::fprintf(stderr, "replaying %s\n", file.c_str());
  std::ifstream stream(file, std::ios::binary);
  std::string const bytes{std::istreambuf_iterator<char>(stream), {}};
  // A copy of exactly this size on the heap, so that the address sanitizer sees any overrun.
  std::vector<std::uint8_t> const input(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

int replay_all(std::vector<std::string> const& arguments) {
  std::size_t replayed = 0;
  for (fs::path const argument : arguments) {
    if (!fs::exists(argument)) {
      std::fprintf(stderr, "%s: no such corpus; add at least one input\n", argument.c_str());
      return 1;
    }
    if (!fs::is_directory(argument)) {
      replay(argument);
      ++replayed;
      continue;
    }
    for (auto const& entry : fs::directory_iterator(argument)) {
      if (entry.is_regular_file()) {
        replay(entry.path());
        ++replayed;
      }
    }
  }
  std::printf("replayed %zu inputs\n", replayed);
  return replayed == 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return replay_all({argv + 1, argv + argc});
  } catch (std::exception const& failure) {
    std::fprintf(stderr, "replay failed: %s\n", failure.what());
    return 1;
  }
}
