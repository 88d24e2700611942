#include "io/pipe.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "io/prefixed_stream.h"
#include "io/sim/sim_world.h"
#include "runtime/gate.h"
#include "runtime/run.h"

namespace koine::io {
namespace {

using runtime::run_until_done;

Task<void> send(Stream& stream, std::string text) {
  EXPECT_TRUE((co_await write_all(stream, as_bytes(text))).has_value());
  stream.shutdown_write();
}

Task<std::string> receive(Stream& stream) {
  std::string text;
  std::array<std::byte, 777> buffer{};
  for (;;) {
    const auto moved = stream.try_read(buffer);
    if (!moved) co_return moved.error().to_string();
    if (moved->end_of_stream) co_return text;
    text += as_text(ByteView(buffer).first(moved->bytes));
    if (moved->bytes == 0 && !co_await stream.wait_readable()) co_return "closed";
  }
}

Task<void> wait_for(Stream& stream, bool writable, Result<>& result) {
  result = writable ? co_await stream.wait_writable() : co_await stream.wait_readable();
}

class PipeTest : public testing::Test {
 protected:
  Result<Moved> write(Stream& stream, std::string_view text) {
    const std::array parts{as_bytes(text)};
    return stream.try_write(parts);
  }
  std::string read(Stream& stream) {
    std::array<std::byte, 100> buffer{};
    const auto moved = stream.try_read(buffer);
    return moved ? std::string(as_text(ByteView(buffer).first(moved->bytes)))
                 : moved.error().to_string();
  }

  SimWorld world_{3};
  SimReactor reactor_{world_};
};

TEST_F(PipeTest, MovesMoreThanItsBufferInPieces) {
  const std::string text(100'000, 'x');
  for (const bool cut : {false, true}) {
    const Pipe pipe =
        make_pipe(reactor_, {.buffer_bytes_max = 1000,
                             .cut_seed = cut ? std::optional<std::uint64_t>(9) : std::nullopt,
                             .latency = {},
                             .first_address = "a",
                             .second_address = "b"});
    EXPECT_EQ(write(*pipe.second, std::string(5000, 'x'))->bytes <= 1000, true);
    runtime::Gate gate;
    gate.spawn(send(*pipe.first, text));
    EXPECT_EQ(run_until_done(reactor_, receive(*pipe.second)), text);
    run_until_done(reactor_, gate.close());
    EXPECT_EQ(pipe.first->peer_address(), pipe.second->local_address());
    EXPECT_FALSE(pipe.first->is_encrypted());
  }
}

TEST_F(PipeTest, BlocksWhenItIsFullAndWhenItIsEmpty) {
  const Pipe pipe = make_pipe(reactor_, {.buffer_bytes_max = 3,
                                         .cut_seed = {},
                                         .latency = {},
                                         .first_address = "",
                                         .second_address = ""});
  EXPECT_EQ(write(*pipe.first, "abcd")->bytes, 3U);
  EXPECT_EQ(write(*pipe.first, "d")->bytes, 0U);
  EXPECT_EQ(read(*pipe.second), "abc");
  EXPECT_EQ(read(*pipe.second), "");
}

TEST_F(PipeTest, CloseEndsTheWaitsOfBothEnds) {
  Pipe pipe = make_pipe(reactor_, {.buffer_bytes_max = 3,
                                   .cut_seed = {},
                                   .latency = {},
                                   .first_address = "",
                                   .second_address = ""});
  EXPECT_EQ(write(*pipe.first, "abc")->bytes, 3U);
  EXPECT_EQ(write(*pipe.second, "abc")->bytes, 3U);
  EXPECT_EQ(read(*pipe.first), "abc");
  runtime::Gate gate;
  Result<> own_read;
  Result<> peers_write;
  gate.spawn(wait_for(*pipe.first, false, own_read));
  Result<> own_write;
  gate.spawn(wait_for(*pipe.first, true, own_write));
  pipe.first->close();
  pipe.first.reset();
  gate.spawn(wait_for(*pipe.second, true, peers_write));
  run_until_done(reactor_, gate.close());
  EXPECT_EQ(own_read.error().code(), ErrorCode::closed);
  EXPECT_EQ(own_write.error().code(), ErrorCode::closed);
  EXPECT_TRUE(peers_write.has_value());
  EXPECT_EQ(write(*pipe.second, "x").error().code(), ErrorCode::closed);
  EXPECT_EQ(read(*pipe.second), "abc");
  EXPECT_EQ(run_until_done(reactor_, receive(*pipe.second)), "");
}

TEST_F(PipeTest, EverythingIsClosedAfterCloseAndAfterShutdown) {
  const Pipe pipe = make_pipe(reactor_);
  pipe.first->shutdown_write();
  EXPECT_EQ(write(*pipe.first, "x").error().code(), ErrorCode::closed);
  pipe.first->close();
  std::array<std::byte, 10> buffer{};
  EXPECT_EQ(pipe.first->try_read(buffer).error().code(), ErrorCode::closed);
  EXPECT_EQ(run_until_done(reactor_, pipe.first->wait_readable()).error().code(),
            ErrorCode::closed);
  EXPECT_EQ(run_until_done(reactor_, pipe.first->wait_writable()).error().code(),
            ErrorCode::closed);
}

TEST_F(PipeTest, APrefixIsReadFirst) {
  Pipe pipe = make_pipe(reactor_);
  EXPECT_TRUE(write(*pipe.first, " world").has_value());
  pipe.first->shutdown_write();
  const auto hello = as_bytes("hello");
  PrefixedStream stream({hello.begin(), hello.end()}, std::move(pipe.second));
  EXPECT_TRUE(run_until_done(reactor_, stream.wait_readable()).has_value());
  EXPECT_EQ(stream.unread(), 11U);
  std::array<std::byte, 2> buffer{};
  EXPECT_EQ(stream.try_read(buffer)->bytes, 2U);
  EXPECT_EQ(stream.unread(), 9U);
  EXPECT_EQ(run_until_done(reactor_, receive(stream)), "llo world");
  EXPECT_EQ(stream.peer_address(), "pipe:first");
  EXPECT_EQ(stream.local_address(), "pipe:second");
  EXPECT_FALSE(stream.is_encrypted());
  EXPECT_EQ(stream.peer_identity(), "");
  EXPECT_TRUE(run_until_done(reactor_, stream.wait_writable()).has_value());
  EXPECT_TRUE(write(stream, "x").has_value());
  stream.shutdown_write();
  EXPECT_EQ(read(*pipe.first), "x");
}

TEST_F(PipeTest, APrefixIsGoneAfterClose) {
  Pipe pipe = make_pipe(reactor_);
  PrefixedStream stream({std::byte{1}}, std::move(pipe.second));
  stream.close();
  EXPECT_EQ(stream.unread(), 0U);
  EXPECT_EQ(run_until_done(reactor_, stream.wait_readable()).error().code(), ErrorCode::closed);
}

}  // namespace
}  // namespace koine::io
