// Session: what the broker knows of a connection's session, whatever version of HTTP it speaks.
#pragma once

namespace koine::http {

class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  // What is under way is answered, and the connection ends.
  virtual void drain() = 0;
};

}  // namespace koine::http
