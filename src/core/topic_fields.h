// How the catalog's log and checkpoints keep topics (base/fields.h):
//
//   name | id, 16 bytes | settings given | the six settings in order | count, log ids
#pragma once

#include "base/fields.h"
#include "core/topic.h"

namespace koine::core {

void write_topic(FieldWriter& writer, const Topic& topic);
// Errors: corrupt.
Result<TopicPtr> read_topic(FieldReader& reader);

}  // namespace koine::core
