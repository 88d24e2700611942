// Reads all partitions of a topic from their beginning, through one queue and without a group.
#pragma once

#include "kafka_client.h"

class TopicConsumer {
 public:
  TopicConsumer(std::string const& bootstrap, std::string const& settings, std::string const& topic)
      : client_(make_client(RD_KAFKA_CONSUMER, make_configuration(bootstrap, settings))),
        topic_(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr)),
        queue_(rd_kafka_queue_new(client_.get())),
        partitions_(led_partitions(client_.get(), topic)) {
    for (int partition = 0; partition < partitions_; ++partition) {
      if (rd_kafka_consume_start_queue(topic_.get(), partition, RD_KAFKA_OFFSET_BEGINNING,
                                       queue_.get()) != 0) {
        check(rd_kafka_last_error(), "start to consume");
      }
    }
  }

  TopicConsumer(TopicConsumer const&) = delete;
  TopicConsumer& operator=(TopicConsumer const&) = delete;

  ~TopicConsumer() {
    for (int partition = 0; partition < partitions_; ++partition) {
      rd_kafka_consume_stop(topic_.get(), partition);
    }
  }

  rd_kafka_queue_t* queue() const { return queue_.get(); }

 private:
  Client client_;
  Topic topic_;
  Queue queue_;
  int partitions_;
};
