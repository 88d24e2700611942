// The file `identity` in a data directory: what must stay the same for as long as the data lives.
//
//   koine data directory
//   format 1
//   shards 2
//   cluster_id 4mTq0tcrQ8yWz3v0l3Kb1A
//
// Written once, when the directory is first used; shard 0 reads it before anything else is opened. Text, so that an operator
// can see what it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/task.h"
#include "io/disk.h"
#include "io/random.h"

namespace koine::core {

inline constexpr std::uint32_t data_format = 1;

struct DataIdentity {
  std::uint32_t format = data_format;
  std::uint32_t shard_count = 1;
  std::string cluster_id;  // 22 characters: 16 random bytes in base64url

  std::string to_text() const;
  // Errors: corrupt.
  static Result<DataIdentity> parse(std::string_view text);
};

// The identity of the directory, which exists; made now if there is none. Errors: invalid_argument (made with another
// number of shards: says the setting), unsupported (a newer format), corrupt, io_error, no_space.
Task<Result<DataIdentity>> open_identity(io::Disk& disk, io::Random& random, std::string directory,
                                         std::uint32_t shard_count);

}  // namespace koine::core
