#include "io/real/watched_descriptor.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <utility>

#include "base/check.h"
#include "io/real/system_error.h"

namespace koine::io {

namespace asio = boost::asio;

namespace {

AsioReactor& real(Reactor& reactor) {
  auto* const asio_reactor = dynamic_cast<AsioReactor*>(&reactor);
  CHECK(asio_reactor != nullptr);
  return *asio_reactor;
}

std::unexpected<Error> closed() {
  return fail(ErrorCode::closed, "the connection was closed here");
}

}  // namespace

std::shared_ptr<WatchedDescriptor> WatchedDescriptor::watch(Reactor& reactor, int descriptor) {
  return std::make_shared<WatchedDescriptor>(real(reactor), descriptor);
}

WatchedDescriptor::WatchedDescriptor(AsioReactor& reactor, int descriptor)
    : reactor_(reactor), number_(descriptor), descriptor_(reactor.context(), descriptor) {}

WatchedDescriptor::~WatchedDescriptor() {
  if (number_ >= 0 && !descriptor_.is_open()) ::close(number_);
}

Result<> WatchedDescriptor::watch_side(const std::shared_ptr<WatchedDescriptor>& self,
                                       Readiness readiness) {
  Side& side = self->side(readiness);
  if (side.is_watched) return {};
  if (!self->descriptor_.is_open()) {
    boost::system::error_code error;
    self->descriptor_.assign(self->number_, error);
    if (error) return system_failure("watching a connection", error.value());
  }
  side.is_watched = true;
  const auto what = readiness == Readiness::readable ? asio::posix::descriptor_base::wait_read
                                                     : asio::posix::descriptor_base::wait_write;
  // An error can only be the end of the watch by close(); the wait sees that itself.
  self->descriptor_.async_wait(what, [self, &side](const boost::system::error_code&) {
    side.is_watched = false;
    side.place.resume();
  });
  return {};
}

void WatchedDescriptor::rest() {
  const bool is_waited_for =
      std::ranges::any_of(sides_, [](const Side& side) { return side.is_watched; });
  if (!is_waited_for && descriptor_.is_open()) descriptor_.release();
}

Task<Result<>> WatchedDescriptor::wait(std::shared_ptr<WatchedDescriptor> self,
                                       Readiness readiness) {
  if (self->closed_) co_return closed();
  CO_TRY(watch_side(self, readiness));
  co_await self->side(readiness).place.wait();
  if (self->closed_) co_return closed();
  co_return Result<>{};
}

Task<Result<>> WatchedDescriptor::pause(std::shared_ptr<WatchedDescriptor> self,
                                        Duration duration) {
  if (self->closed_) co_return closed();
  self->reactor_.call_at(self->reactor_.now() + duration, [self] { self->pausing_.resume(); });
  co_await self->pausing_.wait();
  if (self->closed_) co_return closed();
  co_return Result<>{};
}

void WatchedDescriptor::close() {
  if (closed_) return;
  closed_ = true;
  if (descriptor_.is_open()) {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
  } else {
    ::close(number_);
  }
  number_ = -1;
  // The watched sides are resumed by Asio; a pause is not its business.
  if (pausing_.has_waiter()) {
    reactor_.post([self = shared_from_this()] { self->pausing_.resume(); });
  }
}

}  // namespace koine::io
