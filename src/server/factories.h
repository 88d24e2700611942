// The parts of the real server: TLS by OpenSSL, and the protocols of protocols/.
#pragma once

#include "server/server.h"

namespace koine::server {

ServerFactories real_factories();

}  // namespace koine::server
