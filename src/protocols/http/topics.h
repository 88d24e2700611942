// What the resources of a topic share: finding it and its partitions, and the parameters that name them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "core/topic.h"
#include "protocols/http/message.h"
#include "protocols/http/problem.h"
#include "protocols/http/record_draft.h"
#include "protocols/http/route.h"
#include "protocols/http/scope.h"
#include "protocols/http/streams/record_filter.h"

namespace koine::http {

// `{topic}` of the path.
Parameter topic_parameter();
// Problems: not_found.
Outcome<core::TopicPtr> find_topic(const Scope& scope, const Request& request);

// Each `partition` of the query, all of which exist; none: all. Problems: bad_request.
Outcome<std::vector<PartitionId>> partitions_of(const Request& request, const core::Topic& topic);

// Where a record goes: as it says, or as its key does, as for Kafka's clients; or as `spread` does. Problems: bad_request: there is no
// such partition.
Outcome<std::int32_t> choose_partition(const core::Topic& topic, const RecordDraft& draft,
                                       std::uint32_t spread);

// `key` and `header.<name>`.
std::vector<Parameter> filter_parameters();
RecordFilter filter_of(const Request& request);

}  // namespace koine::http
