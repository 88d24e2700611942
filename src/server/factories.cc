#include "server/factories.h"

#include <utility>

#include "core/engine_metrics.h"
#include "core/metrics.h"
#include "protocols/amqp/broker.h"
#include "protocols/amqp/direct_replies.h"
#include "protocols/amqp/engine_access.h"
#include "protocols/amqp/metrics.h"
#include "protocols/http/broker.h"
#include "protocols/http/handlers/table.h"
#include "protocols/http/metrics.h"
#include "protocols/kafka/broker.h"
#include "protocols/kafka/metrics.h"
#include "server/process_figures.h"
#include "server/version.h"

namespace koine::server {

namespace {

// Of all shards: who has figures for `/metrics`.
using Sources = std::shared_ptr<core::FigureSources>;

class KafkaProtocol final : public Protocol, private core::FigureSource {
 public:
  KafkaProtocol(const ProtocolParts& parts, const Sources& sources)
      : options_(options_of(parts)), broker_(parts.engine, options_, parts.log, parts.random) {
    sources->add(parts.shard.id(), *this);
  }

  Task<void> serve(std::unique_ptr<io::Stream> stream) override {
    return broker_.serve(std::move(stream));
  }
  void drain() override { broker_.drain(); }

 private:
  void report(core::Figures& to) const override { kafka::report(broker_.statistics(), to); }
  static kafka::BrokerOptions options_of(const ProtocolParts& parts) {
    kafka::BrokerOptions options;
    options.request_bytes_max = static_cast<std::size_t>(parts.settings.kafka_request_bytes_max);
    options.request_memory_bytes = parts.request_bytes;
    options.advertised = parts.settings.kafka_advertised;
    options.users = parts.users;
    options.allows_anonymous = parts.settings.security_allow_anonymous;
    return options;
  }

  kafka::BrokerOptions options_;
  kafka::Broker broker_;
};

class AmqpProtocol final : public Protocol, private core::FigureSource {
 public:
  AmqpProtocol(const ProtocolParts& parts, std::shared_ptr<amqp::DirectReplies> replies,
               const Sources& sources)
      : options_(options_of(parts)),
        replies_(std::move(replies)),
        core_(parts.engine),
        broker_(core_, options_, parts.log, parts.random, *replies_) {
    sources->add(parts.shard.id(), *this);
  }

  Task<void> serve(std::unique_ptr<io::Stream> stream) override {
    return broker_.serve(std::move(stream));
  }
  void drain() override { broker_.drain(); }

 private:
  void report(core::Figures& to) const override { amqp::report(broker_.statistics(), to); }
  static amqp::BrokerOptions options_of(const ProtocolParts& parts) {
    const Settings& settings = parts.settings;
    amqp::BrokerOptions options;
    options.version = version;
    options.frame_max = static_cast<std::uint32_t>(settings.amqp_frame_max);
    options.channel_max = static_cast<std::uint16_t>(settings.amqp_channel_max);
    options.heartbeat_seconds = static_cast<std::uint16_t>(settings.amqp_heartbeat_s);
    options.message_bytes_max = static_cast<std::size_t>(settings.amqp_message_bytes_max);
    options.vhosts = vhosts_of(settings);
    options.request_memory_bytes = parts.request_bytes;
    options.users = parts.users;
    options.allows_anonymous = settings.security_allow_anonymous;
    return options;
  }

  amqp::BrokerOptions options_;
  std::shared_ptr<amqp::DirectReplies> replies_;
  amqp::EngineAccess core_;
  amqp::Broker broker_;
};

// The engine's figures as well.
class HttpProtocol final : public Protocol, private core::FigureSource {
 public:
  HttpProtocol(const ProtocolParts& parts, const Sources& sources)
      : options_(options_of(parts, sources)),
        router_(http::all_routes()),
        engine_(parts.engine),
        broker_(parts.engine, router_, options_, parts.log, parts.random) {
    sources->add(parts.shard.id(), *this);
  }

  Task<void> serve(std::unique_ptr<io::Stream> stream) override {
    return broker_.serve(std::move(stream));
  }
  void drain() override { broker_.drain(); }

 private:
  void report(core::Figures& to) const override {
    http::report(broker_.statistics(), to);
    core::report(engine_, to);
    if (engine_.shard().id() == ShardId{0}) report_process(to);
  }
  static http::BrokerOptions options_of(const ProtocolParts& parts, const Sources& sources) {
    const Settings& settings = parts.settings;
    http::BrokerOptions options;
    options.figures = sources;
    options.version = version;
    options.body_bytes_max = static_cast<std::size_t>(settings.http_body_bytes_max);
    options.request_memory_bytes = parts.request_bytes;
    options.cors_origins = cors_origins_of(settings);
    options.hosts = http_hosts_of(settings);
    options.kafka_broker_id = kafka::broker_id;
    if (settings.kafka_advertised)
      options.kafka_advertised = settings.kafka_advertised->to_string();
    options.idle_max = std::chrono::milliseconds(settings.http_idle_ms);
    options.users = parts.users;
    options.allows_anonymous = settings.security_allow_anonymous;
    return options;
  }

  http::BrokerOptions options_;
  http::Router router_;
  core::Engine& engine_;
  http::Broker broker_;
};

}  // namespace

ServerFactories real_factories() {
  auto replies = std::make_shared<amqp::DirectReplies>();
  auto sources = std::make_shared<core::FigureSources>();
  return {.tls = open_tls,
          .kafka =
              [sources](const ProtocolParts& parts) {
                return std::make_unique<KafkaProtocol>(parts, sources);
              },
          .amqp =
              [replies, sources](const ProtocolParts& parts) {
                return std::make_unique<AmqpProtocol>(parts, replies, sources);
              },
          .http =
              [sources](const ProtocolParts& parts) {
                return std::make_unique<HttpProtocol>(parts, sources);
              }};
}

}  // namespace koine::server
