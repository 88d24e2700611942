// librdkafka handles that free themselves. Settings are librdkafka's defaults except for those that
// are passed as "name=value,name=value".
#pragma once

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "generator.h"

struct FreeConfiguration {
  void operator()(rd_kafka_conf_t* configuration) const { rd_kafka_conf_destroy(configuration); }
};
struct FreeClient {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
struct FreeQueue {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct FreeTopic {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
struct FreeMetadata {
  void operator()(rd_kafka_metadata_t const* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
using Configuration = std::unique_ptr<rd_kafka_conf_t, FreeConfiguration>;
using Client = std::unique_ptr<rd_kafka_t, FreeClient>;
using Queue = std::unique_ptr<rd_kafka_queue_t, FreeQueue>;
using Topic = std::unique_ptr<rd_kafka_topic_t, FreeTopic>;
using Metadata = std::unique_ptr<rd_kafka_metadata_t const, FreeMetadata>;

// Calls `each(name, value)` for every "name=value" of a comma-separated list.
template <typename Each>
void for_each_setting(std::string_view settings, Each each) {
  while (!settings.empty()) {
    auto const one = settings.substr(0, settings.find(','));
    settings.remove_prefix(std::min(settings.size(), one.size() + 1));
    auto const equals = one.find('=');
    if (equals == std::string_view::npos) fail("expected name=value in '" + std::string(one) + "'");
    each(std::string(one.substr(0, equals)), std::string(one.substr(equals + 1)));
  }
}

inline void set(rd_kafka_conf_t* configuration, std::string const& name, std::string const& value) {
  char why[512];
  if (rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), why, sizeof why) !=
      RD_KAFKA_CONF_OK) {
    fail(why);
  }
}

inline Configuration make_configuration(std::string const& bootstrap, std::string const& settings) {
  Configuration configuration(rd_kafka_conf_new());
  set(configuration.get(), "bootstrap.servers", bootstrap);
  for_each_setting(settings, [&](std::string const& name, std::string const& value) {
    set(configuration.get(), name, value);
  });
  return configuration;
}

inline Client make_client(rd_kafka_type_t type, Configuration configuration) {
  char why[512];
  Client client(rd_kafka_new(type, configuration.get(), why, sizeof why));
  if (!client) fail(why);
  configuration.release();  // rd_kafka_new took it
  return client;
}

inline void check(rd_kafka_resp_err_t code, std::string const& doing) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(doing + ": " + rd_kafka_err2str(code));
}

// How many partitions of `topic` have a leader; 0 while the topic is not known.
inline int led_partitions(rd_kafka_t* client, std::string const& topic) {
  Topic const handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  rd_kafka_metadata_t const* answer = nullptr;
  check(rd_kafka_metadata(client, 0, handle.get(), &answer, 30'000), "read metadata");
  Metadata const metadata(answer);
  int led = 0;
  if (metadata->topic_cnt != 1) return 0;
  for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
    if (metadata->topics[0].partitions[i].leader >= 0) ++led;
  }
  return led;
}
