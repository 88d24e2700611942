// next_turn: lets everything that is already waiting to run on this shard go first.
//
//   co_await next_turn(shard.reactor());     // then: what came together can be done together
#pragma once

#include <coroutine>

#include "io/reactor.h"

namespace koine::runtime {

struct [[nodiscard]] NextTurn {
  io::Reactor& reactor;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) const {
    reactor.post([awaiting] { awaiting.resume(); });
  }
  void await_resume() const noexcept {}
};

inline NextTurn next_turn(io::Reactor& reactor) { return NextTurn{reactor}; }

}  // namespace koine::runtime
