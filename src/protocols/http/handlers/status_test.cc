#include "protocols/http/handlers/status.h"

#include <gtest/gtest.h>

#include "core/group_coordinator.h"
#include "protocols/http/metrics.h"
#include "protocols/http/session_test_bench.h"

namespace koine::http {
namespace {

std::string get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

// Figures that are known.
class KnownFigures final : public core::FigureSource {
 public:
  void report(core::Figures& to) const override {
    to.add(core::metrics::connections, 3, R"(protocol="amqp")");
    to.add(core::metrics::requests, 7, R"(protocol="kafka",api="Fetch")");
  }
};

class StatusPages : public testing::Test {
 protected:
  StatusPages()
      : sources_(std::make_shared<core::FigureSources>()),
        broker_({.shard_count = 2, .broker = {.version = "1.2", .figures = sources_}}) {
    for (std::uint16_t shard = 0; shard < 2; ++shard) sources_->add(ShardId(shard), known_);
  }

  KnownFigures known_;
  std::shared_ptr<core::FigureSources> sources_;
  TestBroker broker_;
};

TEST_F(StatusPages, MetricsAreSumsOverShards) {
  const Answered answer = broker_.call(get("/metrics"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_TRUE(
      answer.body.contains("# HELP koine_connections Connections that are open.\n"
                           "# TYPE koine_connections gauge\n"
                           "koine_connections{protocol=\"amqp\"} 6\n"));
  EXPECT_TRUE(answer.body.contains("# TYPE koine_requests_total counter\n"));
  EXPECT_TRUE(answer.body.contains("koine_requests_total{protocol=\"kafka\",api=\"Fetch\"} 14\n"));
  EXPECT_TRUE(answer.body.contains("koine_build_info{version=\"1.2\"} 1\n"));
  EXPECT_TRUE(answer.body.contains("koine_shards 2\n"));
}

TEST_F(StatusPages, TheNamesOfRabbitmq) {
  const Answered answer = broker_.call(get("/metrics/compat/rabbitmq"));
  EXPECT_TRUE(answer.body.contains("rabbitmq_identity_info{rabbitmq_node=\"koine\","));
  EXPECT_TRUE(answer.body.contains("\nrabbitmq_connections 6\n"));
  EXPECT_TRUE(answer.body.contains("\nrabbitmq_queue_messages_ready 0\n"));
}

TEST_F(StatusPages, TheNamesOfKafkaExporter) {
  core::TestServer& server = broker_.server();
  ASSERT_TRUE(server.run(server.engine().create_topic({.name = "orders"})));
  ASSERT_TRUE(server.run(server.engine().create_topic({.name = "other"})));
  ASSERT_TRUE(server.append(server.partition("orders"), core::test_batch(10)));
  core::Engine& owner = server.engine().owner_of_group("email");
  core::CommitRequest commit{.group = "email"};
  commit.offsets.push_back({.partition = {"orders", PartitionId{0}}, .offset = Offset{4}});
  server.run_on(owner, owner.groups().commit(std::move(commit)));

  const Answered answer = broker_.call(get("/metrics/compat/kafka?search=ord"));
  const auto has = [&](std::string_view line) { return answer.body.contains(line); };
  EXPECT_TRUE(has("kafka_broker_info{id=\"1\",address=\"x\"} 1\n")) << answer.body;
  EXPECT_TRUE(has("kafka_topic_partition_current_offset{topic=\"orders\",partition=\"0\"} 10\n"));
  EXPECT_TRUE(
      has("kafka_consumergroup_lag{consumergroup=\"email\",topic=\"orders\","
          "partition=\"0\"} 6\n"));
  EXPECT_TRUE(has("kafka_consumergroup_lag_sum{consumergroup=\"email\",topic=\"orders\"} 6\n"));
  EXPECT_FALSE(has("other"));
}

TEST_F(StatusPages, StatusSaysWhatRuns) {
  const Answered answer = broker_.call(get("/v1/status"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body.starts_with(R"({"version":"1.2","cluster_id":")"));
  EXPECT_TRUE(answer.body.contains(R"("is_well":true,"reasons":[],"durability":"disk",)"));
  EXPECT_TRUE(answer.body.contains(R"("connections":{"kafka":0,"amqp":6,"http":0})"));
}

TEST_F(StatusPages, AFullDiskIsAReasonNotToBeReady) {
  EXPECT_EQ(broker_.call(get("/readyz?verbose")).body, "[+]serving ok\n[+]disk ok\n");
  broker_.server().storage().faults().capacity_bytes = 0;
  const Answered answer = broker_.call(get("/readyz?verbose"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.body.contains("[-]disk failed: 0 bytes are left"));
  EXPECT_EQ(broker_.call(get("/readyz?exclude=disk")).status, 200);
  const Answered status = broker_.call(get("/v1/status"));
  EXPECT_TRUE(status.body.contains(R"("is_well":false,"reasons":[{"check":"disk","reason":)"));
}

}  // namespace
}  // namespace koine::http
