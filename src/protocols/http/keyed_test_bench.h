// For tests of writes with an Idempotency-Key: requests with a key, and a broker to which they are sent again, also after a restart.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/group_coordinator.h"
#include "protocols/http/session_test_bench.h"

namespace koine::http {

inline constexpr std::string_view records_type =
    "Content-Type: application/vnd.koine.records+json\r\n";
inline constexpr std::string_view messages_type =
    "Content-Type: application/vnd.koine.messages+json\r\n";

inline std::string request(std::string_view method, std::string_view target,
                           std::string_view body = {}, std::string_view fields = {}) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}\r\n{}", method, target,
                     body.size(), fields, body);
}
inline std::string key(std::string_view value) {
  return fmt::format("Idempotency-Key: {}\r\n", value);
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

// The queues q0, q1, ... with these settings, each bound to the source (a topic: with "#").
inline std::vector<std::string> bound_queues(std::string_view source, std::size_t count,
                                             std::string_view settings = {},
                                             std::string_view routing_key = {}) {
  std::vector<std::string> requests;
  for (std::size_t n = 0; n < count; ++n) {
    requests.push_back(request("PUT", fmt::format("/v1/queues/q{}", n), settings));
    requests.push_back(request(
        "POST", "/v1/bindings",
        fmt::format(R"({{"source":"{}","target_kind":"queue","target":"q{}","routing_key":"{}"}})",
                    source, n, routing_key)));
  }
  return requests;
}

// What was leased, as the answer says it: each with its quotes.
inline std::vector<std::string> leases_in(std::string_view answer) {
  constexpr std::string_view member = R"("lease":)";
  std::vector<std::string> leases;
  for (std::size_t at = answer.find(member); at != std::string_view::npos;
       at = answer.find(member, at + 1)) {
    const std::size_t from = at + member.size();
    leases.emplace_back(answer.substr(from, answer.find(',', from) - from));
  }
  return leases;
}

// A group without members, that has read something of the topic `orders`.
inline void make_group(TestBroker& broker, const std::string& name) {
  core::Engine& owner = broker.server().engine().owner_of_group(name);
  core::CommitRequest offsets{.group = name};
  offsets.offsets.push_back({.partition = {"orders", PartitionId{0}}, .offset = Offset{1}});
  const auto errors = broker.server().run_on(owner, owner.groups().commit(std::move(offsets)));
  EXPECT_EQ(errors.front(), core::GroupError::none);
}

class KeyedBench : public testing::TestWithParam<std::size_t> {
 protected:
  KeyedBench() : broker_({.shard_count = GetParam()}) {
    call(request("PUT", "/v1/topics/orders", R"({"partitions":3})"));
  }

  // The last shard's, so that most of what is done is done elsewhere.
  Answered call(const std::string& text) { return broker_.connect({}, GetParam() - 1).call(text); }
  Answered get(std::string_view target) { return call(request("GET", target)); }
  // The answer to the first, and that others get the same, before and after a restart, and nothing else.
  Answered call_thrice(const std::string& text) {
    Answered first = call(text);
    EXPECT_EQ(first.field("Idempotency-Replayed"), "");
    for (int n = 0; n < 2; ++n) {
      const Answered again = broker_.connect().call(text);
      EXPECT_EQ(again.status, first.status);
      EXPECT_EQ(again.body, first.body);
      EXPECT_EQ(again.field("Location"), first.field("Location"));
      EXPECT_EQ(again.field("Content-Type"), first.field("Content-Type"));
      EXPECT_EQ(again.field("Idempotency-Replayed"), "true");
      broker_.restart();
    }
    return first;
  }
  std::size_t record_count() {
    return count_of(get("/v1/topics/orders/records").body, R"("offset":)");
  }
  std::size_t ready(std::string_view queue) {
    const std::string body = get(fmt::format("/v1/queues/{}", queue)).body;
    return std::stoul(body.substr(body.find(R"("ready":)") + 8));
  }

  TestBroker broker_;
};

}  // namespace koine::http
