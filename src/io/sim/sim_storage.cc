#include "io/sim/sim_storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace koine::io {

std::string SimStorage::normal(const std::string& path) {
  std::string text = path.starts_with('/') ? path : "/" + path;
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

std::string SimStorage::parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool SimStorage::is_directory(const std::string& path) const {
  if (path == "/") return true;
  const auto found = current_.find(path);
  return found != current_.end() && found->second->is_directory();
}

void SimStorage::apply(const NameChange& change, Names& names) {
  if (!change.vanished.empty()) names.erase(change.vanished);
  if (!change.appeared.empty()) names[change.appeared] = change.inode;
}

void SimStorage::change(NameChange change) {
  apply(change, current_);
  unsynced_.push_back(std::move(change));
}

void SimStorage::crash() {
  ++life_;
  for (const NameChange& change : unsynced_) {
    if (world_.numbers().coin()) apply(change, durable_);
  }
  unsynced_.clear();
  // The names are sorted: a directory comes before what is in it, and takes it with it.
  current_.clear();
  for (const auto& [path, inode] : durable_) {
    if (is_directory(parent_of(path))) current_.emplace(path, inode);
  }
  durable_ = current_;
  for (const auto& [path, inode] : current_) inode->crash(world_.numbers());
  locks_.clear();
  if (crash_callback_) crash_callback_();
}

void SimStorage::kill() {
  ++life_;
  locks_.clear();
}

bool SimStorage::fails(SimOperation operation) {
  switch (operation) {
    case SimOperation::read: return world_.numbers().chance(faults_.read_error_chance);
    case SimOperation::write: return world_.numbers().chance(faults_.write_error_chance);
    case SimOperation::sync: return world_.numbers().chance(faults_.sync_error_chance);
    case SimOperation::name: return world_.numbers().chance(faults_.name_error_chance);
  }
  return false;
}

Result<> SimStorage::perform(SimOperation operation, const std::string& what,
                             const Effects& effects) {
  const std::uint64_t number = operations_++;
  if (faults_.crashing_operation == number) {
    if (world_.numbers().coin()) (void)effects.success();
    crash();
    return fail(ErrorCode::closed, what + ": the machine has crashed");
  }
  if (faults_.failing_operation == number || fails(operation)) {
    if (effects.failure) effects.failure();
    return fail(ErrorCode::io_error, what + ": input/output error (simulated)");
  }
  return effects.success();
}

Duration SimStorage::random_latency() {
  return world_.random_duration(faults_.latency_min, faults_.latency_max);
}

Result<std::shared_ptr<SimInode>> SimStorage::find_file(const std::string& path) const {
  const auto found = current_.find(normal(path));
  if (found == current_.end())
    return fail(ErrorCode::not_found, path + ": no such file or directory");
  if (found->second->is_directory()) return fail(ErrorCode::io_error, path + ": is a directory");
  return found->second;
}

Result<std::vector<std::byte>> SimStorage::contents(const std::string& path) const {
  TRY(const auto inode, find_file(path));
  std::vector<std::byte> bytes(inode->size());
  inode->read(0, bytes);
  return bytes;
}

Result<> SimStorage::flip_bit(const std::string& path, std::uint64_t offset, unsigned bit) {
  TRY(const auto inode, find_file(path));
  if (offset >= inode->size()) return fail(ErrorCode::out_of_range, path + ": the file is shorter");
  inode->flip_bit(offset, bit);
  return {};
}

Result<std::shared_ptr<SimInode>> SimStorage::open(const std::string& path, OpenMode mode) {
  if (mode != OpenMode::create) return find_file(path);
  const std::string name = normal(path);
  if (current_.contains(name)) return fail(ErrorCode::already_exists, path + ": file exists");
  const std::string parent = parent_of(name);
  if (!is_directory(parent))
    return fail(ErrorCode::not_found, path + ": no such file or directory");
  auto inode = new_inode(SimInode::Kind::file);
  change({.directory = parent, .vanished = {}, .appeared = name, .inode = inode});
  return inode;
}

Result<> SimStorage::write(SimInode& inode, const std::string& path, std::uint64_t offset,
                           const std::vector<ByteView>& parts) {
  const std::uint64_t pages_max = faults_.capacity_bytes / SimInode::page_bytes;
  for (const ByteView part : parts) {
    if (inode.write(offset, part, pages_max) < part.size()) {
      return fail(ErrorCode::no_space, "writing " + path + ": no space left on device");
    }
    offset += part.size();
  }
  return {};
}

void SimStorage::write_in_part(SimInode& inode, std::uint64_t offset,
                               const std::vector<ByteView>& parts) {
  const std::uint64_t pages_max = faults_.capacity_bytes / SimInode::page_bytes;
  for (const ByteView part : parts) {
    if (world_.numbers().coin()) {
      inode.write(offset, part.first(world_.numbers().between(0, part.size())), pages_max);
      return;
    }
    if (inode.write(offset, part, pages_max) < part.size()) return;
    offset += part.size();
  }
}

void SimStorage::sync(SimInode& inode) {
  if (!faults_.sync_lies) inode.make_durable();
}

Result<> SimStorage::rename(const std::string& from, const std::string& to) {
  TRY(auto inode, find_file(from));
  const std::string target = normal(to);
  const std::string parent = parent_of(target);
  if (!is_directory(parent)) return fail(ErrorCode::not_found, to + ": no such file or directory");
  if (is_directory(target)) return fail(ErrorCode::io_error, to + ": is a directory");
  if (normal(from) == target) return {};
  change({.directory = parent,
          .vanished = normal(from),
          .appeared = target,
          .inode = std::move(inode)});
  return {};
}

Result<> SimStorage::remove(const std::string& path) {
  TRY(find_file(path));
  const std::string name = normal(path);
  change({.directory = parent_of(name), .vanished = name, .appeared = {}, .inode = nullptr});
  return {};
}

Result<> SimStorage::make_directory(const std::string& path) {
  const std::string name = normal(path);
  if (is_directory(name)) return {};
  if (current_.contains(name)) return fail(ErrorCode::already_exists, path + ": file exists");
  TRY(make_directory(parent_of(name)));
  change({.directory = parent_of(name),
          .vanished = {},
          .appeared = name,
          .inode = new_inode(SimInode::Kind::directory)});
  return {};
}

Result<> SimStorage::sync_directory(const std::string& path) {
  const std::string name = normal(path);
  if (!is_directory(name)) return fail(ErrorCode::not_found, path + ": no such file or directory");
  for (const NameChange& change : unsynced_) {
    if (change.directory == name) apply(change, durable_);
  }
  std::erase_if(unsynced_, [&](const NameChange& change) { return change.directory == name; });
  return {};
}

Result<std::vector<DirectoryEntry>> SimStorage::list(const std::string& path) const {
  const std::string name = normal(path);
  if (!is_directory(name)) return fail(ErrorCode::not_found, path + ": no such file or directory");
  const std::string prefix = name == "/" ? name : name + "/";
  std::vector<DirectoryEntry> entries;
  for (auto entry = current_.lower_bound(prefix); entry != current_.end(); ++entry) {
    if (!entry->first.starts_with(prefix)) break;
    std::string rest = entry->first.substr(prefix.size());
    if (rest.find('/') == std::string::npos)
      entries.push_back({std::move(rest), entry->second->is_directory()});
  }
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  return entries;
}

Result<DiskSpace> SimStorage::space(const std::string& path) const {
  if (!current_.contains(normal(path)) && normal(path) != "/") {
    return fail(ErrorCode::not_found, path + ": no such file or directory");
  }
  const std::uint64_t used = bytes_in_use();
  const std::uint64_t total = faults_.capacity_bytes;
  return DiskSpace{.total_bytes = total, .free_bytes = used < total ? total - used : 0};
}

Result<std::shared_ptr<const int>> SimStorage::lock(const std::string& directory, int process_id) {
  if (!is_directory(normal(directory)))
    return fail(ErrorCode::not_found, directory + ": no such file or directory");
  const std::string path = normal(directory) + "/lock";
  if (const auto holder = locks_[path].lock()) {
    return fail(ErrorCode::conflict, fmt::format("held by process {}", *holder));
  }
  if (!current_.contains(path)) TRY(open(path, OpenMode::create));
  auto token = std::make_shared<const int>(process_id);
  locks_[path] = token;
  return token;
}

}  // namespace koine::io
