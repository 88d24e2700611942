#include "server/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/data_directory.h"
#include "io/real/tcp_network.h"
#include "server/process.h"
#include "server/version.h"

namespace koine::server {

namespace {

constexpr std::string_view component = "server";
// The address of localhost that is not IPv4.
constexpr const char* ipv6_loopback = "::1";

// Below it a shard's tail and its cold reads would push each other out.
constexpr std::int64_t cache_bytes_per_shard_min = 4 * MiB;
// `identity` is a few lines.
constexpr std::uint64_t identity_bytes_max = 4 * KiB;

}  // namespace

Server::Server(Settings settings, Logger& log, ServerFactories factories)
    : settings_(std::move(settings)),
      log_(log),
      factories_(std::move(factories)),
      users_(std::make_shared<const core::Users>(settings_.users)),
      count_(static_cast<std::uint64_t>(settings_.connections_max)),
      network_(std::make_unique<io::TcpNetwork>()) {}

Server::~Server() {
  for (const auto& thread : threads_) thread->stop();
}

Result<> Server::start() {
  const std::uint64_t open_files = raise_open_files_limit();
  TRY(reload_tls());
  threads_.push_back(std::make_unique<ShardThread>(ShardId(0)));
  TRY(const std::uint32_t shard_count, choose_shard_count());
  limit_memory_arenas(shard_count);
  while (threads_.size() < shard_count) {
    const auto id = static_cast<ShardId::rep>(threads_.size());
    threads_.push_back(std::make_unique<ShardThread>(ShardId(id)));
  }
  TRY(open_engines());
  open_protocols();
  TRY(open_listener("listen.any", "any", settings_.listen_any));
  TRY(open_listener("listen.kafka", "kafka", settings_.listen_kafka));
  TRY(open_listener("listen.amqp", "amqp", settings_.listen_amqp, ListenerFor::amqp));
  TRY(open_listener("listen.http", "http", settings_.listen_http));
  log_.info(component, "ready",
            {{"version", version},
             {"durability", settings_.durability == journal::Durability::disk ? "disk" : "os"},
             {"shards", shard_count},
             {"data", settings_.data_directory},
             {"users", users_->size()},
             {"tls", tls_ != nullptr ? "on" : "off"},
             {"open_files_max", open_files}});
  return {};
}

Result<std::uint32_t> Server::choose_shard_count() {
  std::int64_t count = settings_.shards;
  if (count == 0) {
    TRY(const auto existing, first()
                                 .call<Result<std::optional<std::uint32_t>>>([this] {
                                   return shard_count_of(first().disk(), settings_.data_directory);
                                 })
                                 .get());
    // Each shard has a thread that writes beside it: with a loop for every processor the two get in each other's way
    // (measured on 2 processors: a quarter more CPU for each request, at the same throughput).
    count = existing.value_or(std::max(1U, static_cast<std::uint32_t>(usable_processors()) / 2));
  }
  if (settings_.memory_cache_bytes / count < cache_bytes_per_shard_min) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("memory.cache_bytes: {} shards need at least {}MiB; set "
                            "memory.cache_bytes or shards",
                            count, count * cache_bytes_per_shard_min / std::int64_t{MiB}));
  }
  return static_cast<std::uint32_t>(count);
}

Result<> Server::open_engines() {
  for (const auto& thread : threads_) {
    auto& parts = *parts_.emplace_back(std::make_unique<ShardParts>());
    parts.engine = std::make_unique<core::Engine>(thread->shard(), thread->disk(), random_,
                                                  engine_options(), engine_list_);
  }
  for (const auto& parts : parts_) engine_list_.push_back(parts->engine.get());
  // Shard 0 locks the data directory and has the catalog; the others then open at the same time.
  std::vector<std::future<Result<>>> opening;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    core::Engine* engine = engine_list_[i];
    opening.push_back(threads_[i]->call<Result<>>([engine] { return engine->open(); }));
    if (i == 0) TRY(opening.front().get());
  }
  Result<> outcome;
  for (std::size_t i = 1; i < opening.size(); ++i) {
    if (Result<> opened = opening[i].get(); !opened) outcome = std::move(opened);
  }
  return outcome;
}

void Server::open_protocols() {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    threads_[i]->call<void>([this, i] { return open_protocol(i); }).get();
  }
}

Task<void> Server::open_protocol(std::size_t index) {
  runtime::Shard& shard = threads_[index]->shard();
  ShardParts& parts = *parts_[index];
  const auto request_bytes = static_cast<std::size_t>(settings_.memory_request_bytes);
  parts.engine->start();
  // A third each of what the shard may spend on requests.
  const ProtocolParts protocol_parts{
      shard, *parts.engine, random_, log_, settings_, users_, request_bytes / threads_.size() / 3};
  parts.kafka = factories_.kafka(protocol_parts);
  parts.amqp = factories_.amqp(protocol_parts);
  parts.http = factories_.http(protocol_parts);
  parts.connections = std::make_unique<Connections>(
      shard, log_, count_,
      Protocols{.kafka = *parts.kafka, .amqp = *parts.amqp, .http = *parts.http},
      Connections::Options{.tls_required = settings_.tls_required});
  parts.connections->set_tls(tls_);
  co_return;
}

Result<> Server::open_listener(std::string_view setting, std::string_view label,
                               const io::Endpoint& endpoint, ListenerFor whom) {
  TRY(auto listener, open_address(setting, endpoint, whom));
  const io::Endpoint opened = listener->local_endpoint();
  listeners_.push_back({std::string(label), std::move(listener)});
  if (endpoint.host != localhost || opened.host == ipv6_loopback) return {};
  // Clients try either address of the name first, and not all of them try the other.
  auto other = open_address(setting, {ipv6_loopback, opened.port}, whom);
  if (other) {
    listeners_.push_back({"", std::move(*other)});
    return {};
  }
  // A machine may have no IPv6; who asked for any port goes by the one in the ready line.
  const bool is_taken = other.error().code() == ErrorCode::unavailable;
  if (is_taken && endpoint.port != 0) return fail(std::move(other).error());
  return {};
}

Result<std::unique_ptr<io::Listener>> Server::open_address(std::string_view setting,
                                                           const io::Endpoint& endpoint,
                                                           ListenerFor whom) {
  auto listener = first()
                      .call<Result<std::unique_ptr<io::Listener>>>(
                          [this, endpoint, whom] { return listen(endpoint, whom); })
                      .get();
  if (!listener && listener.error().code() == ErrorCode::unavailable) {
    const std::string_view where = endpoint.host == ipv6_loopback ? " of ::1" : "";
    return fail(ErrorCode::unavailable, fmt::format("{}: port {}{} is in use; set {}", setting,
                                                    endpoint.port, where, setting));
  }
  if (!listener) return fail(std::move(listener).error().while_doing(setting));
  return listener;
}

Task<Result<std::unique_ptr<io::Listener>>> Server::listen(io::Endpoint endpoint,
                                                           ListenerFor whom) {
  auto listener = network_->listen(first().shard().reactor(), std::move(endpoint));
  if (!listener) co_return listener;
  if (whom == ListenerFor::amqp) (*listener)->prefer_small_packets();
  accepting_.spawn(accept_from(listener->get(), whom));
  co_return listener;
}

Task<void> Server::accept_from(io::Listener* listener, ListenerFor whom) {
  while (true) {
    auto accepted = co_await listener->accept();
    if (!accepted) {
      if (accepted.error().code() != ErrorCode::closed) {
        log_.error(component, "a listener ended", {{"reason", accepted.error().to_string()}});
      }
      co_return;
    }
    if (!count_.try_enter()) {
      log_.peer(component, "a connection was closed; connections.max are open",
                {{"connections_max", count_.max()}});
      continue;
    }
    const std::size_t index = next_shard_++ % threads_.size();
    Connections* connections = parts_[index]->connections.get();
    threads_[index]->shard().reactor().post(
        [connections, whom, socket = std::move(*accepted)]() mutable {
          connections->take(std::move(socket), whom);
        });
  }
}

core::EngineOptions Server::engine_options() const {
  core::EngineOptions options;
  options.journal.durability = settings_.durability;
  options.journal.chunk_bytes = static_cast<std::uint64_t>(settings_.journal_chunk_bytes);
  options.journal.cache_bytes =
      static_cast<std::size_t>(settings_.memory_cache_bytes) / threads_.size();
  options.journal.on_notice = [this](const std::string& notice) {
    log_.warning("journal", notice);
  };
  options.journal.on_broken = [this](const Error& error) {
    log_.error("journal", "the disk failed; writes are refused until the server is started again",
               {{"reason", error.to_string()}});
  };
  options.data_directory = settings_.data_directory;
  options.partitions_default = static_cast<std::uint32_t>(settings_.topics_default_partitions);
  options.auto_create_topics = settings_.topics_auto_create;
  options.partitions_total_max = static_cast<std::uint32_t>(settings_.topics_partitions_max);
  options.virtual_hosts = vhosts_of(settings_);
  options.queues_total_max = static_cast<std::size_t>(settings_.queues_max);
  options.exchanges_total_max = static_cast<std::size_t>(settings_.exchanges_max);
  options.bindings_total_max = static_cast<std::size_t>(settings_.bindings_max);
  options.topic_defaults.retention_ms = settings_.topics_retention_ms;
  options.topic_defaults.retention_bytes = settings_.topics_retention_bytes;
  options.topic_defaults.message_bytes_max =
      static_cast<std::int32_t>(settings_.topics_message_bytes_max);
  options.retention_check_interval =
      std::chrono::milliseconds(settings_.retention_check_interval_ms);
  options.idempotency.retention_ms = settings_.http_idempotency_retention_ms;
  options.idempotency.retention_min_ms = settings_.http_idempotency_retention_min_ms;
  options.idempotency.bytes_max =
      static_cast<std::size_t>(settings_.http_idempotency_bytes_max) / threads_.size();
  options.groups.offsets_retention_ms = settings_.groups_offsets_retention_ms;
  options.groups.initial_rebalance_delay_ms =
      static_cast<std::int32_t>(settings_.groups_initial_rebalance_delay_ms);
  options.groups.session_timeout_min_ms =
      static_cast<std::int32_t>(settings_.groups_session_timeout_min_ms);
  options.groups.session_timeout_max_ms =
      static_cast<std::int32_t>(settings_.groups_session_timeout_max_ms);
  return options;
}

std::string Server::ready_line() const {
  std::string line = fmt::format("READY koine {}", version);
  for (const ListenerParts& parts : listeners_) {
    if (parts.label.empty()) continue;
    line += fmt::format(" {}={}", parts.label, parts.listener->local_endpoint().to_string());
  }
  return line;
}

Result<> Server::reload_tls() {
  if (settings_.tls_certificate.empty()) return {};
  TRY(auto tls, factories_.tls(settings_));
  tls_ = std::move(tls);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Connections* connections = parts_[i]->connections.get();
    threads_[i]->shard().reactor().post(
        [connections, acceptor = tls_]() mutable { connections->set_tls(std::move(acceptor)); });
  }
  return {};
}

Task<Result<std::optional<std::uint32_t>>> shard_count_of(io::Disk& disk, std::string directory) {
  auto file =
      co_await disk.open(directory + "/identity", io::OpenMode::read, io::Caching::page_cache);
  if (!file && file.error().code() == ErrorCode::not_found) {
    co_return std::optional<std::uint32_t>();
  }
  if (!file) co_return fail(std::move(file).error());
  CO_TRY(const std::uint64_t size, co_await (*file)->size());
  if (size > identity_bytes_max) {
    co_return fail(ErrorCode::corrupt, fmt::format("{}/identity is too large", directory));
  }
  std::vector<std::byte> text(size);
  CO_TRY(const std::size_t read, co_await (*file)->read(0, text));
  CO_TRY(const auto identity, core::DataIdentity::parse(as_text(ByteView(text).first(read))));
  co_return std::optional(identity.shard_count);
}

}  // namespace koine::server
