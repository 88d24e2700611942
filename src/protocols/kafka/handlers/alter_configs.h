// AlterConfigs, which replaces all settings of a topic, and IncrementalAlterConfigs, which changes the ones it names.
// A topic's change is one: all of it or nothing. The broker's settings are in its configuration file, and refused here.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/configs.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

Task<AlterConfigsResponse> handle(Scope& scope, AlterConfigsRequest request, Version version);
Task<IncrementalAlterConfigsResponse> handle(Scope& scope, IncrementalAlterConfigsRequest request,
                                             Version version);

}  // namespace koine::kafka
