#include "server/factories.h"

#include <utility>

#include "protocols/kafka/broker.h"

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

}  // namespace

ServerFactories real_factories() {
  return {.tls = open_tls, .kafka = [](const ProtocolParts& parts) {
            return std::make_unique<KafkaProtocol>(parts);
          }};
}

}  // namespace koine::server
