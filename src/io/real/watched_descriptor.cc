#include "io/real/watched_descriptor.h"

#include <boost/asio/io_context.hpp>
#include <utility>

#include "base/check.h"

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
    : reactor_(reactor), descriptor_(reactor.context(), descriptor) {}

void WatchedDescriptor::watch_side(const std::shared_ptr<WatchedDescriptor>& self,
                                   Readiness readiness) {
  Side& side = self->side(readiness);
  if (side.is_watched) return;
  side.is_watched = true;
  const auto what = readiness == Readiness::readable ? asio::posix::descriptor_base::wait_read
                                                     : asio::posix::descriptor_base::wait_write;
  // An error can only be the end of the watch by close(); the wait sees that itself.
  self->descriptor_.async_wait(what, [self, &side](const boost::system::error_code&) {
    side.is_watched = false;
    side.place.resume();
  });
}

Task<Result<>> WatchedDescriptor::wait(std::shared_ptr<WatchedDescriptor> self,
                                       Readiness readiness) {
  if (self->closed_) co_return closed();
  watch_side(self, readiness);
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
  boost::system::error_code ignored;
  descriptor_.close(ignored);
  // The watched sides are resumed by Asio; a pause is not its business.
  if (pausing_.has_waiter()) {
    reactor_.post([self = shared_from_this()] { self->pausing_.resume(); });
  }
}

}  // namespace koine::io
