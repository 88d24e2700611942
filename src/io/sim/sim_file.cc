#include "io/sim/sim_file.h"

#include <algorithm>
#include <bit>

#include "io/delay.h"

namespace koine::io {

namespace {

std::unexpected<Error> crashed(const std::string& what) {
  return fail(ErrorCode::closed, what + ": the machine has crashed");
}

}  // namespace

SimMoments pick_moments(const SimPlace& place, MonotonicTime earliest) {
  const MonotonicTime start = std::max(place.reactor->now(), earliest);
  const Duration latency = place.storage->random_latency();
  const Duration before = place.storage->world().random_duration(Duration{0}, latency);
  return {.effect = start + before, .end = start + latency};
}

Task<Result<>> simulate(SimPlace place, SimMoments moments, SimOperation operation,
                        std::string what, SimStorage::Effects effects) {
  co_await Delay(*place.reactor, moments.effect);
  if (place.is_dead()) co_return crashed(what);
  auto result = place.storage->perform(operation, what, effects);
  co_await Delay(*place.reactor, moments.end);
  if (place.is_dead()) co_return crashed(what);
  co_return result;
}

Result<> SimFile::Handle::check_aligned(std::uint64_t offset, ByteView memory) const {
  if (caching != Caching::direct) return {};
  const auto address = std::bit_cast<std::uintptr_t>(memory.data());
  if ((offset | memory.size() | address) % direct_alignment != 0) {
    return fail(ErrorCode::io_error, path + ": invalid argument (unaligned direct access)");
  }
  return {};
}

Result<> SimFile::Handle::check_write(std::uint64_t offset,
                                      const std::vector<ByteView>& parts) const {
  if (mode == OpenMode::read)
    return fail(ErrorCode::io_error, "writing " + path + ": bad file descriptor");
  for (const ByteView part : parts) {
    TRY(check_aligned(offset, part));
    offset += part.size();
  }
  return {};
}

SimMoments SimFile::pick_writing_moments(Handle& handle) {
  const SimMoments moments = pick_moments(handle.place, handle.writer_free_at);
  handle.writer_free_at = moments.end;
  return moments;
}

Task<Result<>> SimFile::write_at(SharedHandle handle, SimMoments moments, std::uint64_t offset,
                                 std::vector<ByteView> parts) {
  CO_TRY(handle->check_write(offset, parts));
  SimStorage& storage = *handle->place.storage;
  SimStorage::Effects effects{
      .success = [&] { return storage.write(*handle->inode, handle->path, offset, parts); },
      .failure = [&] { storage.write_in_part(*handle->inode, offset, parts); },
  };
  auto writing = simulate(handle->place, moments, SimOperation::write, "writing " + handle->path,
                          std::move(effects));
  co_return co_await writing;
}

Task<Result<>> SimFile::sync_at(SharedHandle handle, SimMoments moments) {
  SimStorage& storage = *handle->place.storage;
  SimStorage::Effects effects{
      .success = [&]() -> Result<> {
        storage.sync(*handle->inode);
        return {};
      },
      .failure = [&] { storage.lose_track(*handle->inode); },
  };
  auto syncing = simulate(handle->place, moments, SimOperation::sync, "syncing " + handle->path,
                          std::move(effects));
  co_return co_await syncing;
}

Task<Result<std::size_t>> SimFile::run_read(SharedHandle handle, std::uint64_t offset,
                                            MutableByteView into) {
  CO_TRY(handle->check_aligned(offset, into));
  std::size_t count = 0;
  SimStorage::Effects effects{
      .success = [&]() -> Result<> {
        count = handle->inode->read(offset, into);
        return {};
      },
      .failure = {},
  };
  auto reading = simulate(handle->place, pick_moments(handle->place), SimOperation::read,
                          "reading " + handle->path, std::move(effects));
  CO_TRY(co_await reading);
  co_return count;
}

Task<Result<>> SimFile::run_write(SharedHandle handle, std::uint64_t offset,
                                  std::vector<ByteView> parts) {
  const SimMoments moments = pick_writing_moments(*handle);
  auto writing = write_at(handle, moments, offset, std::move(parts));
  co_return co_await writing;
}

Task<Result<>> SimFile::run_sync(SharedHandle handle) {
  auto syncing = sync_at(handle, pick_writing_moments(*handle));
  co_return co_await syncing;
}

Task<Result<>> SimFile::run_write_and_sync(SharedHandle handle, std::uint64_t offset,
                                           std::vector<ByteView> parts) {
  const SimMoments write_moments = pick_writing_moments(*handle);
  const SimMoments sync_moments = pick_writing_moments(*handle);
  auto writing = write_at(handle, write_moments, offset, std::move(parts));
  CO_TRY(co_await writing);
  auto syncing = sync_at(handle, sync_moments);
  co_return co_await syncing;
}

Task<Result<>> SimFile::run_truncate(SharedHandle handle, std::uint64_t size) {
  const SimMoments moments = pick_writing_moments(*handle);
  CO_TRY(handle->check_write(0, {}));
  SimStorage::Effects effects{
      .success = [&]() -> Result<> {
        handle->inode->truncate(size);
        return {};
      },
      .failure = {},
  };
  auto truncating = simulate(handle->place, moments, SimOperation::write,
                             "truncating " + handle->path, std::move(effects));
  co_return co_await truncating;
}

Task<Result<std::uint64_t>> SimFile::run_size(SharedHandle handle) {
  std::uint64_t size = 0;
  SimStorage::Effects effects{
      .success = [&]() -> Result<> {
        size = handle->inode->size();
        return {};
      },
      .failure = {},
  };
  auto measuring = simulate(handle->place, pick_moments(handle->place), SimOperation::read,
                            "measuring " + handle->path, std::move(effects));
  CO_TRY(co_await measuring);
  co_return size;
}

Task<Result<std::size_t>> SimFile::read(std::uint64_t offset, MutableByteView into) {
  return run_read(handle_, offset, into);
}

Task<Result<>> SimFile::write(std::uint64_t offset, std::vector<ByteView> parts) {
  return run_write(handle_, offset, std::move(parts));
}

Task<Result<>> SimFile::sync() { return run_sync(handle_); }

Task<Result<>> SimFile::write_and_sync(std::uint64_t offset, std::vector<ByteView> parts) {
  return run_write_and_sync(handle_, offset, std::move(parts));
}

Task<Result<>> SimFile::truncate(std::uint64_t size) { return run_truncate(handle_, size); }

Task<Result<std::uint64_t>> SimFile::size() { return run_size(handle_); }

}  // namespace koine::io
