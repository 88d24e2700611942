// ApiVersions: which APIs and versions are spoken here; the first thing that clients ask.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/api_versions.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<ApiVersionsResponse> handle(Scope& scope, ApiVersionsRequest request, Version version);

// The answer to a version that we do not speak: error 35 with the list, to be sent in version 0 (KIP-511).
ApiVersionsResponse unsupported_api_versions();

}  // namespace koine::kafka
