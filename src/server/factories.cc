#include "server/factories.h"

#include <utility>

#include "protocols/amqp/broker.h"
#include "protocols/amqp/direct_replies.h"
#include "protocols/amqp/engine_access.h"
#include "protocols/http/broker.h"
#include "protocols/http/handlers/table.h"
#include "protocols/kafka/broker.h"
#include "server/version.h"

namespace koine::server {

namespace {

class KafkaProtocol final : public Protocol {
 public:
  explicit KafkaProtocol(const ProtocolParts& parts)
      : options_(options_of(parts)), broker_(parts.engine, options_, parts.log, parts.random) {}

  Task<void> serve(std::unique_ptr<io::Stream> stream) override {
    return broker_.serve(std::move(stream));
  }
  void drain() override { broker_.drain(); }

 private:
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

class AmqpProtocol final : public Protocol {
 public:
  AmqpProtocol(const ProtocolParts& parts, std::shared_ptr<amqp::DirectReplies> replies)
      : options_(options_of(parts)),
        replies_(std::move(replies)),
        core_(parts.engine),
        broker_(core_, options_, parts.log, parts.random, *replies_) {}

  Task<void> serve(std::unique_ptr<io::Stream> stream) override {
    return broker_.serve(std::move(stream));
  }
  void drain() override { broker_.drain(); }

 private:
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

class HttpProtocol final : public Protocol {
 public:
  explicit HttpProtocol(const ProtocolParts& parts)
      : options_(options_of(parts)),
        router_(http::all_routes()),
        broker_(parts.engine, router_, options_, parts.log, parts.random) {}

  Task<void> serve(std::unique_ptr<io::Stream> stream) override {
    return broker_.serve(std::move(stream));
  }
  void drain() override { broker_.drain(); }

 private:
  static http::BrokerOptions options_of(const ProtocolParts& parts) {
    const Settings& settings = parts.settings;
    http::BrokerOptions options;
    options.version = version;
    options.body_bytes_max = static_cast<std::size_t>(settings.http_body_bytes_max);
    options.request_memory_bytes = parts.request_bytes;
    options.cors_origins = cors_origins_of(settings);
    options.idle_max = std::chrono::milliseconds(settings.http_idle_ms);
    options.users = parts.users;
    options.allows_anonymous = settings.security_allow_anonymous;
    return options;
  }

  http::BrokerOptions options_;
  http::Router router_;
  http::Broker broker_;
};

}  // namespace

ServerFactories real_factories() {
  auto replies = std::make_shared<amqp::DirectReplies>();
  return {
      .tls = open_tls,
      .kafka = [](const ProtocolParts& parts) { return std::make_unique<KafkaProtocol>(parts); },
      .amqp =
          [replies](const ProtocolParts& parts) {
            return std::make_unique<AmqpProtocol>(parts, replies);
          },
      .http = [](const ProtocolParts& parts) { return std::make_unique<HttpProtocol>(parts); }};
}

}  // namespace koine::server
