// What shards know of requests with a key, and that it and what was done are one.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

#include "core/engine_fixture.h"
#include "core/idempotency_log.h"
#include "core/idempotent_request.h"
#include "core/topic_append.h"

namespace koine::core {
namespace {

using Kind = KeyedBegin::Kind;

IdempotencyDigest digest_of(std::string_view text) {
  const ByteView part = as_bytes(text);
  return IdempotencyDigest::of({&part, 1});
}

IdempotentPiecePtr piece_of(std::string_view key, std::string_view request, bool is_answer,
                            std::size_t note_size = 3) {
  return std::make_shared<const IdempotentPiece>(
      IdempotentPiece{.key = digest_of(key),
                      .request = digest_of(request),
                      .is_answer = is_answer,
                      .note = std::vector<std::byte>(note_size, std::byte{'n'})});
}

TEST(IdempotencyRecords, AreReadAsTheyWereWritten) {
  const IdempotencyRecord record{
      .piece = *piece_of("k", "r", true), .made_ms = 17, .result = 41, .rejected = {2, 5}};
  const auto bytes = encode_record(record);
  const auto read = decode_record(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->piece.key, record.piece.key);
  EXPECT_EQ(read->piece.request, record.piece.request);
  EXPECT_EQ(read->piece.note, record.piece.note);
  EXPECT_TRUE(read->piece.is_answer);
  EXPECT_EQ(read->made_ms, 17);
  EXPECT_EQ(read->result, 41);
  EXPECT_EQ(read->rejected, record.rejected);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_record(ByteView(bytes).first(size))) << size;
  auto newer = bytes;
  newer[0] = std::byte{2};
  EXPECT_EQ(decode_record(newer).error().code(), ErrorCode::unsupported);
}

TEST(IdempotencyDigests, TellTheirPartsApart) {
  const auto of = [](std::string_view a, std::string_view b) {
    return IdempotencyDigest::of(std::array{as_bytes(a), as_bytes(b)});
  };
  EXPECT_EQ(of("a", "bc"), of("a", "bc"));
  EXPECT_NE(of("a", "bc"), of("ab", "c"));
}

class Idempotency : public testing::TestWithParam<std::size_t> {
 protected:
  Idempotency() : server_({.shard_count = GetParam()}) {
    EXPECT_TRUE(server_.open());
    EXPECT_TRUE(server_.run(server_.engine().create_topic({.name = "orders"})));
  }

  Engine& here() { return server_.engine(GetParam() - 1); }
  KeyedBegin begin(std::string_view key, std::string_view request) {
    auto begun = server_.run_on(here(), begin_keyed(here(), digest_of(key), digest_of(request)));
    EXPECT_TRUE(begun);
    return std::move(*begun);
  }
  void end(std::string_view key) { server_.run_on(here(), ended(here(), digest_of(key))); }
  Result<Offset> append(IdempotentPiecePtr piece) {
    return server_.run_on(
        here(), append_durably(here(), server_.engine().catalog().find("orders")->partitions[0],
                               test_batch(1), std::move(piece)));
  }
  static Task<bool> ended(Engine& here, IdempotencyDigest key) {
    co_await end_keyed(here, key);
    co_return true;
  }

  TestServer server_;
};

TEST_P(Idempotency, AnAppendIsDoneOnceAlsoAfterARestart) {
  EXPECT_EQ(begin("k", "r").kind, Kind::first);
  const auto appended = append(piece_of("k", "r", true));
  ASSERT_TRUE(appended);
  EXPECT_EQ(*append(piece_of("k", "r", true)), *appended);
  end("k");
  for (int n = 0; n < 3; ++n) {
    const KeyedBegin again = begin("k", "r");
    EXPECT_EQ(again.kind, Kind::answered);
    ASSERT_EQ(again.records.size(), 1);
    EXPECT_EQ(again.records.front().result, appended->value());
    EXPECT_EQ(begin("k", "other").kind, Kind::is_other_request);
    EXPECT_EQ(server_.partition("orders")->next_offset(), Offset{1});
    // The first time from the journal's entries, then from a checkpoint.
    server_.restart();
  }
}

TEST_P(Idempotency, OneRequestAtATimeHasTheKey) {
  EXPECT_EQ(begin("k", "r").kind, Kind::first);
  EXPECT_EQ(begin("k", "r").kind, Kind::is_running);
  EXPECT_EQ(begin("k", "other").kind, Kind::is_other_request);
  EXPECT_EQ(begin("another", "r").kind, Kind::first);
  end("k");
  EXPECT_EQ(begin("k", "other").kind, Kind::first);
}

TEST_P(Idempotency, APieceWithoutTheAnswerSaysThatThereIsMoreToDo) {
  ASSERT_TRUE(append(piece_of("k", "r", false)));
  const KeyedBegin begun = begin("k", "r");
  EXPECT_EQ(begun.kind, Kind::in_part);
  EXPECT_EQ(begun.records.size(), 1);
  ASSERT_TRUE(server_.run_on(here(), keep_answer(here(), piece_of("k", "r", true))));
  end("k");
  EXPECT_EQ(begin("k", "r").kind, Kind::answered);
}

TEST_P(Idempotency, HowFarARequestHasComeTakesThePlaceOfWhatWasSaidBefore) {
  const auto said = [](std::uint32_t number, char how_far) {
    IdempotentPiece piece = *piece_of("k", "r", false);
    piece.number = number;
    piece.is_progress = true;
    piece.note = {std::byte(how_far)};
    return std::make_shared<const IdempotentPiece>(std::move(piece));
  };
  ASSERT_TRUE(server_.run_on(here(), here().idempotency().keep(said(0, 'a'), -1)));
  ASSERT_TRUE(server_.run_on(here(), here().idempotency().keep(said(1, 'x'), -1)));
  const std::size_t bytes = here().idempotency().bytes();
  ASSERT_TRUE(server_.run_on(here(), here().idempotency().keep(said(0, 'b'), -1)));
  EXPECT_EQ(here().idempotency().bytes(), bytes);
  EXPECT_FALSE(here().idempotency().find(*said(0, 'b')));
  for (int n = 0; n < 3; ++n) {
    const KeyedBegin begun = begin("k", "r");
    EXPECT_EQ(begun.kind, Kind::in_part);
    ASSERT_EQ(begun.records.size(), 2);
    EXPECT_EQ(begun.records[0].piece.note.front(), std::byte{'x'});
    EXPECT_EQ(begun.records[1].piece.note.front(), std::byte{'b'});
    end("k");
    server_.restart();
  }
}

TEST_P(Idempotency, WhatPassesIsKnownAsLongAsItLasts) {
  bool lasts = true;
  here().idempotency().remember({.piece = *piece_of("k", "r", false), .rejected = {}},
                                [&] { return lasts; });
  EXPECT_EQ(begin("k", "other").kind, Kind::is_other_request);
  EXPECT_EQ(begin("k", "r").records.size(), 1);
  end("k");
  lasts = false;
  EXPECT_EQ(begin("k", "other").kind, Kind::first);
  end("k");
  lasts = true;
  EXPECT_EQ(begin("k", "other").kind, Kind::first);
}

TEST_P(Idempotency, AKeyIsForgottenWhenItsTimeIsOver) {
  ASSERT_TRUE(append(piece_of("k", "r", true)));
  server_.world().run_for(std::chrono::hours(24));
  EXPECT_EQ(begin("k", "other").kind, Kind::first);
  end("k");
  server_.restart();
  EXPECT_EQ(begin("k", "other").kind, Kind::first);
}

TEST_P(Idempotency, NoYoungKeyIsForgottenForLackOfRoom) {
  server_.engine_options().idempotency.bytes_max = 64 * KiB;
  server_.restart();
  int kept = 0;
  for (bool has_room = true; has_room; ++kept) {
    const std::string key = std::to_string(kept);
    ASSERT_LT(kept, 1000);
    auto begun = server_.run_on(here(), begin_keyed(here(), digest_of(key), digest_of("r")));
    has_room = begun.has_value();
    if (!has_room) EXPECT_EQ(begun.error().code(), ErrorCode::unavailable);
    if (has_room) ASSERT_TRUE(append(piece_of(key, "r", true, 1000)));
    if (has_room) end(key);
  }
  EXPECT_GT(kept, 40);
  EXPECT_EQ(begin("0", "r").kind, Kind::answered);
  server_.restart();
  EXPECT_EQ(begin("0", "r").kind, Kind::answered);
  EXPECT_FALSE(server_.run_on(here(), begin_keyed(here(), digest_of("new"), digest_of("r"))));
  // An hour later an old one is.
  server_.world().run_for(std::chrono::hours(1));
  EXPECT_EQ(begin("new", "r").kind, Kind::first);
  ASSERT_TRUE(append(piece_of("new", "r", true, 1000)));
  EXPECT_EQ(begin("0", "r").kind, Kind::first);
  EXPECT_EQ(begin("20", "r").kind, Kind::answered);
}

TEST_P(Idempotency, AChangeOfTheCatalogThatIsRefusedIsNotKept) {
  ASSERT_TRUE(server_.run(server_.engine().delete_topic("orders", piece_of("k", "r", true))));
  EXPECT_EQ(begin("k", "r").kind, Kind::answered);
  EXPECT_FALSE(server_.run(server_.engine().delete_topic("orders", piece_of("other", "r", true))));
  EXPECT_EQ(begin("other", "r").kind, Kind::first);
  server_.restart();
  EXPECT_EQ(begin("k", "r").kind, Kind::answered);
  EXPECT_EQ(begin("other", "r").kind, Kind::first);
}

INSTANTIATE_TEST_SUITE_P(Shards, Idempotency, testing::Values(1, 2, 3));

}  // namespace
}  // namespace koine::core
