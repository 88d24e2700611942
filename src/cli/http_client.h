// HttpClient: one connection to a server, over which the command line asks for resources as any HTTP client does (docs/http_queues.md): one
// request at a time, JSON both ways. A problem that the server answers becomes an Error with its sentence.
//
// One reactor, that of the command.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "cli/kafka_client.h"
#include "io/stream.h"

namespace koine::cli {

class HttpClient {
 public:
  // Takes a connected stream. With a user each request logs in.
  HttpClient(std::unique_ptr<io::Stream> stream, const ClientOptions& options);

  // The answer's body. `target` is encoded. Errors: what the server says, closed, corrupt (not HTTP/1.1).
  Task<Result<std::string>> call(std::string method, std::string target, std::string body = {});

 private:
  Task<Result<>> read_more();

  std::unique_ptr<io::Stream> stream_;
  std::string host_;
  std::string authorization_;  // a whole field, or empty
  std::string received_;       // and not used yet
};

}  // namespace koine::cli
