// The figures of the whole server: those of all shards, and what is found out for the question: the disk, what is in queues.
#pragma once

#include "base/task.h"
#include "protocols/http/exposition.h"
#include "protocols/http/scope.h"

namespace koine::http {

// Looks at every queue's counts, in parts; names no object.
Task<Exposition> server_figures(Scope& scope);

}  // namespace koine::http
