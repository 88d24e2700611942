// EndlessBody: a body that goes on until either side ends it, on a connection that has nothing else to do: an event stream. Its session
// is gone, so that one that waits costs its source, its socket and little more.
//
//   source -> BodyBuffer -> chunks -> stream          the next part is made when the one before was taken
//   stream -> thrown away                             the client says no more; its end is the end
//
// One shard; the resources outlive it.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "base/result.h"
#include "base/task.h"
#include "io/stream.h"
#include "protocols/http/body.h"
#include "protocols/http/broker_resources.h"
#include "protocols/http/http1/body_part.h"
#include "protocols/http/stop.h"
#include "runtime/gate.h"

namespace koine::http {

class EndlessBody {
 public:
  // Of a response whose head was sent.
  EndlessBody(BrokerResources& resources, std::unique_ptr<BodySource> source, BodyEnd end)
      : resources_(resources), source_(std::move(source)), end_(end) {}
  EndlessBody(const EndlessBody&) = delete;
  EndlessBody& operator=(const EndlessBody&) = delete;

  // Once. Returns when the connection has ended; `stop` is set when the server drains, or here.
  Task<void> run(std::unique_ptr<io::Stream> stream, Stop& stop);

 private:
  enum class Sent : bool { part, last };

  Task<Result<>> send(Stop& stop);
  // What was made goes out; what the peer does not take at once stays in unsent_.
  Result<Sent> send_part(Result<BodySource::More> more, const Stop& stop);
  // Not inlined: a peer that takes everything at once needs nothing of these.
  [[gnu::noinline]] Task<Result<>> finish();
  [[gnu::noinline]] Task<void> linger();
  Task<void> watch(Stop& stop);
  bool ignore_arrived(const Result<>& readable, Stop& stop);
  void log_failure(const Error& error);

  BrokerResources& resources_;
  std::unique_ptr<BodySource> source_;
  std::unique_ptr<io::Stream> stream_;
  runtime::Gate gate_;
  BodyBuffer body_;
  std::unique_ptr<BodyPart> unsent_;
  std::size_t ignored_ = 0;  // of what arrived
  BodyEnd end_;
};

}  // namespace koine::http
