#include "io/real/asio_reactor.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace koine::io {

namespace asio = boost::asio;

namespace {
// Which reactor this thread runs.
thread_local const AsioReactor* running_here = nullptr;
}  // namespace

struct AsioReactor::Loop {
  // One thread runs it: Asio then leaves out what only several would need.
  asio::io_context context{1};
  asio::steady_timer timer{context};
  asio::executor_work_guard<asio::io_context::executor_type> keep_running{context.get_executor()};
};

AsioReactor::AsioReactor() : loop_(std::make_unique<Loop>()) {}

AsioReactor::~AsioReactor() = default;

asio::io_context& AsioReactor::context() { return loop_->context; }

void AsioReactor::post(Callback callback) {
  bool is_first = false;
  if (running_here == this) {
    is_first = own_posts_.empty();
    own_posts_.push_back(std::move(callback));
  } else {
    const std::lock_guard lock(foreign_mutex_);
    is_first = foreign_posts_.empty();
    foreign_posts_.push_back(std::move(callback));
  }
  if (is_first) schedule_drain();
}

void AsioReactor::schedule_drain() {
  asio::post(loop_->context, [this] { drain(); });
}

// What the callbacks post themselves belongs to the next turn, so that sockets get theirs in between.
void AsioReactor::drain() {
  {
    const std::lock_guard lock(foreign_mutex_);
    running_.swap(foreign_posts_);
  }
  if (running_.empty()) {
    running_.swap(own_posts_);
  } else {
    running_.insert(running_.end(), std::make_move_iterator(own_posts_.begin()),
                    std::make_move_iterator(own_posts_.end()));
    own_posts_.clear();
  }
  for (Callback& callback : running_) callback();
  running_.clear();
}

TimerId AsioReactor::call_at(MonotonicTime when, Callback callback) {
  const TimerId id = timers_.add(when, std::move(callback));
  arm_timer();
  return id;
}

// The kernel's timer stays armed; when it fires early, it is armed for the next.
void AsioReactor::cancel(TimerId timer) { timers_.cancel(timer); }

void AsioReactor::arm_timer() {
  const MonotonicTime earliest = timers_.earliest();
  if (earliest >= armed_for_) return;
  armed_for_ = earliest;
  loop_->timer.expires_at(earliest);
  loop_->timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) run_due_timers();
  });
}

void AsioReactor::run_due_timers() {
  armed_for_ = MonotonicTime::min();  // Nothing is armed while the callbacks add and cancel.
  const MonotonicTime time = now();
  while (auto callback = timers_.take_due(time)) (*callback)();
  armed_for_ = never;
  arm_timer();
}

MonotonicTime AsioReactor::now() const { return std::chrono::steady_clock::now(); }

WallTimeMs AsioReactor::wall_clock_ms() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

void AsioReactor::run() {
  CHECK(running_here == nullptr);
  running_here = this;
  loop_->context.run();
  running_here = nullptr;
  loop_->context.restart();

  // Until the next run this thread's posts count as foreign; what it posted before must stay before them.
  const std::lock_guard lock(foreign_mutex_);
  foreign_posts_.insert(foreign_posts_.begin(), std::make_move_iterator(own_posts_.begin()),
                        std::make_move_iterator(own_posts_.end()));
  own_posts_.clear();
}

void AsioReactor::stop() { loop_->context.stop(); }

}  // namespace koine::io
