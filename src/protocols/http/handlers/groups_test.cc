#include "protocols/http/handlers/groups.h"

#include <gtest/gtest.h>

#include "core/group_coordinator.h"
#include "protocols/http/session_test_bench.h"

namespace koine::http {
namespace {

class Groups : public testing::Test {
 protected:
  Groups() : broker_({.shard_count = 2}), client_(broker_.connect()) {
    core::TestServer& server = broker_.server();
    EXPECT_TRUE(server.run(server.engine().create_topic({.name = "orders", .partition_count = 2})));
    EXPECT_TRUE(server.append(server.partition("orders", 0), core::test_batch(10)));
  }

  void commit(const std::string& group, std::int64_t offset) {
    core::Engine& owner = broker_.server().engine().owner_of_group(group);
    core::CommitRequest request{.group = group};
    request.offsets.push_back({.partition = {"orders", PartitionId{0}}, .offset = Offset{offset}});
    const auto errors = broker_.server().run_on(owner, owner.groups().commit(std::move(request)));
    EXPECT_EQ(errors.front(), core::GroupError::none);
  }
  Answered call(std::string_view method, std::string_view target) {
    return client_.call(std::string(method) + " " + std::string(target) +
                        " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  TestBroker broker_;
  TestClient client_;
};

TEST_F(Groups, ShowTheirLag) {
  commit("email", 4);
  const Answered answer = call("GET", "/v1/groups/email");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            R"({"name":"email","state":"empty","protocol_type":"","protocol":"","members":[],)"
            R"("offsets":[{"topic":"orders","partition":0,"committed_offset":4,"end_offset":10,)"
            R"("lag":6,"metadata":""}],"lag":6})");
  EXPECT_EQ(call("GET", "/v1/groups/none").status, 404);
}

TEST_F(Groups, OfAllShardsAreListed) {
  for (const char* name : {"a", "b", "c", "d", "e"}) commit(name, 0);
  const Answered first = call("GET", "/v1/groups?limit=2");
  EXPECT_TRUE(first.body.starts_with(R"({"items":[{"name":"a",)"));
  EXPECT_TRUE(first.body.ends_with(R"(],"next":"b"})"));
  const Answered last = call("GET", "/v1/groups?limit=10&after=b&sort=name");
  EXPECT_TRUE(last.body.contains(R"("name":"e")"));
  EXPECT_FALSE(last.body.contains("next"));
}

TEST_F(Groups, AreDeleted) {
  commit("email", 4);
  EXPECT_EQ(call("DELETE", "/v1/groups/email").status, 204);
  EXPECT_EQ(call("DELETE", "/v1/groups/email").status, 404);
  EXPECT_EQ(call("GET", "/v1/groups/email").status, 404);
}

}  // namespace
}  // namespace koine::http
