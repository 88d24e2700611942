// Answer<T>: the answer to one request that has to wait for others: given once by the group, awaited once by the
// request's task. Shared by the two, so that either may go first.
//
// One shard. Needs no deadline of its own: whoever keeps an unanswered one (a Member) has a timer that ends it.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "base/task.h"
#include "io/reactor.h"
#include "runtime/signal.h"

namespace koine::core {

template <typename T>
class Answer {
 public:
  explicit Answer(io::Reactor& reactor) : given_(reactor) {}

  bool is_given() const { return value_.has_value(); }

  // The first one counts.
  void give(T value) {
    if (value_) return;
    value_.emplace(std::move(value));
    given_.notify_all();
  }

  static Task<T> wait(std::shared_ptr<Answer> answer) {
    while (!answer->value_) co_await answer->given_.wait();
    co_return std::move(*answer->value_);
  }

 private:
  std::optional<T> value_;
  runtime::Signal given_;
};

}  // namespace koine::core
